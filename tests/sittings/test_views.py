"""The way through an exam over HTTP: who gets in, what is said, and that no key ever leaves the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.tokens import new_id
from carbonlearn.infra.vault import keys
from carbonlearn.sittings.jobs import close_overdue
from carbonlearn.sittings.rules.receipt import value_hash
from tests.factories.sittings import (
    CANARY,
    Candidate,
    a_candidate,
    a_ready_sitting,
    a_running_sitting,
    another_device,
)
from tests.support.sitting_rows import rows

JSON = {"Accept": "application/json"}
ANSWER = {"item": 1, "revision": 1, "generation": 1, "operation_id": "op-1", "value": ["B"]}
Enter = Callable[[Candidate], FlaskClient]


@pytest.fixture
def enter(make_client: Callable[[], FlaskClient]) -> Enter:
    """The browser of this candidate's device."""

    def go(candidate: Candidate) -> FlaskClient:
        client = make_client()
        client.set_cookie("carbonlearn", candidate.token)
        return client

    return go


@pytest.fixture
def sitter(db: SQLAlchemy, clock: SettableClock) -> Candidate:
    return a_candidate(clock.now(), starts_in=timedelta(0))


@pytest.fixture
def running(sitter: Candidate, clock: SettableClock) -> str:
    return a_running_sitting(sitter, clock.now()).id


def _answers(db: SQLAlchemy) -> int:
    db.session.rollback()
    return int(db.session.execute(text("SELECT count(*) FROM responses")).scalar_one())


def test_walks_from_check_in_to_the_receipt(sitter: Candidate, enter: Enter, clock: SettableClock) -> None:
    client = enter(sitter)
    arrived = client.post(f"/exams/bookings/{sitter.booking}/check-in")
    assert arrived.status_code == 303
    page = arrived.location
    assert "进入考试" in client.get(page).text
    assert client.post(f"{page}/start").status_code == 303
    assert "正在取试卷" in client.get(page).text
    assert client.post(f"{page}/responses", json=ANSWER).status_code == 200
    clock.advance(minutes=5)
    assert "确认交卷" in client.get(f"{page}/submission").text
    assert client.post(f"{page}/submission", data={"generation": "1"}).status_code == 303
    receipt = client.get(page).text
    assert "已交卷" in receipt
    assert "1 / 96" in receipt


def test_walks_the_same_way_in_json(sitter: Candidate, enter: Enter) -> None:
    client = enter(sitter)
    ready = client.post(f"/exams/bookings/{sitter.booking}/check-in", json={}).json
    sitting = f"/sittings/{ready['sitting_id']}"
    begun = client.post(f"{sitting}/start", json={}).json
    assert (ready["status"], begun["status"], begun["generation"], begun["held"]) == (
        "ready",
        "running",
        1,
        True,
    )
    paper = client.get(f"{sitting}/paper").json
    assert len(paper["items"]) == 96
    assert paper["remaining_ms"] == 90 * 60 * 1000
    assert paper["last_item"] is None
    ended = client.post(f"{sitting}/submission", json={"generation": 1}).json
    assert ended["status"] == "submitted"
    assert (
        client.post(f"{sitting}/submission", json={"generation": 1}).json["receipt_code"]
        == ended["receipt_code"]
    )
    assert client.get(f"{sitting}/clock").json["receipt_code"] == ended["receipt_code"]


def test_a_receipt_can_be_checked_with_the_published_key(
    sitter: Candidate, running: str, enter: Enter
) -> None:
    saved = enter(sitter).post(f"/sittings/{running}/responses", json=ANSWER).json
    content = json.dumps(
        {
            "item": 1,
            "revision": saved["saved_revision"],
            "server_time": saved["received_at"],
            "sitting": running,
            "value_sha256": value_hash('["B"]'),
        },
        separators=(",", ":"),
    )
    assert keys().verify_bytes(content.encode(), saved["receipt"], saved["key_id"]) == saved["key_id"]
    assert saved["server_now"] == saved["received_at"]
    assert saved["remaining_ms"] == 90 * 60 * 1000


def test_no_key_leaves_the_server_in_any_state(sitter: Candidate, enter: Enter, clock: SettableClock) -> None:
    client = enter(sitter)
    page = client.post(f"/exams/bookings/{sitter.booking}/check-in").location
    seen = [client.get(page)]
    seen.append(client.post(f"{page}/start", json={}))
    seen += [client.get(page + path) for path in ("", "/paper", "/clock", "/submission")]
    seen.append(client.post(f"{page}/responses", json=ANSWER))
    seen.append(client.post(f"{page}/submission", json={"generation": 1}))
    seen += [client.get(page + path) for path in ("", "/clock", "/paper")]
    assert [answer.status_code for answer in seen] == [200] * 10 + [409]
    assert all(CANARY not in answer.text + str(answer.headers) for answer in seen)
    item = json.loads(seen[3].text)["items"][0]
    assert set(item) == {"n", "type", "points", "stem", "options"}


