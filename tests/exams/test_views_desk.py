"""The desk's calendar: what each role sees, what may be changed, and that a refused change keeps what was typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.permissions import Role
from carbonlearn.exams.models import ExamWindow
from carbonlearn.infra.clock import SettableClock
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book
from tests.factories.people import make_base, make_user, sign_in


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now)


@pytest.fixture
def staff(hall: Hall, make_client: Any, now: datetime) -> FlaskClient:
    return sign_in(make_client(), hall.desk.association, now)


def test_the_month_shows_windows_and_their_deadlines(staff: FlaskClient) -> None:
    page = staff.get("/desk/calendar?month=2026-11").text
    assert "2026年11月" in page
    assert "广东省清洁生产协会" in page and "0/300" in page
    assert "预约截止" in page and "发准考证" in page


def test_a_month_of_a_year_not_announced_says_so(staff: FlaskClient) -> None:
    page = staff.get("/desk/calendar?month=2027-03").text
    assert "2027 年的放假安排还没有公布" in page and "暂定" in page


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=x", "day=0001-01-01", "day=2026-02-30", "programme=x"]
)
def test_an_odd_address_shows_a_calendar_all_the_same(staff: FlaskClient, query: str) -> None:
    assert staff.get(f"/desk/calendar?{query}").status_code == 200


def test_the_day_lists_its_windows(staff: FlaskClient, hall: Hall) -> None:
    page = staff.get("/desk/calendar?day=2026-11-28").text
    assert f"/desk/calendar/{hall.window('2026-11-28').id}" in page
    assert "在这一天加场" in page


def test_the_window_lists_who_booked(staff: FlaskClient, hall: Hall, now: datetime) -> None:
    book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)
    page = staff.get(f"/desk/calendar/{hall.window('2026-11-28').id}").text
    assert "2611 28 0001" in page and "张文丰" in page and "1 / 300 人" in page


def test_a_base_sees_its_own_learners_only(hall: Hall, make_client: Any, now: datetime) -> None:
    book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)
    path = f"/desk/calendar/{hall.window('2026-11-28').id}"
    other = make_user(Role.BASE_ADMIN, base_id=make_base("other", "别的基地", now=now), now=now)
    assert "2611 28 0001" in sign_in(make_client(), hall.desk.clerk, now).get(path).text
    elsewhere = sign_in(make_client(), other, now)
    assert "2611 28 0001" not in elsewhere.get(path).text
    assert elsewhere.get("/T/2611280001").status_code == 404


def test_the_code_of_a_ticket_leads_to_its_booking(staff: FlaskClient, hall: Hall, now: datetime) -> None:
    booking = book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now).id
    answer = staff.get("/T/2611280001")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"#b-{booking}")
    assert staff.get("/T/12").status_code == 422


def test_moves_a_window_with_a_reason(staff: FlaskClient, hall: Hall) -> None:
    window = hall.window("2026-11-28").id
    sent = {"day": "2026-12-05", "start": "14:00", "reason": "机房停电检修"}
    assert staff.post(f"/desk/calendar/{window}/date", data=sent).status_code == 303
    page = staff.get(f"/desk/calendar/{window}").text
    assert "人工改期" in page and "机房停电检修" in page and "11月28日（周六）" in page
    assert actions(window) == ["window:move"]


@pytest.mark.parametrize(
    ("act", "sent", "told"),
    [
        ("capacity", {"capacity": "0", "reason": "换机房"}, "名额是 1 到 5000 的整数"),
        ("capacity", {"capacity": "200", "reason": ""}, "这一项要填写"),
        ("date", {"day": "2026-10-01", "start": "09:00", "reason": "试试过去"}, "开始时间要在现在之后"),
        ("date", {"day": "2026-12-05", "start": "9点", "reason": "写错时间"}, "时间写成 09:00 这样"),
        ("cancellation", {"reason": "x"}, "理由要 2 到 500 个字"),
    ],
)
def test_a_refused_change_keeps_what_was_typed_and_changes_nothing(
    staff: FlaskClient, hall: Hall, db: Any, act: str, sent: dict[str, str], told: str
) -> None:
    window = hall.window("2026-11-28")
    before = (window.id, window.capacity, window.starts_at)
    answer = staff.post(f"/desk/calendar/{before[0]}/{act}", data=sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert sent["reason"] in answer.text
    after = db.session.get_one(ExamWindow, before[0])
    assert (after.id, after.capacity, after.starts_at, after.cancelled_at) == (*before, None)
    assert actions(before[0]) == []


def test_adds_a_window_of_ones_own(staff: FlaskClient, db: Any) -> None:
    sent = {
        "programme": "gdcpa-petrochem",
        "day": "2026-12-12",
        "start": "14:00",
        "end": "15:30",
        "capacity": "60",
        "reason": "茂名石化专场",
    }
    assert staff.get("/desk/calendar/new?day=2026-12-12").status_code == 200
    wrong = staff.post("/desk/calendar/new", data=sent | {"end": "13:00"})
    assert (
        wrong.status_code == 422 and "结束时间要晚于开始时间" in wrong.text and "茂名石化专场" in wrong.text
    )
    answer = staff.post("/desk/calendar/new", data=sent)
    assert answer.status_code == 303
    made = db.session.query(ExamWindow).filter_by(origin="manual").one()
    assert answer.headers["Location"].endswith(made.id)
    assert actions(made.id) == ["window:add"]


def test_a_window_called_off_can_not_be_changed_again(staff: FlaskClient, hall: Hall) -> None:
    window = hall.window("2026-11-28").id
    assert (
        staff.post(f"/desk/calendar/{window}/cancellation", data={"reason": "台风红色预警"}).status_code
        == 303
    )
    assert staff.post(f"/desk/calendar/{window}/cancellation", data={"reason": "再来一次"}).status_code == 409
    page = staff.get(f"/desk/calendar/{window}").text
    assert "台风红色预警" in page and "改动这一场" not in page


READ = ["/desk/calendar", "/desk/calendar/{window}", "/T/2611280001"]
MANAGE = ["/desk/calendar/new", "/desk/calendar/{window}/capacity", "/desk/calendar/{window}/date"]


@pytest.mark.parametrize("path", [*READ, *MANAGE, "/desk/calendar/{window}/cancellation"])
def test_who_has_no_business_at_the_calendar_stays_outside(
    hall: Hall, make_client: Any, now: datetime, path: str
) -> None:
    method = "POST" if path.rsplit("/", 1)[1] in ("capacity", "date", "cancellation") else "GET"
    address = path.format(window=hall.window("2026-11-28").id)
    learner = sign_in(make_client(), make_user(Role.LEARNER, now=now, base_id=hall.desk.base_id), now)
    assert learner.open(address, method=method).status_code == 403
    if path not in READ:
        reader = sign_in(make_client(), hall.desk.clerk, now)
        assert reader.open(address, method=method).status_code == 403
