"""A canary in every key: while somebody sits, nothing that answers them sings, whatever they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from carbonlearn.accounts.models import User
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.question_bank.models import CaseVersion, ImportRow, Item, ItemCase, ItemExport, ItemImport
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.journeys.conftest import DEMONSTRATION, JSON, Person, Town, answer
from tests.journeys.test_exam_day import candidate
from tests.support.installation import solved

CANARY = "kanarienvogel"
HIDDEN = ("explanation", "reference", "source")
FACE = {"n", "type", "points", "stem", "options", "html", "case"}
"""All that a candidate is told of an item. A mark of the right option would be one thing more."""
LAST = ("/submission", "/takeover")  # what ends a sitting in this browser, tried after everything else


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


def addresses(app: Flask, known: dict[str, list[str]], method: str = "GET") -> Iterator[str]:
    """Every address that takes the method, with everything that the candidate could know or guess in its place."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or set()) and rule.endpoint != "static":
            yield from (path for path in _filled(rule, known) if path not in ("/sign-out", "/sign-in"))


def _filled(rule: Rule, known: dict[str, list[str]]) -> Iterator[str]:
    names = sorted(rule.arguments)
    for values in product(*(known.get(name, ["1"]) for name in names)):
        built = rule.build(dict(zip(names, values, strict=True)))
        if built is not None:
            yield built[1]


def what_is_known(town: Town, sitting: str, booking: str, place: str) -> dict[str, list[str]]:
    with town.app.app_context():
        items = db.session.query(Item.id, Item.live_version_id).limit(3).all()
        case, brought, export = a_file_each_way(items[0][0], town.clock.now())
    return {
        "case_id": [case],
        "import_id": [brought],
        "export_id": [export],
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


def a_file_each_way(item_id: str, now: datetime) -> tuple[str, str, str]:
    """A case, an import with a row that holds a canary, and an export, so that their addresses lead somewhere; their ids."""
    with unit_of_work():
        author = db.session.query(User.id).filter_by(username="wen").scalar()
        case = ItemCase(external_id="case-x", pool="exam", job_type="accounting", level="4", created_at=now)
        db.session.add(case)
        db.session.flush()
        db.session.add(CaseVersion(case_id=case.id, number=1, text=f"{CANARY} 的案例", created_at=now))
        about = {"created_by": author, "created_at": now, "format": "gift", "size": 1}
        brought = ItemImport(
            **about, file_name="a.gift", file_key="x", sha256="0" * 64, status="previewed", rows_total=1,
            options={}, fault={}, summary={"verdicts": {"new": 1, "changed": 0, "same": 0, "fault": 0}},
        )  # fmt: skip
        export = ItemExport(**about, english=False, filters={}, status="ready", file_key="x")
        db.session.add_all([brought, export])
        db.session.flush()
        entry = {"stem": CANARY, "key": ["B"], "type": "single-choice", "pool": "exam"}
        db.session.add(
            ImportRow(
                import_id=brought.id, number=1, external_id="x-1", place="1", verdict="new", faults=[],
                entry=entry, item_id=item_id,
            )
        )  # fmt: skip
        return case.id, brought.id, export.id


def sings(person: Person, path: str, body: dict[str, Any] | None = None) -> bool:
    """Whether an answer, as a page or as data, holds a canary; what is sent is sent both ways as well."""
    for headers in ({}, JSON, {"HX-Request": "true"}):
        if body is None:
            found = person.client.get(path, headers=headers)
        elif headers == JSON:
            found = person.client.post(path, json=body, headers=headers)
        else:
            found = person.client.post(path, data=body, headers=headers)
        if CANARY.encode() in found.get_data() or CANARY in str(found.headers):
            return True
    return False


def test_nothing_that_a_candidate_can_ask_for_during_a_sitting_holds_a_key(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    sitting = town.sit_down(lin, booking, starts_at)
    known = what_is_known(town, sitting, booking, place)
    tried = list(addresses(town.app, known))
    assert len(tried) > 100
    assert [path for path in tried if sings(lin, path)] == []
    sent = sorted(addresses(town.app, known, "POST"), key=lambda path: (path.endswith(LAST), path))
    assert len(sent) > 60 and f"/sittings/{sitting}/responses" in sent
    assert [path for path in sent if sings(lin, path, answer(1, ["B"]))] == []
    # The birds are there: who may read the bank hears one.
    wen = town.enter("wen")
    assert sings(wen, f"/desk/items/{known['item_id'][0]}")


def test_a_paper_tells_of_each_item_what_is_to_be_answered_and_nothing_more(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    sitting = town.sit_down(lin, booking, starts_at)
    items = lin.get(f"/sittings/{sitting}/paper")["items"]
    assert len(items) > 20
    for item in items:
        assert set(item) <= FACE, item["n"]
        assert all(len(option) == 2 and len(option[0]) == 1 for option in item["options"])
        letters = "".join(letter for letter, _words in item["options"])
        assert letters in ("", "TF") or "ABCDEFGH".startswith(letters)


def test_right_and_wrong_answers_get_replies_of_one_form_and_size(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    sitting = town.sit_down(lin, booking, starts_at)
    path = f"/sittings/{sitting}/responses"
    with town.app.app_context():
        items = {item.n: item for item in solved(sitting)}
    for number, item in items.items():
        if item.type == "short-answer":
            continue
        town.clock.advance(seconds=1)
        wrong = (
            not item.answer
            if item.type == "true-false"
            else [letter for letter in "ABCD" if [letter] != item.answer][:1]
        )
        replies = [
            lin.client.post(path, json=answer(number, value, revision=revision), headers=JSON)
            for revision, value in enumerate((item.answer, wrong, item.answer), start=1)
        ]
        assert [reply.status_code for reply in replies] == [200] * 3
        assert len({len(reply.get_data()) for reply in replies}) == 1, number
        assert len({tuple(sorted(reply.json)) for reply in replies}) == 1, number