def test_the_paper_stays_shut_before_the_start(sitter: Candidate, enter: Enter, clock: SettableClock) -> None:
    sitting = a_ready_sitting(sitter, clock.now()).id
    refused = enter(sitter).get(f"/sittings/{sitting}/paper", headers=JSON)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "NOT_RUNNING")


@pytest.mark.parametrize("state", ["ready", "running", "ended"])
def test_an_outsider_finds_nothing(
    db: SQLAlchemy, sitter: Candidate, enter: Enter, clock: SettableClock, state: str
) -> None:
    now = clock.now()
    sitting = (a_ready_sitting if state == "ready" else a_running_sitting)(sitter, now).id
    if state == "ended":
        enter(sitter).post(f"/sittings/{sitting}/submission")
    outsider = enter(a_candidate(now))
    answers = [outsider.get(f"/sittings/{sitting}{path}") for path in ("", "/paper", "/clock", "/submission")]
    answers += [outsider.post(f"/sittings/{sitting}/{path}") for path in ("start", "submission", "takeover")]
    answers.append(outsider.post(f"/sittings/{sitting}/responses", json=ANSWER))
    answers.append(outsider.post(f"/exams/bookings/{sitter.booking}/check-in"))
    answers.append(outsider.get(f"/sittings/{new_id()}"))
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert _answers(db) == 0


def test_who_is_not_signed_in_is_told_so(running: str, client: FlaskClient) -> None:
    saved = client.post(f"/sittings/{running}/responses", json=ANSWER)
    assert (saved.status_code, saved.json["error"]["code"]) == (401, "SIGN_IN_NEEDED")
    assert client.get(f"/sittings/{running}").status_code == 303


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item": None}, "INVALID_FIELD"),
        ({"item": "1"}, "INVALID_FIELD"),
        ({"item": 97}, "INVALID_FIELD"),
        ({"revision": 0}, "INVALID_FIELD"),
        ({"revision": 2**31}, "INVALID_FIELD"),
        ({"generation": 1.5}, "INVALID_FIELD"),
        ({"operation_id": "a b"}, "INVALID_FIELD"),
        ({"operation_id": "x" * 41}, "INVALID_FIELD"),
        ({"value": ["Z"]}, "INVALID_FIELD"),
        ({"value": ["E"]}, "INVALID_FIELD"),
        ({"value": {"A": 1}}, "INVALID_FIELD"),
        ({"value": 1}, "INVALID_FIELD"),
        ({"seconds": 5}, "UNKNOWN_FIELD"),
        (None, "NOT_JSON_OBJECT"),
    ],
)
def test_a_bad_answer_is_named_and_changes_nothing(
    db: SQLAlchemy, sitter: Candidate, running: str, enter: Enter, change: dict[str, Any] | None, code: str
) -> None:
    body = [] if change is None else ANSWER | change
    refused = enter(sitter).post(f"/sittings/{running}/responses", json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, code)
    assert refused.json["error"]["message"]
    assert _answers(db) == 0


def test_a_missing_field_is_named(sitter: Candidate, running: str, enter: Enter) -> None:
    refused = enter(sitter).post(f"/sittings/{running}/responses", json={"item": 1})
    assert refused.json["error"]["facts"] == {"field": "revision"}


def test_a_writing_request_needs_the_form_token(
    db: SQLAlchemy, sitter: Candidate, running: str, enter: Enter
) -> None:
    client = enter(sitter)
    for path, body in (("responses", ANSWER), ("submission", {}), ("takeover", {}), ("start", {})):
        refused = client.post(f"/sittings/{running}/{path}", json=body, csrf=False)
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "CSRF_FAILED")
    assert _answers(db) == 0


def test_the_other_device_sees_a_page_that_offers_to_take_over(
    sitter: Candidate, running: str, enter: Enter, clock: SettableClock
) -> None:
    other = enter(another_device(sitter, clock.now()))
    assert "已在别的设备打开" in other.get(f"/sittings/{running}").text
    shut = other.get(f"/sittings/{running}/paper", headers=JSON)
    assert (shut.status_code, shut.json["error"]["code"]) == (409, "LEASE_LOST")
    assert other.post(f"/sittings/{running}/takeover", data={"generation": "1"}).status_code == 303
    assert "正在取试卷" in other.get(f"/sittings/{running}").text
    first = enter(sitter)
    assert "已在别的设备打开" in first.get(f"/sittings/{running}").text
    assert first.get(f"/sittings/{running}/clock").json["held"] is False
    lost = first.post(f"/sittings/{running}/responses", json=ANSWER)
    assert (lost.status_code, lost.json["error"]["code"]) == (409, "LEASE_LOST")


