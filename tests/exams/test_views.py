"""The learner's pages: the checklist, booking and giving back, the ticket as page, code, PDF and JSON; and who is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient

from carbonlearn.accounts.models import User
from carbonlearn.core.permissions import Role
from carbonlearn.exams.models import Booking
from carbonlearn.infra.clock import SettableClock
from tests.factories.enrolment import GDCPA
from tests.factories.exams import CLASS_HOUR_MS, THRESHOLD_MS, Hall, actions, book
from tests.factories.people import make_user, sign_in
from tests.factories.study import make_lesson

PUBLIC_COURSE = "pub-01-carbon-emission-manager"

JSON = {"Accept": "application/json"}


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now)


@pytest.fixture
def enter(make_client: Callable[[], FlaskClient], db: Any, now: datetime) -> Callable[[str], FlaskClient]:
    """A browser signed in as the person of this id."""
    return lambda user_id: sign_in(make_client(), db.session.get_one(User, user_id), now)


def test_the_checklist_says_what_is_met_and_what_is_missing(hall: Hall, enter: Any) -> None:
    learner, _ = hall.learner(int(46.5 * CLASS_HOUR_MS))
    page = enter(learner.user_id).get("/exams").text
    assert page.index("报名有效") < page.index("照片与身份证") < page.index("考试资格")
    assert "满足 3 / 5" in page
    assert "还差 33.5 课时" in page and "46.5 / 80" in page
    assert "首考 1 次" in page and "还未预约" in page
    assert "11月25日 截止预约" in page and "余 300 席" in page


def test_hours_that_the_lessons_cannot_give_are_said_to_be_lacking(hall: Hall, enter: Any) -> None:
    learner, _ = hall.learner(2 * CLASS_HOUR_MS)
    page = enter(learner.user_id).get("/exams").text
    assert "写满之前这场考不了" in page
    assert "这一场</" not in page and "赶得上" not in page


def test_the_button_names_the_date_and_the_note_the_deadline(
    hall: Hall, enter: Any, clock: SettableClock
) -> None:
    make_lesson(THRESHOLD_MS, clock.now(), course=PUBLIC_COURSE, programme=GDCPA)
    learner, _ = hall.learner(int(79.5 * CLASS_HOUR_MS))
    page = enter(learner.user_id).get("/exams").text
    assert "按现在的进度，11月3日 学满" in page
    assert "预约 11月28日 这一场" in page
    assert "先占位；须在 11月25日 前学满 80 课时" in page


def test_a_date_that_cannot_be_reached_has_its_reason_and_no_button(
    hall: Hall, enter: Any, clock: SettableClock
) -> None:
    make_lesson(THRESHOLD_MS, clock.now(), course=PUBLIC_COURSE, programme=GDCPA)
    learner, _ = hall.learner(int(46.5 * CLASS_HOUR_MS))
    clock.set(hall.window("2026-11-28").booking_closes_at - timedelta(hours=10))
    page = enter(learner.user_id).get("/exams").text
    assert "还差 33.5 课时，这场赶不上" in page
    assert "预约 11月28日 这一场" not in page


def test_books_shows_the_place_and_gives_it_back(hall: Hall, db: Any, enter: Any) -> None:
    learner, _ = hall.learner(THRESHOLD_MS)
    client, window = enter(learner.user_id), hall.window("2026-11-28").id
    answer = client.post(f"/exams/windows/{window}/bookings")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "已预约" in page and "准考证 11月27日 09:00 起可看" in page
    booking = db.session.query(Booking).one()
    assert client.post(f"/exams/bookings/{booking.id}/cancellation").status_code == 303
    assert "还未预约" in client.get("/exams").text
    assert actions(booking.id) == ["booking:take", "booking:cancel"]


def test_the_same_pages_answer_in_json(hall: Hall, enter: Any) -> None:
    learner, enrolment = hall.learner(THRESHOLD_MS)
    client = enter(learner.user_id)
    listed = client.get("/exams", headers=JSON).json
    assert listed["enrolment"]["id"] == enrolment.id
    assert [line["state"] for line in listed["checklist"]] == ["met", "met", "met", "met", "next"]
    first = listed["windows"][0]
    assert (first["starts_at"], first["chance"], first["recommended"]) == (
        "2026-11-28T01:00:00+00:00",
        "hours_met",
        True,
    )
    made = client.post(f"/exams/windows/{first['id']}/bookings", headers=JSON)
    assert (made.status_code, made.json["booking"]["status"]) == (201, "held")
    again = client.post(f"/exams/windows/{first['id']}/bookings", headers=JSON)
    assert again.json == made.json
    booking = made.json["booking"]["id"]
    early = client.get(f"/exams/bookings/{booking}/ticket", headers=JSON)
    assert (early.status_code, early.json["error"]["code"]) == (409, "TICKET_NOT_YET")
    ended = client.post(f"/exams/bookings/{booking}/cancellation", headers=JSON)
    assert ended.json["booking"]["status"] == "cancelled"


def test_a_refusal_has_a_code_and_a_sentence(hall: Hall, enter: Any, clock: SettableClock) -> None:
    learner, _ = hall.learner(THRESHOLD_MS)
    window = hall.window("2026-11-28")
    window_id = window.id
    clock.set(window.booking_closes_at)
    refused = enter(learner.user_id).post(f"/exams/windows/{window_id}/bookings", headers=JSON)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "BOOKING_CLOSED")
    assert "截止" in refused.json["error"]["message"]


def test_the_ticket_shows_number_time_and_rules(
    hall: Hall, enter: Any, clock: SettableClock, now: datetime
) -> None:
    learner, _ = hall.learner(THRESHOLD_MS)
    booking = book(hall.window("2026-11-28"), learner, now).id
    clock.set(hall.window("2026-11-28").ticket_at)
    client = enter(learner.user_id)
    page = client.get(f"/exams/bookings/{booking}/ticket").text
    for text in (
        "2611 28 0001",
        "张文丰",
        "4401**********",
        "2026年11月28日（周六）",
        "09:00–10:30",
        "08:15–09:10",
    ):
        assert text in page
    assert "09:10 停止签到，09:30 未开考记为缺考。" in page
    code = client.get(f"/exams/bookings/{booking}/ticket-code.svg")
    assert code.mimetype == "image/svg+xml" and "<path" in code.text
    told = client.get(f"/exams/bookings/{booking}/ticket", headers=JSON).json
    assert told["number"] == "2611 28 0001" and told["id_number"].startswith("4401****")


def test_the_printed_ticket_carries_its_code(
    hall: Hall, enter: Any, clock: SettableClock, now: datetime
) -> None:
    learner, _ = hall.learner(THRESHOLD_MS)
    booking = book(hall.window("2026-11-28"), learner, now).id
    clock.set(hall.window("2026-11-28").ticket_at)
    printed = enter(learner.user_id).get(f"/exams/bookings/{booking}/ticket.pdf")
    assert printed.mimetype == "application/pdf"
    sheet = pypdfium2.PdfDocument(printed.data)[0]
    assert "2611 28 0001" in sheet.get_textpage().get_text_range()
    codes = zxingcpp.read_barcodes(sheet.render(scale=3).to_pil())
    assert [code.text for code in codes] == ["HTTP://LOCALHOST/T/2611280001"]


@pytest.mark.parametrize("path", ["ticket", "ticket.pdf", "ticket-code.svg"])
def test_nobody_sees_somebody_elses_ticket(
    hall: Hall, enter: Any, clock: SettableClock, now: datetime, path: str
) -> None:
    owner, eve = hall.learner(THRESHOLD_MS)[0], hall.learner(THRESHOLD_MS)[0]
    booking = book(hall.window("2026-11-28"), owner, now).id
    clock.set(hall.window("2026-11-28").ticket_at)
    assert enter(owner.user_id).get(f"/exams/bookings/{booking}/{path}").status_code == 200
    assert enter(eve.user_id).get(f"/exams/bookings/{booking}/{path}").status_code == 404


def test_somebody_elses_booking_cannot_be_given_back(hall: Hall, db: Any, enter: Any, now: datetime) -> None:
    owner, eve = hall.learner()[0], hall.learner()[0]
    booking = book(hall.window("2026-11-28"), owner, now).id
    assert enter(eve.user_id).post(f"/exams/bookings/{booking}/cancellation").status_code == 404
    assert db.session.get_one(Booking, booking).status == "held"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/exams"),
        ("POST", "/exams/windows/x/bookings"),
        ("POST", "/exams/bookings/x/cancellation"),
        ("GET", "/exams/bookings/x/ticket"),
        ("GET", "/exams/bookings/x/ticket.pdf"),
        ("GET", "/exams/bookings/x/ticket-code.svg"),
    ],
)
def test_who_is_not_a_learner_stays_outside(
    hall: Hall, make_client: Any, now: datetime, method: str, path: str
) -> None:
    marker = sign_in(make_client(), make_user(Role.MARKER, now=now), now)
    assert marker.open(path, method=method, headers=JSON).status_code == 403
    assert make_client().open(path, method=method, headers=JSON).status_code == 401


def test_a_learner_without_an_enrolment_is_told_what_comes_here(
    hall: Hall, make_client: Any, now: datetime
) -> None:
    stranger = make_user(Role.LEARNER, now=now, base_id=hall.desk.base_id)
    client = sign_in(make_client(), stranger, now)
    assert "还没有报名" in client.get("/exams").text
    assert client.get("/exams", headers=JSON).json["windows"] == []


def test_the_way_in_opens_three_quarters_of_an_hour_before(
    hall: Hall, enter: Any, clock: SettableClock, now: datetime
) -> None:
    learner, _ = hall.learner(THRESHOLD_MS)
    book(hall.window("2026-11-28"), learner, now)
    starts_at = hall.window("2026-11-28").starts_at
    client = enter(learner.user_id)
    clock.set(starts_at - timedelta(minutes=45, seconds=1))
    assert "进入候考室" not in client.get("/exams").text
    clock.set(starts_at - timedelta(minutes=45))
    assert "进入候考室" in client.get("/exams").text
