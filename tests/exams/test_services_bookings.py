"""A place is taken once, under the window's lock, with an entitlement that lasts; it is lost when the hours are not there in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from carbonlearn.core.errors import Conflict, DomainError, Late, NotFound, Refused
from carbonlearn.enrolment import services as admissions
from carbonlearn.enrolment.models import Enrolment, EnrolmentReview
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, Entitlement
from carbonlearn.exams.rules.eligibility import LineState
from carbonlearn.exams.views import place_text
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.exams import THRESHOLD_MS, Hall, actions, add_credit, after, book, entry

ONE_MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now)


def refusal(kind: type[DomainError], act: Any) -> DomainError:
    with pytest.raises(kind) as caught, unit_of_work():
        act()
    return caught.value


def test_books_a_place_with_a_ticket_number_and_an_audit_entry(hall: Hall, now: datetime) -> None:
    learner, enrolment = hall.learner(THRESHOLD_MS)
    booking = book(hall.window("2026-11-28"), learner, now)
    assert (booking.status, booking.ticket_number) == ("held", "2611 28 0001")
    assert booking.base_id == hall.desk.base_id
    taken = entry("booking:take")
    assert (taken.subject_id, taken.actor_id, taken.source, taken.base_id) == (
        booking.id,
        learner.user_id,
        "learner",
        hall.desk.base_id,
    )
    held = queries.held_booking(enrolment.id, "")
    assert held is not None and held.id == booking.id


def test_books_before_the_hours_are_met(hall: Hall, now: datetime) -> None:
    learner, enrolment = hall.learner(0)
    assert book(hall.window("2026-11-28"), learner, now).status == "held"
    shown = queries.eligibility(enrolment, "", now)
    assert shown.line("booking").state is LineState.MET
    assert shown.line("hours").state is LineState.MISSING
    assert not shown.may_sit


def test_asking_twice_for_the_same_window_gives_the_same_booking(hall: Hall, db: Any, now: datetime) -> None:
    learner, _ = hall.learner()
    window = hall.window("2026-11-28")
    first = book(window, learner, now).id
    assert book(hall.window("2026-11-28"), learner, now + ONE_MINUTE).id == first
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1
    assert actions(first) == ["booking:take"]


def test_refuses_a_second_place_while_one_is_held(hall: Hall, now: datetime) -> None:
    learner, _ = hall.learner()
    book(hall.window("2026-11-28"), learner, now)
    other = hall.window("2026-12-26").id
    assert refusal(Conflict, lambda: services.book(other, actor=learner, now=now)).code == "BOOKING_HELD"


def test_the_database_itself_refuses_a_second_held_place(hall: Hall, db: Any, now: datetime) -> None:
    learner, enrolment = hall.learner()
    booking = book(hall.window("2026-11-28"), learner, now)
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.add(
            Booking(
                window_id=booking.window_id,
                enrolment_id=enrolment.id,
                entitlement_id=booking.entitlement_id,
                user_id=learner.user_id,
                base_id=booking.base_id,
                status="held",
                booked_at=now,
            )
        )
        db.session.flush()


def test_the_last_seat_goes_to_one_person(hall: Hall, now: datetime) -> None:
    window = hall.window("2026-11-28")
    with unit_of_work():
        services.set_capacity(window.id, 1, "小机房", actor=hall.actor, now=now)
    first, second = hall.learner()[0], hall.learner()[0]
    booking = book(hall.window("2026-11-28"), first, now)
    full = refusal(Conflict, lambda: services.book(booking.window_id, actor=second, now=now))
    assert (full.code, full.facts) == ("WINDOW_FULL", {"capacity": 1})
    with unit_of_work():
        services.cancel_booking(booking.id, actor=first, now=now)
    assert book(hall.window("2026-11-28"), second, now).ticket_number == "2611 28 0002"


def test_booking_closes_at_its_instant_and_not_before(hall: Hall, now: datetime) -> None:
    window = hall.window("2026-11-28")
    closes, window_id = window.booking_closes_at, window.id
    late, early = hall.learner()[0], hall.learner()[0]
    assert refusal(Late, lambda: services.book(window_id, actor=late, now=closes)).code == "BOOKING_CLOSED"
    assert book(hall.window("2026-11-28"), early, closes - timedelta(microseconds=1)).status == "held"


def test_refuses_a_window_that_lies_past_the_access_period(hall: Hall, db: Any, now: datetime) -> None:
    learner, _ = hall.learner()
    beyond = hall.window("2027-05-29").id
    assert (
        refusal(Refused, lambda: services.book(beyond, actor=learner, now=now)).code == "ACCESS_ENDS_BEFORE"
    )


def test_refuses_who_is_not_enrolled_in_the_programme(hall: Hall, now: datetime) -> None:
    window = hall.window("2026-11-28").id
    assert refusal(Refused, lambda: services.book(window, actor=hall.actor, now=now)).code == "NOT_ENROLLED"


def test_refuses_without_an_approved_identity(hall: Hall, db: Any, now: datetime) -> None:
    learner, enrolment = hall.learner()
    with unit_of_work():
        for review in db.session.scalars(
            select(EnrolmentReview).where(EnrolmentReview.enrolment_id == enrolment.id)
        ):
            if review.stage == "association":
                db.session.delete(review)
    window = hall.window("2026-11-28").id
    code = refusal(Refused, lambda: services.book(window, actor=learner, now=now)).code
    assert code == "IDENTITY_NOT_APPROVED"


def test_somebody_elses_booking_is_not_found(hall: Hall, db: Any, now: datetime) -> None:
    owner, eve = hall.learner()[0], hall.learner()[0]
    booking = book(hall.window("2026-11-28"), owner, now)
    wanted = booking.id
    for act in (
        lambda: services.cancel_booking(wanted, actor=eve, now=now),
        lambda: queries.own_booking(wanted, eve),
        lambda: queries.own_ticket(wanted, eve, now),
    ):
        assert refusal(NotFound, act).code == "BOOKING_NOT_FOUND"
    assert db.session.get_one(Booking, wanted).status == "held"


def test_cancelling_gives_the_place_and_the_entitlement_back(hall: Hall, db: Any, now: datetime) -> None:
    learner, enrolment = hall.learner()
    booking_id = book(hall.window("2026-11-28"), learner, now).id
    with unit_of_work():
        services.cancel_booking(booking_id, actor=learner, now=now)
    with unit_of_work():
        services.cancel_booking(booking_id, actor=learner, now=now)
    ended = db.session.get_one(Booking, booking_id)
    assert (ended.status, ended.end_reason) == ("cancelled", "own_wish")
    assert actions(booking_id) == ["booking:take", "booking:cancel"]
    assert queries.entitlements_of(enrolment.id, "")[0].used_at is None


def test_a_place_is_not_given_back_after_booking_has_closed(hall: Hall, now: datetime) -> None:
    learner, _ = hall.learner(THRESHOLD_MS)
    booking = book(hall.window("2026-11-28"), learner, now)
    closes, booking_id = hall.window("2026-11-28").booking_closes_at, booking.id
    late = refusal(Late, lambda: services.cancel_booking(booking_id, actor=learner, now=closes))
    assert late.code == "CANCELLATION_CLOSED"


def test_at_booking_close_unmet_places_are_released_and_met_ones_stay(
    hall: Hall, db: Any, now: datetime
) -> None:
    window = hall.window("2026-11-28")
    closes = window.booking_closes_at
    short, short_enrolment = hall.learner(THRESHOLD_MS - 1000)
    full, _ = hall.learner(THRESHOLD_MS)
    lost, kept = book(window, short, now).id, book(hall.window("2026-11-28"), full, now).id
    assert jobs.settle_bookings(closes - ONE_MINUTE) == 0
    assert jobs.settle_bookings(closes) == 1
    assert db.session.get_one(Booking, kept).hours_confirmed_at == closes
    ended = db.session.get_one(Booking, lost)
    assert (ended.status, ended.end_reason) == ("released", "hours_unmet")
    assert entry("booking:release").facts["reason"] == "hours_unmet"
    assert queries.entitlements_of(short_enrolment.id, "")[0].used_at is None
    assert queries.unconfirmed_ids(closes) == []


def test_hours_studied_in_time_keep_the_place(hall: Hall, db: Any, now: datetime) -> None:
    learner, enrolment = hall.learner(THRESHOLD_MS - 1000)
    booking = book(hall.window("2026-11-28"), learner, now).id
    closes = hall.window("2026-11-28").booking_closes_at
    with unit_of_work():
        add_credit(db.session.get_one(Enrolment, enrolment.id), 1000, closes - ONE_MINUTE)
    assert jobs.settle_bookings(closes) == 0
    assert db.session.get_one(Booking, booking).status == "held"


def test_the_first_attempt_is_granted_once(hall: Hall, db: Any, now: datetime) -> None:
    _, enrolment = hall.learner()
    with unit_of_work():
        assert services.ensure_entitlements(db.session.get_one(Enrolment, enrolment.id), now) == []
    assert [one.kind for one in queries.entitlements_of(enrolment.id, "")] == ["first"]
    assert queries.lacking_entitlement_ids() == []


def test_one_free_retake_runs_half_a_year_from_the_release(hall: Hall, now: datetime) -> None:
    _, enrolment = hall.learner()
    released = datetime.fromisoformat("2027-01-11T02:00:00+00:00")
    with unit_of_work():
        granted = services.grant_retake(enrolment.id, "", released)
        assert granted is not None
        assert granted.expires_at == datetime.fromisoformat("2027-07-11T02:00:00+00:00")
    with unit_of_work():
        assert services.grant_retake(enrolment.id, "", released) is None
    assert [one.kind for one in queries.entitlements_of(enrolment.id, "")] == ["first", "free_retake"]
    assert entry("entitlement:grant").facts["kind"] == "free_retake"


def test_who_begins_uses_place_and_entitlement(hall: Hall, db: Any, now: datetime) -> None:
    learner, enrolment = hall.learner(THRESHOLD_MS)
    booking = book(hall.window("2026-11-28"), learner, now)
    begun = after(hall.window("2026-11-28"), minutes=1)
    with unit_of_work():
        services.use_booking(db.session.get_one(Booking, booking.id), begun)
    assert db.session.get_one(Booking, booking.id).status == "used"
    assert queries.entitlements_of(enrolment.id, "")[0].used_at == begun
    with pytest.raises(Conflict, match="BOOKING_NOT_HELD"), unit_of_work():
        services.use_booking(db.session.get_one(Booking, booking.id), begun)
    assert jobs.note_no_shows(after(hall.window("2026-11-28"), hours=1)) == 0
    assert actions(booking.id) == ["booking:take", "booking:use"]


def test_a_first_no_show_costs_nothing_and_a_second_the_entitlement(
    hall: Hall, db: Any, now: datetime
) -> None:
    learner, enrolment = hall.learner(THRESHOLD_MS)
    for number, day in enumerate(("2026-11-28", "2026-12-26")):
        window = hall.window(day)
        booked_at = now if not number else window.booking_closes_at - ONE_MINUTE
        booking_id = book(window, learner, booked_at).id
        assert jobs.note_no_shows(after(hall.window(day), minutes=29)) == 0
        assert jobs.note_no_shows(after(hall.window(day), minutes=30)) == 1
        assert db.session.get_one(Booking, booking_id).status == "no_show"
        used = db.session.scalars(select(Entitlement.used_at)).one()
        assert (used is not None) is bool(number)
        assert entry("booking:no_show").facts == {"earlier": number, "entitlement_used": bool(number)}
    line = queries.eligibility(db.session.get_one(Enrolment, enrolment.id), "", now).line("entitlement")
    assert line.code == "entitlement_used"


def test_who_withdraws_gives_the_place_free_and_is_no_absentee(hall: Hall, db: Any, now: datetime) -> None:
    learner, enrolment = hall.learner(THRESHOLD_MS)
    window, clerk = hall.window("2026-11-28"), hall.desk.clerk_actor
    booking = book(window, learner, now)
    with unit_of_work():
        admissions.withdraw(enrolment.id, "不再报考", actor=clerk, now=now)
    assert queries.unconfirmed_ids(now) == [booking.id]
    assert jobs.settle_bookings(now) == 1
    assert jobs.settle_bookings(now) == 0
    ended = db.session.get_one(Booking, booking.id)
    assert (ended.status, ended.end_reason) == ("released", "withdrawn")
    assert queries.seats_taken(window.id) == 0
    assert entry("booking:release").facts == {"reason": "withdrawn"}
    assert place_text.ended_notice(queries.board(db.session.get_one(Enrolment, enrolment.id), now)) == ""


# ------------------------------------------------------------------------ the hours of the close, however late


def crossing(
    hall: Hall, db: Any, enrolment_id: str, credited_ms: int, begun: timedelta, ended: timedelta
) -> None:
    """A span that began and ended so long after booking closed (before it: negative)."""
    closes = hall.window("2026-11-28").booking_closes_at
    with unit_of_work():
        enrolment = db.session.get_one(Enrolment, enrolment_id)
        add_credit(enrolment, credited_ms, closes + begun, until=closes + ended)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=9)])
@pytest.mark.parametrize(
    ("begun_s", "ended_s", "kept"),
    [
        (-60, -1, True),  # over before the close
        (-60, 0, True),  # its last evidence came at the very instant
        (-60, 30, True),  # went on for 30 s: 60 of its 90 s were earned by then, whatever happened
        (-60, 31, False),  # the 60 s of credit need not have been earned by then
        (0, 90, False),  # began at the close
        (5, 95, False),
    ],
)
def test_what_counts_is_the_credit_at_the_close(
    hall: Hall, db: Any, now: datetime, begun_s: int, ended_s: int, kept: bool, late: timedelta
) -> None:
    """60 s are lacking when the place is taken; a span brings 59 to 90 s around the close."""
    learner, enrolment = hall.learner(THRESHOLD_MS - 59_000)
    window = hall.window("2026-11-28")
    booking, closes = book(window, learner, now).id, window.booking_closes_at
    credited = 59_000 if ended_s <= 0 else 89_000
    crossing(hall, db, enrolment.id, credited, timedelta(seconds=begun_s), timedelta(seconds=ended_s))
    sweep = closes + late
    assert jobs.settle_bookings(sweep) == (0 if kept else 1)
    assert db.session.get_one(Booking, booking).status == ("held" if kept else "released")


def test_nobody_checks_in_on_hours_made_after_the_close_before_the_sweep(
    hall: Hall, db: Any, now: datetime
) -> None:
    learner, enrolment = hall.learner(THRESHOLD_MS - 1000)
    window = hall.window("2026-11-28")
    book(window, learner, now)
    closes = window.booking_closes_at
    crossing(hall, db, enrolment.id, 5000, timedelta(minutes=1), timedelta(minutes=2))
    line = queries.eligibility(
        db.session.get_one(Enrolment, enrolment.id), "", closes + timedelta(hours=1)
    ).line("hours")
    assert (line.state, line.facts["missing_seconds"]) == (LineState.MISSING, 1)
    before = queries.eligibility(db.session.get_one(Enrolment, enrolment.id), "", closes - ONE_MINUTE).line(
        "hours"
    )
    assert before.state is LineState.MET, "before the close every second that there is counts"


def test_a_no_show_is_judged_by_the_window_as_it_is_dated_now(hall: Hall, db: Any, now: datetime) -> None:
    """The sweep found the booking; before it settles, the window is moved to the next week."""
    learner, _ = hall.learner(THRESHOLD_MS)
    window = hall.window("2026-11-28")
    booking = book(window, learner, now).id
    limit, week = after(window, minutes=30), timedelta(days=7)
    found = queries.no_show_ids(limit)
    with unit_of_work():
        moved = hall.window("2026-11-28")
        moved.starts_at, moved.ends_at = moved.starts_at + week, moved.ends_at + week
    with unit_of_work():
        assert [services.mark_no_show(one, limit) for one in found] == [False]
    assert db.session.get_one(Booking, booking, populate_existing=True).status == "held"
    with unit_of_work():
        assert services.mark_no_show(booking, limit + week) is True
