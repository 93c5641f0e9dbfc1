"""Rights to sit: given once, used once, kept where staying away was the first time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from carbonlearn.audit.services import record
from carbonlearn.catalogue.queries import defaults, rules_of
from carbonlearn.catalogue.rules.programme import add_period
from carbonlearn.core.errors import Conflict
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, Entitlement
from carbonlearn.exams.queries.bookings import (
    HANDED_IN,
    HELD,
    USED,
    entitlements_of,
    locked_booking,
    locked_no_show,
)
from carbonlearn.exams.rules.place import no_show_uses_entitlement
from carbonlearn.infra.db import db

FIRST, FREE_RETAKE = "first", "free_retake"


def ensure_entitlements(enrolment: Enrolment, now: datetime) -> list[Entitlement]:
    """The first attempt of an active enrolment at each examination of its level, where it has none yet; it lasts as long as access does.

    A level without a written examination has one all the same, so that nobody waits for what never comes.
    """
    if enrolment.status != "active":
        return []
    keys = rules_of(enrolment.programme_version_id).examinations(enrolment.level) or ("",)
    lacking = [key for key in keys if all(one.kind != FIRST for one in entitlements_of(enrolment.id, key))]
    return [_grant(enrolment, key, FIRST, "enrolment", None, now) for key in lacking]


def grant_retake(enrolment_id: str, paper: str, now: datetime) -> Entitlement | None:
    """The free retake of an examination after a released failure, for the programme's months from now; None where there is none, or it
    was given.

    It is no use to who passed later by another way, and it reaches past the access period (in the learner's favour).
    """
    enrolment = db.session.get_one(Enrolment, enrolment_id)
    rules = rules_of(enrolment.programme_version_id)
    if not rules.retake.free_attempts:
        return None
    if any(one.kind == FREE_RETAKE for one in entitlements_of(enrolment_id, paper)):
        return None
    until = add_period(now, rules.retake.window_months, "month", rules.zone)
    return _grant(enrolment, paper, FREE_RETAKE, "released_failure", until, now)


def use_booking(booking: Booking, now: datetime) -> None:
    """The candidate has begun: the place and its entitlement are used up.

    Raises Conflict BOOKING_NOT_HELD when somebody or something was first.
    """
    locked = locked_booking(booking.id)
    if locked.status != HELD:
        raise Conflict("BOOKING_NOT_HELD", status=locked.status)
    locked.status, locked.ended_at, locked.end_reason = "used", now, "sat"
    _use(locked.entitlement_id, now)
    _record("booking:use", locked, now, "learner", actor_id=locked.user_id)


def close_place(booking_id: str, at: datetime) -> None:
    """The candidate has handed in, or time was up, at this instant: the exam page says so from then on."""
    db.session.execute(
        update(Booking)
        .where(Booking.id == booking_id, Booking.status == USED)
        .values(end_reason=HANDED_IN, ended_at=at)
    )


def mark_no_show(booking_id: str, now: datetime) -> bool:
    """End one held place as a no-show. A first costs nothing, a later one uses the entitlement.

    False when it is not held any more, or the window was cancelled or moved away meanwhile.
    """
    booking = locked_no_show(booking_id, now)
    if booking is None:
        return False
    earlier = _earlier_no_shows(booking.enrolment_id)
    uses = no_show_uses_entitlement(earlier, bool(defaults()["first_no_show_is_free"]))
    booking.status, booking.ended_at, booking.end_reason = "no_show", now, "absent"
    if uses:
        _use(booking.entitlement_id, now)
    _record("booking:no_show", booking, now, "job", facts={"earlier": earlier, "entitlement_used": uses})
    return True


def _grant(
    enrolment: Enrolment, paper: str, kind: str, source: str, until: datetime | None, now: datetime
) -> Entitlement:
    granted = Entitlement(
        enrolment_id=enrolment.id, paper=paper, kind=kind, source=source, granted_at=now, expires_at=until
    )
    db.session.add(granted)
    db.session.flush()
    record(
        "entitlement:grant",
        ("entitlement", granted.id),
        now=now,
        source="job",
        base_id=enrolment.base_id,
        facts={
            "enrolment": enrolment.id,
            "paper": paper,
            "kind": kind,
            "expires_at": until.isoformat() if until else None,
        },
    )
    return granted


def _use(entitlement_id: str, now: datetime) -> None:
    entitlement = db.session.get_one(Entitlement, entitlement_id)
    entitlement.used_at = entitlement.used_at or now


def _earlier_no_shows(enrolment_id: str) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(Booking.enrolment_id == enrolment_id, Booking.status == "no_show")
        )
        or 0
    )


def _record(
    action: str,
    booking: Booking,
    now: datetime,
    source: str,
    *,
    actor_id: str | None = None,
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
