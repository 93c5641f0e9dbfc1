"""A canary in every key: while somebody sits, nothing that answers them sings, whatever they ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from carbonlearn.accounts.models import User
from carbonlearn.exams.models import Paper
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.question_bank.models import CaseVersion, ImportRow, Item, ItemCase, ItemExport, ItemImport
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.factories.practice import entries_of
from tests.journeys.conftest import DEMONSTRATION, JSON, Person, Town, answer
from tests.journeys.test_exam_day import candidate
from tests.support.installation import solved

CANARY = "kanarienvogel"
BIRDS = {"exam": CANARY, "practice": "zeisigpfeife", "mock": "stieglitzlied"}
HIDDEN = ("explanation", "reference", "source")
FORM = {"value": "A", "mode": "chapter", "verdict": "right", "on": "1", "line": "0", "generation": "1"}
FACE = {"n", "type", "points", "stem", "options", "html", "case"}
"""All that a candidate is told of an item. A mark of the right option would be one thing more."""
LAST = ("/submission", "/takeover")  # what ends a sitting in this browser, tried after everything else


def with_birds() -> list[dict[str, Any]]:
    """The items of the demonstration's track, and the same as a practice pool and a mock pool, each with its pool's bird in everything
    that nobody may see before there is a verdict."""
    found = []
    for pool, bird in BIRDS.items():
        entries = ACCOUNTING if pool == "exam" else entries_of(pool, every=2)
        found += [_with(entry, f"{bird}-{entry['id']}") for entry in entries]
    return found


def _with(entry: dict[str, Any], bird: str) -> dict[str, Any]:
    hidden = {name: f"《{bird}》{entry[name]}" for name in HIDDEN if entry.get(name)}
    rubric = {"rubric": [line | {"text": bird + line["text"]} for line in entry.get("rubric", [])]}
    return entry | hidden | (rubric if entry.get("rubric") else {})


@pytest.fixture
def shipped() -> list[dict[str, Any]]:
    return read_by_somebody(with_birds())


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
        items = [
            db.session.query(Item.id, Item.live_version_id).filter(Item.pool == pool).limit(2).all()
            for pool in BIRDS
        ]
        papers = db.session.query(Paper.id).limit(2).all()
    return {
        "sitting_id": [sitting],
        "booking_id": [booking],
        "enrolment_id": [place],
        "item_id": [row[0] for rows in items for row in rows],
        "version_id": [row[1] for rows in items for row in rows],
        "paper_id": [row[0] for row in papers],
        "book": ["paper", "answers"],
        "key": [DEMONSTRATION],
        "programme_key": [DEMONSTRATION],
        "slug": ["acc-03-boundary", "accounting-and-reporting"],
        "function": ["accounting-and-reporting"],
        "chapter": ["accounting-and-reporting", "basic-knowledge"],
    }


def has_practised(town: Town, person: Person, known: dict[str, list[str]]) -> dict[str, list[str]]:
    """An answer in practice and a mock left running, before the exam; what is known then."""
    item = next(
        one for one in known["item_id"] if person.client.get(f"/practice/items/{one}").status_code == 200
    )
    tried = (
        person.client.post(f"/practice/items/{item}/answers", data={"value": value, "mode": "chapter"})
        for value in ("A", "T", "不知道。")
    )
    told = next(reply for reply in tried if reply.status_code == 303)
    mock = person.client.post("/practice/mocks")
    assert mock.headers["Location"].startswith("/practice/mocks/"), "nothing to look for"
    last = [reply.headers["Location"].partition("?")[0].rpartition("/")[2] for reply in (told, mock)]
    return known | {"answer_id": [last[0]], "mock_id": [last[1]]}


def a_file_each_way(item_id: str, now: datetime) -> dict[str, list[str]]:
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
        return {"case_id": [case.id], "import_id": [brought.id], "export_id": [export.id]}


def sings(
    person: Person,
    path: str,
    birds: Collection[str] = tuple(BIRDS.values()),
    body: dict[str, Any] | None = None,
) -> bool:
    """Whether an answer, as a page or as data, holds a bird, or a key by its name; what is sent is sent both ways as well."""
    for headers in ({}, JSON, {"HX-Request": "true"}):
        if body is None:
            found = person.client.get(path, headers=headers)
        elif headers == JSON:
            found = person.client.post(path, json=body, headers=headers)
        else:
            found = person.client.post(path, data=body, headers=headers)
        text = found.get_data().decode(errors="replace") + str(found.headers)
        if any(bird in text for bird in birds) or (
            found.is_json and _names_a_key(found.get_json(silent=True))
        ):
            return True
    return False


def _names_a_key(told: Any) -> bool:
    """Whether something told as data has a member that would be a key. The description of the interface has names and no data."""
    if isinstance(told, dict):
        if "openapi" in told:
            return False
        named = {"rubric", "explanation", "reference"} & told.keys() or isinstance(told.get("key"), list)
        return bool(named) or any(_names_a_key(one) for one in told.values())
    return isinstance(told, list) and any(_names_a_key(one) for one in told)


def test_nothing_that_a_candidate_can_ask_for_during_a_sitting_holds_a_key(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    town.clock.set(starts_at - timedelta(minutes=20))
    practised = has_practised(town, lin, what_is_known(town, "", booking, place))
    sitting = town.sit_down(lin, booking, starts_at)
    known = practised | what_is_known(town, sitting, booking, place)
    with town.app.app_context():
        known |= a_file_each_way(known["item_id"][0], town.clock.now())
    tried = list(addresses(town.app, known))
    assert len(tried) > 100
    assert [path for path in tried if sings(lin, path)] == []
    sent = sorted(addresses(town.app, known, "POST"), key=lambda path: (path.endswith(LAST), path))
    assert len(sent) > 60 and f"/sittings/{sitting}/responses" in sent
    assert [path for path in sent if sings(lin, path, body=FORM | answer(1, ["B"]))] == []
    # The birds are there: who may read the bank hears one of each pool.
    wen = town.enter("wen")
    for place_of_bird, bird in enumerate(BIRDS.values()):
        assert sings(wen, f"/desk/items/{known['item_id'][2 * place_of_bird]}", (bird,))


def test_practice_is_closed_to_who_sits_an_exam_until_it_is_over(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    town.clock.set(starts_at - timedelta(minutes=20))
    known = has_practised(town, lin, what_is_known(town, "", booking, place))
    verdict = f"/practice/answers/{known['answer_id'][0]}"
    assert sings(lin, verdict, (BIRDS["practice"],)), "before the exam it is there"
    assert lin.client.get("/practice/offline/state").status_code == 200
    assert key_cookie(lin)
    sitting = town.sit_down(lin, booking, starts_at)
    assert key_cookie(lin) is None, "what the phone took along opens no more"
    for path in ("/practice", verdict, "/practice/next?mode=book", f"/practice/mocks/{known['mock_id'][0]}"):
        page = lin.client.get(path)
        assert page.status_code == 409
        assert "您正在考试" in page.text
        assert f"/sittings/{sitting}" in page.text
    for path in ("/practice/offline/state", f"/practice/mocks/{known['mock_id'][0]}/paper"):
        assert lin.get(path, 409)["error"]["code"] == "PRACTICE_WHILE_SITTING"
    assert lin.client.get("/practice/offline").status_code == 200
    other = town.enter("zhang")
    assert other.client.get("/practice").status_code == 200, "to nobody else"
    lin.post(f"/sittings/{sitting}/submission")
    assert lin.client.get("/practice").status_code == 200
    assert sings(lin, verdict, (BIRDS["practice"],))
    assert lin.client.get("/practice/offline/state").status_code == 200
    assert key_cookie(lin)


def test_practice_opens_again_when_the_time_is_up_though_nobody_closed_the_sitting(town: Town) -> None:
    lin, place = candidate(town, "lin"), town.enrolment("lin")
    booking, starts_at = town.book_next(lin, place)
    town.sit_down(lin, booking, starts_at)
    assert lin.client.get("/practice").status_code == 409
    town.clock.advance(hours=3)
    assert lin.client.get("/practice").status_code == 200


def key_cookie(person: Person) -> str | None:
    found = person.client.get_cookie("practice_key", path="/practice/offline")
    return found.value if found else None


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