@pytest.mark.parametrize("path", ["", "/clock", "/submission", "/paper"])
def test_any_look_at_an_overdue_sitting_tells_its_end_and_writes_nothing(
    db: SQLAlchemy, sitter: Candidate, running: str, enter: Enter, clock: SettableClock, path: str
) -> None:
    client = enter(sitter)
    client.post(f"/sittings/{running}/responses", json=ANSWER)
    clock.advance(minutes=90, seconds=5)
    assert client.get(f"/sittings/{running}/clock").json["status"] == "running"
    clock.advance(seconds=1)
    before = rows(db)
    shown = client.get(f"/sittings/{running}{path}", headers=JSON if path == "/paper" else {})
    if path == "/paper":
        assert shown.json["error"]["facts"]["status"] == "timed_out"
    assert "时间到，已自动交卷" in client.get(f"/sittings/{running}").text
    assert rows(db) == before


@pytest.mark.parametrize("closer", ["sweep", "hand-in"])
def test_what_was_shown_of_an_overdue_sitting_is_what_closing_it_stores(
    db: SQLAlchemy, sitter: Candidate, running: str, enter: Enter, clock: SettableClock, closer: str
) -> None:
    client = enter(sitter)
    client.post(f"/sittings/{running}/responses", json=ANSWER)
    clock.advance(minutes=93)
    shown = client.get(f"/sittings/{running}/clock").json
    assert (shown["status"], shown["held"], shown["ended_at"]) == ("timed_out", False, shown["deadline"])
    clock.advance(minutes=4)
    if closer == "sweep":
        assert close_overdue(clock.now()) == 1
    else:
        assert client.post(f"/sittings/{running}/submission", json={}).status_code == 200
    db.session.rollback()
    stored = db.session.execute(text("SELECT status, receipt_code, answers_hash FROM sittings")).one()
    assert tuple(stored) == ("timed_out", shown["receipt_code"], shown["answers_sha256"])
    known = ("status", "ended_at", "receipt_code", "answers_sha256")
    closed = client.get(f"/sittings/{running}/clock").json
    assert [closed[name] for name in known] == [shown[name] for name in known]


def test_the_waiting_room_opens_by_reload_without_script(
    db: SQLAlchemy, enter: Enter, clock: SettableClock
) -> None:
    early = a_candidate(clock.now())
    sitting = a_ready_sitting(early, clock.now()).id
    client = enter(early)
    assert "disabled" in client.get(f"/sittings/{sitting}").text
    refused = client.post(f"/sittings/{sitting}/start", headers=JSON)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "START_NOT_OPEN")
    clock.advance(minutes=30)
    assert " disabled" not in client.get(f"/sittings/{sitting}").text
    clock.advance(minutes=31)
    assert "不能再进入这场考试" in client.get(f"/sittings/{sitting}").text


def test_saved_answers_can_be_read_again_without_the_paper(
    db: SQLAlchemy, sitter: Candidate, running: str, enter: Enter
) -> None:
    client = enter(sitter)
    client.post(f"/sittings/{running}/responses", json=ANSWER)
    paper, answers = (client.get(f"/sittings/{running}/{part}").json for part in ("paper", "answers"))
    assert answers["answers"] == paper["answers"] != {}
    assert set(paper) - set(answers) == {"items", "name"}
    other = client.application.test_client().get(f"/sittings/{running}/answers", headers=JSON)
    assert other.status_code == 401


def test_reading_pages_of_a_sitting_writes_nothing(
    db: SQLAlchemy, sitter: Candidate, running: str, enter: Enter
) -> None:
    client = enter(sitter)
    before = db.session.execute(text("SELECT count(*) FROM audit_entries")).scalar_one()
    for path in ("", "/paper", "/answers", "/clock", "/submission"):
        client.get(f"/sittings/{running}{path}")
    db.session.rollback()
    assert db.session.execute(text("SELECT count(*) FROM audit_entries")).scalar_one() == before


def test_every_code_of_a_sitting_has_its_sentence() -> None:
    from carbonlearn.web.messages import known_codes

    codes = {"LEASE_LOST", "LATE", "STALE_REVISION", "NOT_RUNNING", "SITTING_STATUS", "START_NOT_OPEN"}
    codes |= {
        "CHECK_IN_NOT_OPEN",
        "CHECK_IN_CLOSED",
        "START_TOO_LATE",
        "PAPER_NOT_SEALED",
        "SITTING_NOT_FOUND",
    }
    assert codes <= known_codes()
