"""The pages of a learner whose attempt runs, waits for its result or is released; the ticket of a place taken early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.rules.exam_day import ours_of_exam_day
from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.exams.services import grant_retake, use_booking
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.marking.models import Release, Result
from carbonlearn.sittings import services as sittings
from carbonlearn.sittings.models import Sitting
from tests.factories.exams import THRESHOLD_MS, Hall, add_credit, book
from tests.factories.people import sign_in
from tests.factories.study import DEMONSTRATION

POINT = 100


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now)


class Day:
    """A learner in the exam of 28 November, and a browser of theirs."""

    def __init__(
        self, hall: Hall, db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]
    ) -> None:
        self.db, self.clock, self.hall = db, clock, hall
        learner, self.enrolment = hall.learner()
        with unit_of_work():
            for _ in range(16):
                add_credit(self.enrolment, THRESHOLD_MS // 16, clock.now())
        self.user_id, self.booking_id = (
            learner.user_id,
            book(hall.window("2026-11-28"), learner, clock.now()).id,
        )
        clock.set(hall.window("2026-11-28").starts_at)
        self.client = sign_in(make_client(), db.session.get_one(User, self.user_id), clock.now())
        with unit_of_work():
            self.sitting_id = self._begin(clock.now())

    def _begin(self, now: datetime) -> str:
        booking = self.db.session.get_one(Booking, self.booking_id)
        sitting = Sitting(
            booking_id=booking.id, enrolment_id=booking.enrolment_id, user_id=booking.user_id, base_id=booking.base_id,
            window_id=booking.window_id, status="running", checked_in_at=now, started_at=now,
            must_submit_by=now + timedelta(minutes=90),
        )  # fmt: skip
        self.db.session.add(sitting)
        use_booking(booking, now)
        self.db.session.flush()
        return sitting.id

    def pages(self) -> tuple[str, str]:
        return self.client.get("/exams").text, self.client.get("/study").text

    def hand_in(self) -> None:
        self.clock.set(self.clock.now() + timedelta(minutes=95))
        with unit_of_work():
            sittings.close_overdue(self.clock.now())

    def confirm(self, total: int, *, released: bool = True) -> str:
        with unit_of_work():
            sitting = self.db.session.get_one(Sitting, self.sitting_id)
            release = Release(
                window_id=sitting.window_id, released_by=sitting.user_id, at=self.clock.now(), count=1
            )
            self.db.session.add(release)
            self.db.session.flush()
            result = Result(
                sitting_id=sitting.id, enrolment_id=sitting.enrolment_id, user_id=sitting.user_id, base_id=sitting.base_id,
                window_id=sitting.window_id, total=total * POINT, possible=100 * POINT, pass_points=60 * POINT,
                passed=total >= 60, by_type={}, confirmed_at=self.clock.now(), release_id=release.id if released else None,
            )  # fmt: skip
            self.db.session.add(result)
            self.db.session.flush()
            return result.id


@pytest.fixture
def day(hall: Hall, db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]) -> Day:
    return Day(hall, db, clock, make_client)


def test_while_the_exam_runs_both_pages_lead_back_to_it_and_ask_for_nothing(day: Day) -> None:
    exams, study = day.pages()
    for page in (exams, study):
        assert "正在考试，10:30 自动交卷" in page
        assert f'href="/sittings/{day.sitting_id}"' in page and "回到考试" in page
    assert "参加考试的条件" not in exams and "已用完" not in exams and "还未预约" not in exams
    assert "进入候考室" not in exams and "其他场次" in exams and "12月" in exams
    assert "可以考试了" not in study and "去考试" not in study


def test_after_the_hand_in_the_due_date_of_the_result_is_said(day: Day) -> None:
    day.hand_in()
    exams, study = day.pages()
    for page in (exams, study):
        assert "已交卷，等成绩" in page and "最晚" in page and "公布" in page
    assert "参加考试的条件" not in exams and "已用完" not in exams and "其他场次" in exams
    assert "可以考试了" not in study and "去考试" not in study


def test_a_result_that_is_not_released_is_not_told(day: Day) -> None:
    day.hand_in()
    day.confirm(97, released=False)
    for page in day.pages():
        assert "已交卷，等成绩" in page and "97 分" not in page and "· 通过" not in page
    told = day.client.get("/exams", headers={"Accept": "application/json"}).json["attempt"]
    assert (told["state"], told["result_id"], told["passed"]) == ("awaiting", None, None)


def test_a_released_pass_is_shown_with_its_points(day: Day) -> None:
    day.hand_in()
    result = day.confirm(97)
    for page in day.pages():
        assert "97 分 · 通过" in page and f'href="/results/{result}"' in page and "查看成绩" in page
        assert "成绩发布后" not in page and "可以考试了" not in page
    exams = day.pages()[0]
    assert "参加考试的条件" not in exams and "考试资格已用完" not in exams


def test_a_released_failure_offers_the_retake_with_its_last_day(day: Day) -> None:
    day.hand_in()
    result = day.confirm(48)
    with unit_of_work():
        grant_retake(day.enrolment.id, "", day.clock.now())
    exams, study = day.pages()
    assert "未通过，还差 12 分" in exams and "未通过，还差 12 分" in study
    assert 'href="#windows"' in exams and 'id="windows"' in exams and "预约补考" in exams
    assert "您有一次免费补考，2027年5月28日" in exams and f'href="/results/{result}"' in exams
    assert "免费补考 1 次" in exams and "参加考试的条件" in exams


def test_a_failure_without_a_retake_asks_for_nothing_more(day: Day) -> None:
    day.hand_in()
    day.confirm(48)
    exams = day.pages()[0]
    assert "未通过，还差 12 分" in exams and "预约补考" not in exams
    assert "参加考试的条件" not in exams and "考试资格已用完" not in exams


def test_a_place_taken_early_is_not_confirmed_on_its_ticket(
    hall: Hall, db: Any, clock: SettableClock, now: datetime, make_client: Callable[[], FlaskClient]
) -> None:
    learner, _ = hall.learner(0)
    booking = book(hall.window("2026-11-28"), learner, now).id
    with unit_of_work():
        window = db.session.get_one(ExamWindow, hall.window("2026-11-28").id)
        window.ticket_at = now
    client = sign_in(make_client(), db.session.get_one(User, learner.user_id), now)
    page = client.get(f"/exams/bookings/{booking}/ticket").text
    assert "待确认" in page and "已确认" not in page
    assert "须在 11月25日 前学满 80 课时，否则这个预约会释放。" in page
    printed = pypdfium2.PdfDocument(client.get(f"/exams/bookings/{booking}/ticket.pdf").data)
    text = printed[0].get_textpage().get_text_range()
    assert len(printed) == 1 and "待确认" in text and "11月25日" in text
    assert "待确认" in client.get("/exams").text


def test_the_ticket_of_who_has_the_hours_is_confirmed_and_says_where_answers_wait(day: Day) -> None:
    page = day.client.get(f"/exams/bookings/{day.booking_id}/ticket").text
    assert "已确认" in page and "待确认" not in page
    assert "断网时答案留在打开的考试页里，恢复后自动上传，请不要关闭页面；计时不停。" in page


def test_a_check_in_that_begins_the_day_before_bears_its_date(
    hall: Hall, db: Any, clock: SettableClock, now: datetime, make_client: Callable[[], FlaskClient]
) -> None:
    learner, _ = hall.learner(THRESHOLD_MS)
    booking = book(hall.window("2026-11-28"), learner, now).id
    with unit_of_work():
        window = db.session.get_one(ExamWindow, hall.window("2026-11-28").id)
        window.starts_at = datetime(2026, 11, 27, 16, 15, tzinfo=UTC)
        window.ends_at, window.ticket_at = window.starts_at + timedelta(minutes=90), now
    client = sign_in(make_client(), db.session.get_one(User, learner.user_id), now)
    page = client.get(f"/exams/bookings/{booking}/ticket").text
    assert "11月27日 23:30–00:25" in page and "11月27日 23:30 起签到" in page


def test_a_limit_of_ours_is_said_no_later_than_the_exam_ends() -> None:
    defaults = {"exam_day": {"check_in_opens_minutes": 45, "check_in_closes_minutes": 10, "absent_after_minutes": 30,
                             "start_jitter_seconds": 60, "marking_tolerance_percent": 20}}  # fmt: skip
    short = {"exam_calendar": {"rule": {"duration_minutes": 12}}}
    said = [zh for _, zh, _ in ours_of_exam_day(short, defaults)]
    assert "开考 12 分钟起不能再进入，记缺考" in said and "开考前 45 分钟至开考后 10 分钟签到" in said
    plain = [zh for _, zh, _ in ours_of_exam_day({"exam_calendar": {"rule": None}}, defaults)]
    assert "开考 30 分钟起不能再进入，记缺考" in plain


def test_the_programme_page_of_the_demonstration_says_the_earlier_limit(
    db: Any, now: datetime, client: FlaskClient
) -> None:
    Hall(now, DEMONSTRATION)
    page = client.get(f"/programmes/{DEMONSTRATION}").text
    assert "开考 12 分钟起不能再进入" in page and "开考 30 分钟" not in page
