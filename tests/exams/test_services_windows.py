"""Windows: made from the rules once, changed by people with a reason, and never against those who hold a place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from carbonlearn.core.errors import Conflict, Invalid, NotFound
from carbonlearn.exams import queries, services
from carbonlearn.exams.models import Booking, ExamWindow, Holiday, HolidayYear
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book, entry

CECA = "ceca-carbon-reduction"


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now, GDCPA, CECA, "national-standard", "demonstration")


def windows_of(db: Any, programme: str) -> list[ExamWindow]:
    query = select(ExamWindow).where(ExamWindow.programme_key == programme).order_by(ExamWindow.starts_at)
    return list(db.session.scalars(query))


def test_loads_the_years_that_are_announced_and_guesses_none(hall: Hall, db: Any, now: datetime) -> None:
    years = set(db.session.scalars(select(HolidayYear.year)))
    assert {2024, 2025, 2026} <= years
    assert 2027 not in years
    assert db.session.get_one(Holiday, date(2026, 10, 1)).kind == "public_holiday"
    assert db.session.get_one(Holiday, date(2026, 10, 10)).kind == "workday"
    with unit_of_work():
        assert services.load_holidays(now) == []


def test_gdcpa_sits_on_the_last_saturday_at_nine(hall: Hall, db: Any) -> None:
    window = windows_of(db, GDCPA)[0]
    assert window.starts_at == datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
    assert window.ends_at == datetime(2026, 11, 28, 2, 30, tzinfo=UTC)
    assert window.booking_closes_at == datetime(2026, 11, 25, 15, 59, tzinfo=UTC)
    assert window.ticket_at == datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
    assert window.seal_at == datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
    assert window.results_due == date(2026, 12, 18), "fifteen working days after the exam"
    assert (window.capacity, window.origin) == (300, "rule")
    assert len(windows_of(db, GDCPA)) == 14


def test_ceca_sits_on_the_third_saturday_of_odd_months(hall: Hall, db: Any) -> None:
    window = windows_of(db, CECA)[0]
    assert window.starts_at == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert window.ends_at == datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    assert window.booking_closes_at == datetime(2026, 11, 14, 15, 59, tzinfo=UTC)
    assert window.ticket_at == datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
    assert not window.tentative
    assert [one.starts_at.month for one in windows_of(db, CECA)] == [11, 1, 3, 5, 7, 9, 11]


def test_a_window_in_a_year_not_announced_is_tentative(hall: Hall, db: Any) -> None:
    last = windows_of(db, GDCPA)[-1]
    assert last.starts_at.year == 2027
    assert last.tentative
    assert {"code": "year_unannounced"} in last.warnings


def test_a_standard_without_a_calendar_gets_no_window(hall: Hall, db: Any) -> None:
    assert windows_of(db, "national-standard") == []


def test_a_rehearsal_gets_the_next_four_hours_only(hall: Hall, db: Any, now: datetime) -> None:
    found = windows_of(db, "demonstration")
    assert len(found) == 16
    assert found[0].starts_at == now + timedelta(minutes=15)
    assert found[0].booking_closes_at == found[0].starts_at - timedelta(minutes=1)
    assert found[-1].starts_at == now + timedelta(hours=4)


def test_making_windows_twice_changes_nothing(hall: Hall, db: Any, now: datetime) -> None:
    before = db.session.scalar(select(func.count()).select_from(ExamWindow))
    with unit_of_work():
        assert services.materialise_windows(now) == 0
    assert db.session.scalar(select(func.count()).select_from(ExamWindow)) == before
    assert actions(GDCPA).count("window:materialise") == 1


def test_a_window_that_exists_is_never_touched_again(hall: Hall, db: Any, now: datetime) -> None:
    window = hall.window("2026-11-28")
    actor = hall.actor
    with unit_of_work():
        services.move_window(window.id, date(2026, 12, 5), "14:00", "机房停电检修", actor=actor, now=now)
    with unit_of_work():
        services.materialise_windows(now + timedelta(hours=1))
    assert len(windows_of(db, GDCPA)) == 14
    assert hall.window("2026-11-28").starts_at == datetime(2026, 12, 5, 6, 0, tzinfo=UTC)


def test_a_preview_says_what_the_rule_gives_without_storing(hall: Hall, now: datetime) -> None:
    rows = queries.preview(CECA, date(2026, 1, 1), date(2026, 12, 1), now)
    assert [row.starts_at.astimezone(UTC).month for row in rows] == [1, 3, 5, 7, 9, 11]
    assert queries.preview("national-standard", date(2026, 1, 1), date(2026, 12, 1), now) == []


def test_moving_keeps_the_place_and_shifts_what_follows(hall: Hall, db: Any, now: datetime) -> None:
    window = hall.window("2026-11-28")
    booking = book(window, hall.learner(THRESHOLD_MS)[0], now)
    assert booking.ticket_number == "2611 28 0001"
    with unit_of_work():
        services.move_window(
            window.id,
            date(2026, 12, 5),
            "14:00",
            "机房停电检修",
            actor=hall.actor,
            now=now,
        )
    moved = hall.window("2026-11-28")
    assert moved.ends_at - moved.starts_at == timedelta(minutes=90)
    assert moved.booking_closes_at == datetime(2026, 12, 2, 15, 59, tzinfo=UTC)
    assert (moved.moved_from, moved.origin, moved.reason) == (date(2026, 11, 28), "moved", "机房停电检修")
    kept = db.session.get_one(Booking, booking.id)
    assert (kept.status, kept.ticket_number) == ("held", "2612 05 0001")
    assert entry("window:move").facts["booked"] == 1


@pytest.mark.parametrize(
    ("day", "start", "reason", "code"),
    [
        (date(2026, 10, 31), "09:00", "机房停电", "WINDOW_IN_PAST"),
        (date(2026, 11, 28), "09:00", "机房停电", "WINDOW_UNMOVED"),
        (date(2026, 12, 5), "09:00", " ", "REASON_LENGTH"),
    ],
)
def test_refuses_a_move_that_makes_no_sense(
    hall: Hall, now: datetime, day: date, start: str, reason: str, code: str
) -> None:
    window, actor = hall.window("2026-11-28"), hall.actor
    with pytest.raises(Invalid) as caught, unit_of_work():
        services.move_window(window.id, day, start, reason, actor=actor, now=now)
    assert caught.value.code == code
    assert hall.window("2026-11-28").moved_from is None


def test_capacity_never_falls_below_the_booked(hall: Hall, now: datetime) -> None:
    window, actor = hall.window("2026-11-28"), hall.actor
    for _ in range(2):
        book(window, hall.learner(THRESHOLD_MS)[0], now)
    with pytest.raises(Invalid) as caught, unit_of_work():
        services.set_capacity(window.id, 1, "换小机房", actor=actor, now=now)
    assert (caught.value.code, caught.value.facts) == ("CAPACITY_BELOW_BOOKED", {"booked": 2})
    with unit_of_work():
        services.set_capacity(window.id, 2, "换小机房", actor=actor, now=now)
    assert entry("window:capacity").facts == {"from": 300, "to": 2, "reason": "换小机房"}


def test_cancelling_releases_the_booked_and_keeps_their_entitlement(
    hall: Hall, db: Any, now: datetime
) -> None:
    window, (learner, enrolment) = hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)
    booking = book(window, learner, now)
    with unit_of_work():
        services.cancel_window(window.id, "台风红色预警", actor=hall.actor, now=now)
    ended = db.session.get_one(Booking, booking.id)
    assert (ended.status, ended.end_reason) == ("released", "window_cancelled")
    assert [one.used_at for one in queries.entitlements_of(enrolment.id, "")] == [None]
    assert actions(window.id)[-1] == "window:cancel"
    assert actions(booking.id) == ["booking:take", "booking:release"]
    assert book(hall.window("2026-12-26"), learner, now).status == "held"
    with pytest.raises(Conflict, match="WINDOW_CANCELLED"), unit_of_work():
        services.cancel_window(window.id, "再取消一次", actor=hall.actor, now=now)


def test_a_window_that_has_begun_is_not_changed(hall: Hall) -> None:
    window = hall.window("2026-11-28")
    with pytest.raises(Conflict, match="WINDOW_BEGUN"), unit_of_work():
        services.cancel_window(window.id, "来不及了", actor=hall.actor, now=window.starts_at)


def test_a_window_of_ones_own_follows_the_programmes_offsets(hall: Hall, db: Any, now: datetime) -> None:
    with unit_of_work():
        made = services.add_window(
            CECA,
            date(2026, 12, 12),
            "14:00",
            "16:00",
            60,
            "企业专场",
            actor=hall.actor,
            now=now,
        )
        made_id = made.id
    window = db.session.get_one(ExamWindow, made_id)
    assert window.booking_closes_at == datetime(2026, 12, 5, 15, 59, tzinfo=UTC)
    assert window.ticket_at == datetime(2026, 12, 9, 1, 0, tzinfo=UTC)
    assert (window.origin, window.capacity) == ("manual", 60)
    assert actions(made_id) == ["window:add"]
    with pytest.raises(Invalid, match="WINDOW_TIMES"), unit_of_work():
        services.add_window(CECA, date(2026, 12, 12), "16:00", "14:00", 60, "专场", actor=hall.actor, now=now)
    with pytest.raises(NotFound), unit_of_work():
        services.cancel_window("nowhere", "没有这一场", actor=hall.actor, now=now)
