"""A canary in every key: while somebody sits, nothing that answers them sings, whatever they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.journeys.conftest import DEMONSTRATION, JSON, Person, Town, answer
from tests.journeys.test_exam_day import candidate

CANARY = "kanarienvogel"
HIDDEN = ("explanation", "reference", "source")
MOST = 40  # addresses tried of one route


def with_canaries() -> list[dict[str, Any]]:
    """The items of the demonstration's track, each with a canary in everything that a candidate may not see."""
    found = []
    for entry in ACCOUNTING:
        bird = f"{CANARY}-{entry['id']}"
        hidden = {name: f"《{bird}》{entry[name]}" for name in HIDDEN if entry.get(name)}
        rubric = {"rubric": [line | {"text": bird + line["text"]} for line in entry.get("rubric", [])]}
        found.append(entry | hidden | (rubric if entry.get("rubric") else {}))
    return found


@pytest.fixture
def shipped() -> list[dict[str, Any]]:
    return read_by_somebody(with_canaries())


def addresses(app: Flask, known: dict[str, list[str]]) -> Iterator[str]:
    """Every address that can be read, with everything that the candidate could know or guess in its place."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and rule.endpoint != "static":
            yield from list(_filled(rule, known))[:MOST]


def _filled(rule: Rule, known: dict[str, list[str]]) -> Iterator[str]:
    names = sorted(rule.arguments)
    for values in product(*(known.get(name, ["1"]) for name in names)):
        built = rule.build(dict(zip(names, values, strict=True)))
        if built is not None:
            yield built[1]


def what_is_known(town: Town, sitting: str, booking: str, place: str) -> dict[str, list[str]]:
    with town.app.app_context():
        items = db.session.query(Item.id, Item.live_version_id).limit(3).all()
    return {
        "sitting_id": [sitting],
        "booking_id": [booking],
        "enrolment_id": [place],
        "item_id": [row[0] for row in items],
        "version_id": [row[1] for row in items],
        "key": [DEMONSTRATION],
        "programme_key": [DEMONSTRATION],
        "slug": ["acc-03-boundary", "accounting-and-reporting"],
        "function": ["accounting-and-reporting"],
    }


def sings(person: Person, path: str) -> bool:
    """Whether an answer, as a page or as data, holds a canary."""
    for headers in ({}, JSON, {"HX-Request": "true"}):
        found = person.client.get(path, headers=headers)
        if CANARY.encode() in found.get_data() or CANARY in str(found.headers):
            return True
    return False


def test_nothing_that_a_candidate_can_ask_for_during_a_sitting_holds_a_key(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    sitting = town.sit_down(lin, booking, starts_at)
    known = what_is_known(town, sitting, booking, place)
    tried = [path for path in addresses(town.app, known) if path not in ("/sign-out",)]
    assert len(tried) > 100
    assert [path for path in tried if sings(lin, path)] == []
    # The birds are there: who may read the bank hears one.
    wen = town.enter("wen")
    assert sings(wen, f"/desk/items/{known['item_id'][0]}")


def test_a_right_and_a_wrong_answer_get_replies_of_one_size(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    sitting = town.sit_down(lin, booking, starts_at)
    path = f"/sittings/{sitting}/responses"
    sizes = set()
    for revision, letter in enumerate("ABCD", start=1):
        town.clock.advance(seconds=1)
        reply = lin.client.post(path, json=answer(1, [letter], revision=revision), headers=JSON)
        assert reply.status_code == 200
        sizes.add(len(reply.get_data()))
    assert len(sizes) == 1
