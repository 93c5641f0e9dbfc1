"""Take a place in a window, give it back, or lose it when the hours are not there in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from carbonlearn.audit.services import hold_chain, record
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.core.errors import Conflict, Late, Refused
from carbonlearn.core.ids import TICKET_SERIAL_LIMIT, ticket_number
from carbonlearn.core.permissions import Actor
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow
from carbonlearn.exams.queries.bookings import (
    HELD,
    entitlements_of,
    held_booking,
    held_bookings_of,
    holds_place_during,
    locked_booking,
    own_booking,
    seats_taken,
)
from carbonlearn.exams.queries.eligibility import eligibility_facts
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.exams.rules.calendar import WindowFacts, is_open
from carbonlearn.exams.rules.eligibility import EligibilityFacts, LineState, decide, usable_entitlement
from carbonlearn.exams.rules.place import reaches
from carbonlearn.infra.db import db


def book(window_id: str, *, actor: Actor, now: datetime, enrolment_id: str | None = None) -> Booking:
    """A place for the actor's enrolment in the window's programme. Asking twice for the same window gives the same booking.

    Hours need not be met yet. Raises NotFound; Refused with the eligibility code, ENTITLEMENT_ENDS_BEFORE, ACCESS_ENDS_BEFORE,
    NOT_ENROLLED, EXAMINATION_OF_OTHERS; Conflict: BOOKING_HELD, BOOKING_OVERLAPS, WINDOW_CANCELLED, WINDOW_FULL; Late: BOOKING_CLOSED.
    """
    window = window_by_id(window_id, lock=True)
    enrolment = _own_enrolment(window, actor, enrolment_id)
    if window.paper not in rules_of(enrolment.programme_version_id).examinations(enrolment.level):
        raise Refused("EXAMINATION_OF_OTHERS")
    held = held_booking(enrolment.id, window.paper)
    if held is not None and held.window_id == window.id:
        return held
    if held is not None:
        raise Conflict("BOOKING_HELD")
    if holds_place_during(enrolment.id, window):
        raise Conflict("BOOKING_OVERLAPS")
    facts = eligibility_facts(enrolment, window.paper, now)
    decide(facts, now).may_book.require(Refused)
    _check_open(window, now)
    reaches(facts, window.starts_at).require(Refused)
    return _take_place(
        window, enrolment, _entitlement_for(facts, enrolment.id, window.paper, now), actor, now
    )


def cancel_booking(booking_id: str, *, actor: Actor, now: datetime) -> Booking:
    """Give one's own place back, until booking closes. Cancelling twice changes nothing.

    Raises NotFound; Conflict BOOKING_NOT_HELD; Late CANCELLATION_CLOSED.
    """
    booking, window = own_booking(booking_id, actor)
    window_by_id(window.id, lock=True)
    booking = locked_booking(booking.id)
    if booking.status == "cancelled":
        return booking
    if booking.status != HELD:
        raise Conflict("BOOKING_NOT_HELD", status=booking.status)
    if now >= window.booking_closes_at:
        raise Late("CANCELLATION_CLOSED", closed_at=window.booking_closes_at.isoformat())
    booking.status, booking.ended_at, booking.end_reason = "cancelled", now, "own_wish"
    _record("booking:cancel", booking, now, actor_id=actor.user_id, source="learner")
    return booking


def settle_hours(booking_id: str, now: datetime) -> bool:
    """Confirm one place whose hours are met, release one whose hours are not or whose owner withdrew. Whether it was released."""
    booking = locked_booking(booking_id)
    enrolment = db.session.get_one(Enrolment, booking.enrolment_id)
    if booking.status == HELD and enrolment.status == "withdrawn":
        release(booking, "withdrawn", now=now, source="job")
        return True
    if booking.status != HELD or booking.hours_confirmed_at is not None:
        return False
    facts = eligibility_facts(enrolment, booking.paper, now)
    if decide(facts, now).line("hours").state is LineState.MET:
        booking.hours_confirmed_at = now
        return False
    release(booking, "hours_unmet", now=now, source="job", facts={"credited_seconds": facts.credited_seconds})
    return True


def release(
    booking: Booking,
    reason: str,
    *,
    now: datetime,
    source: str,
    actor_id: str | None = None,
    facts: dict[str, object] | None = None,
) -> None:
    """End a held place without its owner's doing; the entitlement stays."""
    booking.status, booking.ended_at, booking.end_reason = "released", now, reason
    _record(
        "booking:release",
        booking,
        now,
        actor_id=actor_id,
        source=source,
        facts={"reason": reason, **(facts or {})},
    )


