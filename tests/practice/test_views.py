from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice.models import MockSitting
from carbonlearn.practice.queries import mocks as mock_queries
from carbonlearn.question_bank.models import Item
from tests.factories.people import make_user, sign_in
from tests.factories.practice import (
    Practiser,
    a_practiser,
    a_small_mock,
    form_value,
    load_pool,
    right,
    text_of,
    wrong,
)
from tests.support.counting import counted_statements

FUNCTION = "basic-knowledge"
PAGES = (
    "/practice",
    "/practice/book",
    "/practice/stars",
    "/practice/daily",
    "/practice/radar",
    "/practice/mocks",
    "/practice/offline",
)


@pytest.fixture
def phone(lin: Practiser, client: FlaskClient, now: datetime) -> FlaskClient:
    return lin.enter(client, now)


def give(phone: FlaskClient, item: Item, value: Any, **more: str) -> Any:
    """Answer by the form of the item's page, and go where it leads."""
    sent = {"value": form_value(value), "mode": "chapter", "chapter": item.function} | more
    return phone.post(f"/practice/items/{item.id}/answers", data=sent, follow_redirects=True)


def secrets_of(item: Item) -> list[str]:
    """What must not leave the server before the verdict: explanation, model answer, rubric."""
    text = text_of(item)
    return [
        word for word in (text.explanation, text.reference, *(line["text"] for line in text.rubric)) if word
    ]


def test_every_page_stands_with_and_without_items(db: SQLAlchemy, phone: FlaskClient, now: datetime) -> None:
    for page in PAGES:
        assert phone.get(page).status_code == 200, page
    load_pool("practice", now)
    load_pool("mock", now)
    for page in PAGES:
        assert phone.get(page).status_code == 200, page
        assert phone.get(page, query_string={"lang": "en"}).status_code == 200, page


