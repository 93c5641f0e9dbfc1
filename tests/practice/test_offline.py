from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.tokens import new_id
from carbonlearn.practice import queries
from carbonlearn.practice.models import PracticeAnswer
from carbonlearn.question_bank import services as bank
from carbonlearn.question_bank.models import Item
from tests.factories.items import load_bank, read_by_somebody
from tests.factories.people import PASSWORD, sign_in
from tests.factories.practice import Practiser, a_practiser, entries_of, load_pool, right, text_of, wrong

STATE, ANSWERS = "/practice/offline/state", "/practice/offline/answers"
FUNCTION = "basic-knowledge"


@pytest.fixture
def phone(lin: Practiser, client: FlaskClient, now: datetime) -> FlaskClient:
    return lin.enter(client, now)


def operation(item: Item, value: Any, **more: str) -> dict[str, Any]:
    return {
        "operation_id": new_id(),
        "item_id": item.id,
        "version_id": item.live_version_id,
        "value": value,
    } | more


def bring(phone: FlaskClient, *operations: dict[str, Any]) -> Any:
    return phone.post(ANSWERS, json={"operations": list(operations)})


def kept(db: SQLAlchemy) -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.execute(
        select(PracticeAnswer.operation_id, PracticeAnswer.verdict).order_by(PracticeAnswer.id)
    )
    return [tuple(row) for row in rows]


def key_cookie(phone: FlaskClient) -> str | None:
    found = phone.get_cookie("practice_key", path="/practice/offline")
    return found.value if found else None


def test_a_set_holds_the_practice_pool_with_keys_and_nothing_of_exams_or_mocks(
    db: SQLAlchemy, phone: FlaskClient, now: datetime
) -> None:
    load_bank(now)
    load_pool("mock", now)
    items = {item.id: item for item in load_pool("practice", now)}
    state = phone.get(STATE).json
    found = {}
    for one in state["sets"]:
        taken = phone.get(f"/practice/offline/sets/{one['chapter']}?enrolment={one['place']}").json["items"]
        assert len(taken) == one["count"]
        found |= {item["id"]: item for item in taken}
    assert found.keys() == items.keys()
    assert all(item["key"] == text_of(items[item["id"]]).key for item in found.values())
    assert all(item["explanation"] and item["source"] for item in found.values())


def test_answers_come_home_in_their_order_and_only_once(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    one, two, *_ = load_pool("practice", now, "single-choice")
    short = load_pool("practice", now, "short-answer")[0]
    sent = [
        operation(one, wrong(one)),
        operation(two, right(two)),
        operation(short, "直接排放。", judged="partly"),
        operation(one, right(one)),
    ]
    first = bring(phone, *sent)
    assert first.status_code == 200, first.text
    assert [done["verdict"] for done in first.json["done"]] == ["wrong", "right", "partly", "right"]
    assert bring(phone, *sent).json == first.json
    assert bring(phone, *sent[2:]).json["done"] == first.json["done"][2:]
    assert kept(db) == [(done["operation_id"], done["verdict"]) for done in first.json["done"]]
    assert queries.card_ids(lin.actor.user_id) == {one.id, short.id}
    assert queries.stats(lin.actor.user_id)[one.id].times == 2, "they count as the chapter's"


def test_what_can_no_longer_be_taken_is_named_and_holds_up_nothing(
    db: SQLAlchemy, phone: FlaskClient, now: datetime
) -> None:
    item, *_ = load_pool("practice", now, "single-choice")
    exam = _exam_item(db, now)
    done = bring(phone, operation(exam, ["A"]), operation(item, right(item))).json["done"]
    assert done[0]["refused"] == "PRACTICE_ITEM_NOT_FOUND"
    assert done[1]["verdict"] == "right"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"operation_id": "4294967295-4294967295-4294967295-4294967295"}, "INVALID_FIELD"),
        ({"item_id": "?"}, "INVALID_FIELD"),
        ({"value": {"all": "of it"}}, "INVALID_FIELD"),
        ({"colour": "green"}, "UNKNOWN_FIELD"),
    ],
)
def test_one_answer_in_a_wrong_form_holds_up_no_other(
    db: SQLAlchemy, phone: FlaskClient, now: datetime, bad: dict[str, Any], code: str
) -> None:
    item, *_ = load_pool("practice", now, "single-choice")
    broken, good = operation(item, right(item)) | bad, operation(item, right(item))
    done = bring(phone, broken, good).json["done"]
    assert done[0] == {"operation_id": broken["operation_id"], "refused": code}
    assert done[1] == {"operation_id": good["operation_id"], "verdict": "right"}
    assert kept(db) == [(good["operation_id"], "right")]