def renumber(window: ExamWindow, zone: str) -> None:
    """New ticket numbers for the held places of a window that was moved to another day, in the old order."""
    hold_chain()
    for booking in held_bookings_of(window.id):
        booking.ticket_number = next_ticket_number(window, zone)
        db.session.flush()


def next_ticket_number(window: ExamWindow, zone: str) -> str:
    """The next number of the window's day, over all windows of that day. The caller holds the chain. Raises Conflict TICKETS_EXHAUSTED."""
    day = local_day(window.starts_at, zone)
    prefix = ticket_number(day, 1)[:-4]
    last = db.session.scalar(
        select(func.max(Booking.ticket_number)).where(
            Booking.ticket_number.startswith(prefix, autoescape=True)
        )
    )
    serial = int(last[-4:]) + 1 if last else 1
    if serial > TICKET_SERIAL_LIMIT:
        raise Conflict("TICKETS_EXHAUSTED")
    return ticket_number(day, serial)


def _own_enrolment(window: ExamWindow, actor: Actor, enrolment_id: str | None) -> Enrolment:
    """The actor's place in the programme of the window: the one named, or the newest that can still sit."""
    query = select(Enrolment).where(
        Enrolment.user_id == actor.user_id, Enrolment.programme_key == window.programme_key
    )
    if enrolment_id:
        query = query.where(Enrolment.id == enrolment_id)
    live = Enrolment.status == "active"
    found = db.session.scalar(
        query.order_by(live.desc(), Enrolment.created_at.desc()).limit(1).with_for_update()
    )
    if found is None:
        raise Refused("NOT_ENROLLED")
    return found


def _check_open(window: ExamWindow, now: datetime) -> None:
    booked = seats_taken(window.id)
    facts = WindowFacts(
        window.booking_closes_at, booked, window.capacity, cancelled=window.cancelled_at is not None
    )
    codes = is_open(facts, now).codes
    if "cancelled" in codes:
        raise Conflict("WINDOW_CANCELLED")
    if "booking_closed" in codes:
        raise Late("BOOKING_CLOSED", closed_at=window.booking_closes_at.isoformat())
    if "full" in codes:
        raise Conflict("WINDOW_FULL", capacity=window.capacity)


def _entitlement_for(facts: EligibilityFacts, enrolment_id: str, paper: str, now: datetime) -> Entitlement:
    chosen = usable_entitlement(facts, now)
    rows = entitlements_of(enrolment_id, paper)
    return next(one for one in rows if chosen is not None and one.kind == chosen.kind and one.used_at is None)


def _take_place(
    window: ExamWindow, enrolment: Enrolment, entitlement: Entitlement, actor: Actor, now: datetime
) -> Booking:
    booking = Booking(
        window_id=window.id,
        enrolment_id=enrolment.id,
        entitlement_id=entitlement.id,
        user_id=actor.user_id,
        base_id=enrolment.base_id,
        paper=window.paper,
        status=HELD,
        booked_at=now,
    )
    db.session.add(booking)
    db.session.flush()
    facts: dict[str, object] = {
        "window": window.id,
        "enrolment": enrolment.id,
        "entitlement": entitlement.kind,
    }
    _record("booking:take", booking, now, actor_id=actor.user_id, source="learner", facts=facts)
    hold_chain()  # the one lock that all windows share: the number after the last is nobody else's
    zone = str(rules_of(enrolment.programme_version_id).zone)
    booking.ticket_number = next_ticket_number(window, zone)
    db.session.flush()
    return booking


def _record(
    action: str,
    booking: Booking,
    now: datetime,
    *,
    actor_id: str | None,
    source: str,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        action,
        ("booking", booking.id),
        now=now,
        actor_id=actor_id,
        source=source,
        base_id=booking.base_id,
        facts=facts,
    )