def test_the_front_page_leads_to_practice_and_tells_what_is_due(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime, clock: SettableClock
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    assert "章节、模拟、错题、每日" in phone.get("/study").text
    lin.answer(item.id, wrong(item), now)
    clock.advance(minutes=11)
    page = phone.get("/study").text
    assert "错题 1 题到期" in page
    assert 'href="/practice?enrolment=' in page


@pytest.mark.parametrize("kind", ["single-choice", "true-false", "multiple-choice", "short-answer"])
def test_the_question_page_holds_no_key_and_the_verdict_page_all_of_it(
    db: SQLAlchemy, phone: FlaskClient, now: datetime, kind: str
) -> None:
    item = load_pool("practice", now, kind)[0]
    page = phone.get(f"/practice/items/{item.id}", query_string={"mode": "chapter", "chapter": item.function})
    assert page.status_code == 200
    hidden = secrets_of(item)
    assert hidden
    assert [word for word in hidden if word[:12] in page.text] == []
    told = give(phone, item, right(item))
    assert told.status_code == 200
    assert "解析" in told.text
    assert text_of(item).source in told.text
    assert ("自评" in told.text) == (kind == "short-answer")
    assert ("答对了" in told.text) == (kind != "short-answer")


def test_a_chapter_is_resumed_where_it_was_left(db: SQLAlchemy, phone: FlaskClient, now: datetime) -> None:
    items = {item.id: item for item in load_pool("practice", now) if item.function == FUNCTION}
    asked = []
    for number in range(4):
        place = phone.get("/practice/next", query_string={"mode": "chapter", "chapter": FUNCTION}).location
        found = re.search(r"/practice/items/(\w+)", place)
        assert found
        asked.append(found[1])
        page = phone.get(place).text
        assert f"{number} / {len(items)}" in page
        give(phone, items[asked[-1]], right(items[asked[-1]]))
    assert len(set(asked)) == 4
    assert f"4 / {len(items)}" in phone.get("/practice").text


def test_an_empty_form_is_told_so_and_stays_on_its_question(
    db: SQLAlchemy, phone: FlaskClient, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    answer = phone.post(
        f"/practice/items/{item.id}/answers", data={"mode": "chapter", "chapter": item.function}
    )
    assert answer.status_code == 422
    assert "还没有作答" in answer.text
    assert text_of(item).stem[:20] in answer.text


def test_a_form_sent_twice_counts_once(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    page = phone.get(f"/practice/items/{item.id}?mode=chapter").text
    operation = re.search(r'name="operation_id" value="(\w+)"', page)
    assert operation
    first = give(phone, item, wrong(item), operation_id=operation[1])
    again = give(phone, item, right(item), operation_id=operation[1])
    assert first.request.path == again.request.path
    assert "答错了" in again.text


def test_a_star_leaves_the_page_of_the_question_as_it_is(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    """What is chosen there and not sent yet would be lost with the page."""
    item = load_pool("practice", now, "single-choice")[0]
    page = phone.get(f"/practice/items/{item.id}?mode=chapter&chapter={item.function}").text
    form = re.search(r'<form[^>]*id="star-form".*?</form>', page, re.DOTALL)
    assert form and f'hx-post="/practice/items/{item.id}/star"' in form[0]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    assert sent["on"] == "1"
    button = phone.post(f"/practice/items/{item.id}/star", data=sent, headers={"HX-Request": "true"})
    assert button.status_code == 200 and "HX-Redirect" not in button.headers
    assert button.text.lstrip().startswith('<div id="star-box">') and "<html" not in button.text
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button.text))
    assert again == sent | {"on": "0", "csrf_token": again["csrf_token"]}
    assert 'aria-pressed="true"' in button.text
    assert item.id in phone.get("/practice/stars").text
    assert phone.post(f"/practice/items/{item.id}/star", data=again).status_code == 303, "without script"
    assert item.id not in phone.get("/practice/stars").text


def test_stars_the_book_and_the_day_lead_on_by_plain_links_and_forms(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime, clock: SettableClock
) -> None:
    items = load_pool("practice", now, "single-choice")
    assert phone.post(f"/practice/items/{items[0].id}/star", data={"on": "1"}).status_code == 303
    assert items[0].id in phone.get("/practice/stars").text
    give(phone, items[1], wrong(items[1]))
    clock.advance(minutes=11)
    assert "复习到期的 1 题" in phone.get("/practice/book").text
    assert items[1].id in phone.get("/practice/next?mode=book").location
    assert (
        phone.post(f"/practice/items/{items[1].id}/known", data={"list": "book"}).location == "/practice/book"
    )
    assert "错题本是空的" in phone.get("/practice/book").text
    assert phone.post("/practice/daily").location == "/practice/next?mode=daily"
    by_id = {item.id: item for item in items}
    for _number in range(10):
        found = re.search(r"/practice/items/(\w+)", phone.get("/practice/next?mode=daily").location)
        assert found
        give(phone, by_id[found[1]], right(by_id[found[1]]), mode="daily")
    assert phone.get("/practice/next?mode=daily").location == "/practice/daily"
    assert "今天的练完了" in phone.get("/practice/daily").text


def test_the_radar_says_how_little_a_few_answers_tell(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime
) -> None:
    items = [item for item in load_pool("practice", now, "single-choice") if item.function == FUNCTION]
    for item in items[:3]:
        lin.answer(item.id, right(item), now)
    assert "题数太少" in phone.get("/practice/radar").text
    for item in items[3:8]:
        lin.answer(item.id, right(item), now)
    page = phone.get("/practice/radar").text
    assert "8 / 8" in page
    assert "–100%" in page
    assert "题数太少" not in page


# ------------------------------------------------------------------------------------------------------- mocks


@pytest.fixture
def mock(lin: Practiser, phone: FlaskClient, now: datetime) -> tuple[str, list[Item]]:
    """The id of a running mock of one item of each type, which this phone carries on; and its items."""
    kinds = ("single-choice", "true-false", "multiple-choice", "short-answer")
    items = [load_pool("mock", now, kind, every=20)[0] for kind in kinds]
    mock_id = a_small_mock(lin.actor, lin.enrolment.id, items, now).id
    assert "已在别的设备打开" in phone.get(f"/practice/mocks/{mock_id}").text
    assert phone.post(f"/practice/mocks/{mock_id}/takeover", data={"generation": "1"}).status_code == 303
    return mock_id, items


def save(phone: FlaskClient, mock_id: str, item: int, value: Any) -> Any:
    body = {"item": item, "revision": 1, "generation": 2, "operation_id": f"op-{item}", "value": value}
    return phone.post(f"/practice/mocks/{mock_id}/responses", json=body)


def test_the_room_is_the_one_of_real_exams_with_addresses_of_its_own(
    db: SQLAlchemy, phone: FlaskClient, mock: tuple[str, list[Item]]
) -> None:
    mock_id, _items = mock
    page = phone.get(f"/practice/mocks/{mock_id}").text
    assert "js/exam_room.js" in page
    assert f"/practice/mocks/{mock_id}/paper" in page
    assert "/sittings/" not in page
    assert "模拟考试 · 不计成绩" in page
    assert phone.get(f"/practice/mocks/{mock_id}/clock").json["held"] is True


def test_no_key_leaves_the_server_before_the_mock_is_handed_in(
    db: SQLAlchemy, phone: FlaskClient, mock: tuple[str, list[Item]]
) -> None:
    mock_id, items = mock
    save(phone, mock_id, 1, right(items[0]))
    seen = "".join(
        phone.get(f"/practice/mocks/{mock_id}{path}", follow_redirects=True).text
        for path in ("", "/paper", "/answers", "/clock", "/submission", "/result")
    )
    seen += "".join(phone.get(page).text for page in PAGES)
    assert [word for item in items for word in secrets_of(item) if word[:12] in seen] == []
    assert phone.post(f"/practice/mocks/{mock_id}/points/4", data={"line": "0"}).status_code == 409
    phone.post(f"/practice/mocks/{mock_id}/submission", data={"generation": "2"})
    told = phone.get(f"/practice/mocks/{mock_id}/result?show=all").text
    assert [item.type for item in items for word in secrets_of(item) if word[:12] not in told] == []


def test_a_mock_is_saved_handed_in_and_looked_at_again(
    db: SQLAlchemy, phone: FlaskClient, mock: tuple[str, list[Item]]
) -> None:
    mock_id, items = mock
    for number, value in ((1, right(items[0])), (2, wrong(items[1])), (4, "直接排放。")):
        reply = save(phone, mock_id, number, value)
        assert reply.status_code == 200, reply.text
        assert reply.json["receipt"]
    assert phone.post(f"/practice/mocks/{mock_id}/submission", data={"generation": "2"}).status_code == 303
    page = phone.get(f"/practice/mocks/{mock_id}", follow_redirects=True).text
    assert "简答还没有自评" in page
    lines = [str(number) for number in range(len(text_of(items[3]).rubric))]
    after = phone.post(
        f"/practice/mocks/{mock_id}/points/4", data={"line": lines}, follow_redirects=True
    ).text
    assert "没有到及格线" in after
    assert "不进正式成绩" in after
    assert phone.get("/results").text.count(mock_id) == 0


def test_a_save_that_comes_late_is_refused_in_the_words_of_a_real_exam(
    db: SQLAlchemy, phone: FlaskClient, mock: tuple[str, list[Item]], clock: SettableClock
) -> None:
    mock_id, items = mock
    clock.advance(hours=2)
    assert save(phone, mock_id, 1, right(items[0])).json["error"]["code"] == "LATE"
    paper = phone.get(f"/practice/mocks/{mock_id}/paper", headers={"Accept": "application/json"})
    assert paper.json["error"]["code"] == "NOT_RUNNING"
    assert phone.get(f"/practice/mocks/{mock_id}/result").status_code == 200, (
        "marked by looking, before any sweep"
    )
    assert phone.post(f"/practice/mocks/{mock_id}/points/4", data={"line": "0"}).status_code == 303
    assert db.session.get_one(MockSitting, mock_id).status == "timed_out"


def test_a_pool_that_is_short_says_what_it_lacks_and_has_no_button(
    db: SQLAlchemy, phone: FlaskClient, now: datetime
) -> None:
    load_pool("mock", now, "single-choice", every=10)
    page = phone.get("/practice/mocks").text
    assert "暂时组不出模拟卷" in page
    assert "整卷还缺什么" in page
    assert "开始模拟考试" not in page
    assert "模拟题还不够组成一份卷子" in phone.post("/practice/mocks", follow_redirects=True).text


def test_a_mock_does_not_begin_in_a_browser_without_script(
    db: SQLAlchemy, phone: FlaskClient, now: datetime
) -> None:
    load_pool("mock", now, every=3)
    page = phone.get("/practice/mocks").text
    without = "".join(re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL))
    assert "现在不能开始" in without
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', without))
    told = phone.post("/practice/mocks", data=sent, follow_redirects=True)
    assert "模拟考试还没有开始" in told.text
    assert db.session.query(MockSitting).count() == 0
    phone.post("/practice/mocks")
    assert db.session.query(MockSitting).count() == 1


def test_a_mock_of_another_size_is_offered_in_proportion(
    db: SQLAlchemy, phone: FlaskClient, now: datetime
) -> None:
    load_pool("mock", now, every=3)
    page = phone.get("/practice/mocks").text
    assert "整卷的 1/2" in page
    place = phone.post("/practice/mocks").location
    mock = mock_queries.face(place.rsplit("/", 1)[1])
    assert len(mock["items"]) == 48


# -------------------------------------------------------------------------------------- who may, and what it costs


def test_who_has_no_open_place_is_told_so_and_finds_no_item(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    stranger = sign_in(make_client(), make_user(Role.LEARNER, now=now, base_id=lin.desk.base_id), now)
    assert "报名开通后就可以练习" in stranger.get("/practice").text
    for page in (
        f"/practice/items/{item.id}",
        "/practice/book",
        "/practice/mocks",
    ):
        assert stranger.get(page).status_code == 404, page


@pytest.mark.parametrize(("status", "expected"), [("completed", 200), ("withdrawn", 404), ("expired", 404)])
def test_who_has_finished_goes_on_practising_and_who_left_does_not(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime, status: str, expected: int
) -> None:
    load_pool("practice", now)
    with unit_of_work():
        db.session.merge(lin.enrolment).status = status
    assert phone.get("/practice/radar").status_code == expected


def test_pages_cost_the_same_number_of_statements_however_much_was_answered(
    db: SQLAlchemy, phone: FlaskClient, lin: Practiser, now: datetime, clock: SettableClock
) -> None:
    items = load_pool("practice", now)
    load_pool("mock", now, every=3)
    along = f"/practice/items/{items[0].id}?mode=chapter&chapter={items[0].function}"
    pages = (*PAGES, along, "/study", "/practice/offline/state", f"/practice/offline/sets/{FUNCTION}")

    def costs() -> dict[str, int]:
        found = {}
        for page in pages:
            with counted_statements(db) as statements:
                assert phone.get(page).status_code == 200
            found[page] = len(statements)
        return found

    lin.answer(items[0].id, wrong(items[0]) if items[0].type != "short-answer" else "字", now)
    costs()
    few = costs()
    for item in items[1:40]:
        lin.answer(item.id, "字" if item.type == "short-answer" else wrong(item), now)
    clock.advance(minutes=20)
    assert costs() == few
    assert max(few.values()) <= 20, few


def test_two_places_have_two_practices(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], lin: Practiser, now: datetime
) -> None:
    trader = a_practiser(now, lin.desk, job_type="trading")
    load_pool("practice", now, every=10)
    page = trader.enter(make_client(), now + timedelta(minutes=1)).get("/practice").text
    assert "基础知识" in page, "what is common to all job types"
    assert "统计核算和报告" not in page