def test_answers_of_a_place_that_has_ended_are_named_and_those_of_another_come_home(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    item, *_ = load_pool("practice", now, "single-choice")
    ended = lin.another_place(job_type="monitoring", status="withdrawn")
    sent = operation(item, right(item))
    answer = phone.post(f"{ANSWERS}?enrolment={ended.id}", json={"operations": [sent]})
    assert answer.json == {"done": [{"operation_id": sent["operation_id"], "refused": "PRACTICE_NOT_OPEN"}]}
    assert kept(db) == []
    again = phone.post(
        f"{ANSWERS}?enrolment={lin.enrolment.id}", json={"operations": [operation(item, right(item))]}
    )
    assert again.json["done"][0]["verdict"] == "right"


def test_the_sets_of_all_places_that_are_open_are_told_apart(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    load_pool("practice", now)
    other = lin.another_place(job_type="monitoring")
    lin.another_place(job_type="trading", status="withdrawn")
    state = phone.get(STATE).json
    assert state["open"] is True
    assert {one["place"] for one in state["sets"]} == {lin.enrolment.id, other.id}
    keys = [one["key"] for one in state["sets"]]
    assert len(keys) == len(set(keys))
    both = [one for one in state["sets"] if one["chapter"] == FUNCTION]
    assert len(both) == 2
    assert len({one["name"] for one in both}) == 2
    for one in both:
        taken = phone.get(f"/practice/offline/sets/{FUNCTION}?enrolment={one['place']}").json
        assert {name: taken[name] for name in one} == one
        assert len(taken["items"]) == one["count"]


def test_who_has_no_open_place_is_told_so_and_brings_what_waits(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    item, *_ = load_pool("practice", now, "single-choice")
    with unit_of_work():
        db.session.merge(lin.enrolment).status = "withdrawn"
    state = phone.get(STATE)
    assert (state.status_code, state.json["open"], state.json["sets"]) == (200, False, [])
    sent = operation(item, right(item))
    assert bring(phone, sent).json["done"][0]["refused"] == "PRACTICE_NOT_OPEN"


def test_a_set_whose_items_were_changed_has_another_digest(
    db: SQLAlchemy, phone: FlaskClient, now: datetime
) -> None:
    item = load_pool("practice", now)[0]
    before = {one["key"]: one["digest"] for one in phone.get(STATE).json["sets"]}
    assert {one["key"]: one["digest"] for one in phone.get(STATE).json["sets"]} == before
    rekeyed(item, now)
    after = {one["key"]: one["digest"] for one in phone.get(STATE).json["sets"]}
    assert after.keys() == before.keys()
    changed = [key for key in before if before[key] != after[key]]
    assert [key.partition("/")[2] for key in changed] == [item.function]


def test_the_key_of_before_an_edit_counts_for_two_days_and_no_longer(
    db: SQLAlchemy, phone: FlaskClient, clock: SettableClock, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    sent = [operation(item, right(item)) for _ in range(3)]
    rekeyed(item, now)
    clock.advance(days=1, hours=23)
    assert bring(phone, sent[0]).json["done"][0]["verdict"] == "right"
    clock.advance(hours=2)
    assert bring(phone, sent[1]).json["done"][0]["refused"] == "PRACTICE_ITEM_CHANGED"
    assert bring(phone, sent[0]).json["done"][0]["verdict"] == "right", "what was taken stays taken"
    form = {"value": "A", "mode": "chapter", "version_id": sent[2]["version_id"]}
    page = phone.post(f"/practice/items/{item.id}/answers", data=form)
    assert page.status_code == 422
    assert "改过了" in page.text


def rekeyed(item: Item, now: datetime) -> None:
    """The item with another key, in use from now on."""
    entry = next(one for one in entries_of("practice") if one["id"] == item.external_id)
    key = [not entry["key"][0]] if item.type == "true-false" else wrong(item)
    with unit_of_work():
        bank.load_items(read_by_somebody([entry | {"key": key}]), now)


def _exam_item(db: SQLAlchemy, now: datetime) -> Item:
    load_bank(now)
    return db.session.scalars(select(Item).where(Item.pool == "exam").limit(1)).one()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "NOT_JSON_OBJECT"),
        ({"operations": "all"}, "NOT_JSON_OBJECT"),
        ({"operations": [{}]}, "MISSING_FIELD"),
        ({"operations": [7]}, "NOT_JSON_OBJECT"),
        ({"operations": [{}] * 26}, "PRACTICE_TOO_MANY"),
    ],
)
def test_a_body_that_no_page_of_ours_sends_is_refused(
    db: SQLAlchemy, phone: FlaskClient, body: Any, code: str
) -> None:
    answer = phone.post(ANSWERS, json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)


def test_the_page_that_the_phone_keeps_is_the_same_for_everybody(
    db: SQLAlchemy, phone: FlaskClient, make_client: Callable[[], FlaskClient], lin: Practiser
) -> None:
    page = phone.get("/practice/offline")
    stranger = make_client().get("/practice/offline")
    assert page.text == stranger.text
    assert lin.user.name not in page.text
    assert "csrf" not in page.text.lower()
    assert "Set-Cookie" not in stranger.headers


def test_the_worker_is_let_to_the_pages_of_practice_alone(db: SQLAlchemy, client: FlaskClient) -> None:
    worker = client.get("/practice/offline/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/practice"
    assert worker.mimetype in ("text/javascript", "application/javascript")
    assert worker.headers["Cache-Control"] == "no-cache"


def test_the_key_is_each_persons_own_and_the_same_again(
    db: SQLAlchemy, lin: Practiser, make_client: Callable[[], FlaskClient], now: datetime
) -> None:
    first, second, other = make_client(), make_client(), make_client()
    keys = set()
    for phone in (lin.enter(first, now), lin.enter(second, now)):
        phone.get(STATE)
        keys.add(key_cookie(phone))
    assert len(keys) == 1
    a_practiser(now, lin.desk).enter(other, now).get(STATE)
    assert key_cookie(other) not in keys
    owner, secret = (keys.pop() or "").split(".")
    assert len(secret) == 43
    assert lin.user.id not in owner


def test_signing_out_takes_the_key_away(db: SQLAlchemy, phone: FlaskClient) -> None:
    phone.get(STATE)
    assert key_cookie(phone)
    assert phone.post("/sign-out").status_code == 303
    assert key_cookie(phone) is None


def test_somebody_else_signing_in_takes_the_key_away(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    other = a_practiser(now, lin.desk)
    phone.get(STATE)
    answer = phone.post("/sign-in", data={"login": other.user.username, "password": "wrong password"})
    assert answer.status_code == 422
    assert key_cookie(phone), "who does not get in changes nothing"
    _set_password(db, other)
    answer = phone.post("/sign-in", data={"login": other.user.username, "password": PASSWORD})
    assert answer.status_code == 303
    assert key_cookie(phone) is None


def _set_password(db: SQLAlchemy, person: Practiser) -> None:
    from carbonlearn.accounts.models import User
    from carbonlearn.infra.db import unit_of_work
    from carbonlearn.infra.passwords import hash_password

    with unit_of_work():
        user = db.session.get_one(User, person.user.id)
        user.password_hash, user.must_change_password = hash_password(PASSWORD), False


def test_a_session_that_is_over_takes_the_key_away_when_it_is_seen(
    db: SQLAlchemy, phone: FlaskClient, clock: SettableClock
) -> None:
    phone.get(STATE)
    phone.delete_cookie("carbonlearn")
    answer = phone.get(STATE, headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert key_cookie(phone) is None


def test_an_answer_to_an_item_of_another_track_is_refused(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice", job_type="accounting")[0]
    trader = a_practiser(now, lin.desk, job_type="trading")
    phone = sign_in(make_client(), trader.user, now)
    assert bring(phone, operation(item, right(item))).json["done"][0]["refused"] == "PRACTICE_ITEM_NOT_FOUND"
