"""The way in: check in, begin, and carry on upon another device."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from carbonlearn.catalogue.queries import rules_of
from carbonlearn.catalogue.rules.exam_day import ExamDay
from carbonlearn.core.decision import Decision
from carbonlearn.core.errors import Conflict, Late, NotFound, Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import queries as exams_queries
from carbonlearn.exams import services as exams_services
from carbonlearn.exams.models import Booking, ExamWindow, Paper
from carbonlearn.exams.queries.bookings import locked_booking
from carbonlearn.exams.rules.attendance import absent_from, check_in_closes_at, check_in_opens_at
from carbonlearn.exams.rules.eligibility import decide
from carbonlearn.exams.services.entitlements import use_booking
from carbonlearn.infra.db import db
from carbonlearn.sittings.models import Sitting
from carbonlearn.sittings.queries import READY, RUNNING, login_id, own_sitting, sitting_of_booking, window_of
from carbonlearn.sittings.rules.deadline import Times, is_over, may_start, must_submit_by
from carbonlearn.sittings.rules.machine import By, Event, Status, step
from carbonlearn.sittings.services.journal import note

MINUTE = timedelta(minutes=1)


def check_in(booking_id: str, *, actor: Actor, now: datetime) -> Sitting:
    """The candidate is there. Doing it again gives the same sitting.

    Photo and ID were checked at admission, and no window asks for a live check yet, so the sitting is ready at once.
    Raises NotFound; Conflict: BOOKING_NOT_HELD, WINDOW_CANCELLED, CHECK_IN_NOT_OPEN; Late CHECK_IN_CLOSED; Refused with the
    eligibility code.
    """
    _booking, window = exams_queries.own_booking(booking_id, actor)
    booking = locked_booking(booking_id)  # as it stands now: it may have been cancelled since the look above
    known = sitting_of_booking(booking.id)
    if known is not None:
        return known
    if booking.status != "held":
        raise Conflict("BOOKING_NOT_HELD", status=booking.status)
    enrolment = db.session.get_one(Enrolment, booking.enrolment_id)
    _check_door(window, _exam_day(enrolment), now)
    _require(decide(exams_queries.eligibility_facts(enrolment, booking.paper, now), now).may_sit)
    step(Status.ADMITTED, Event.CHECK_IN, By.CANDIDATE)
    sitting = _placed(booking, now)
    note(sitting, "check_in", at=now, now=now, actor_id=actor.user_id, facts={"booking": booking.id})
    return sitting


def start(sitting_id: str, *, actor: Actor, now: datetime) -> Sitting:
    """Open the paper and start the clock, for the device that asks. A second call gives the same running sitting.

    The booking and its entitlement are used up in the same transaction. Raises NotFound; Conflict: START_NOT_OPEN,
    WINDOW_CANCELLED, PAPER_NOT_SEALED, SITTING_STATUS; Late START_TOO_LATE.
    """
    sitting = own_sitting(sitting_id, actor, lock=True)
    if sitting.status == RUNNING:
        return sitting
    step(Status(sitting.status), Event.START, By.CANDIDATE)
    window = window_of(sitting)
    enrolment = db.session.get_one(Enrolment, sitting.enrolment_id)
    _check_start(window, _exam_day(enrolment), now)
    paper = _sealed_paper(sitting, now)
    use_booking(db.session.get_one(Booking, sitting.booking_id), now)
    _set_running(sitting, window, paper, _exam_day(enrolment).start_jitter, login_id(actor), now)
    note(
        sitting,
        "start",
        at=now,
        now=now,
        actor_id=actor.user_id,
        facts={"paper": paper.id, "paper_sha256": paper.sha256, "generation": 1},
    )
    return sitting


def take_over(sitting_id: str, *, actor: Actor, now: datetime, generation: int | None = None) -> Sitting:
    """Give the right to write to the device that asks; the one before can write no more. Answers and clock stay.

    ``generation`` is the lease to replace, as the asker knows it: asking twice for the same one takes over once. Raises NotFound;
    Conflict: NOT_RUNNING, LEASE_LOST when somebody else was first.
    """
    sitting = own_sitting(sitting_id, actor, lock=True)
    if sitting.status != RUNNING or sitting.must_submit_by is None or is_over(sitting.must_submit_by, now):
        raise Conflict("NOT_RUNNING", status=sitting.status)
    device = login_id(actor)
    if generation is not None and generation != sitting.generation:
        if generation == sitting.generation - 1 and sitting.device == device:
            return sitting
        raise Conflict("LEASE_LOST", generation=sitting.generation)
    sitting.generation, sitting.device = sitting.generation + 1, device
    note(
        sitting,
        "take_over",
        at=now,
        now=now,
        actor_id=actor.user_id,
        facts={"generation": sitting.generation},
    )
    return sitting


def _exam_day(enrolment: Enrolment) -> ExamDay:
    return rules_of(enrolment.programme_version_id).exam_day


def _check_door(window: ExamWindow, day: ExamDay, now: datetime) -> None:
    _check_not_cancelled(window)
    opens = check_in_opens_at(window.starts_at, day)
    closes = check_in_closes_at(window.starts_at, window.ends_at, day)
    if now < opens:
        raise Conflict("CHECK_IN_NOT_OPEN", opens_at=opens.isoformat(), minutes=day.check_in_opens // MINUTE)
    if now >= closes:
        late = (closes - window.starts_at) // MINUTE
        raise Late("CHECK_IN_CLOSED", closed_at=closes.isoformat(), minutes=late)


def _check_start(window: ExamWindow, day: ExamDay, now: datetime) -> None:
    _check_not_cancelled(window)
    closes = absent_from(window.starts_at, window.ends_at, day)
    decision = may_start(now, window.starts_at, closes)
    _require(decision, Conflict if "start_not_open" in decision.codes else Late)


def _check_not_cancelled(window: ExamWindow) -> None:
    if window.cancelled_at is not None:
        raise Conflict("WINDOW_CANCELLED", reason=window.reason)


def _require(decision: Decision, kind: type[Refused | Conflict | Late] = Refused) -> None:
    """As Decision.require, with facts that JSON can carry: instants and exact fractions as text."""
    if decision.allowed:
        return
    first = decision.reasons[0]
    plain = (int, str, bool, type(None))
    raise kind(
        first.code.upper(),
        **{name: fact if isinstance(fact, plain) else str(fact) for name, fact in first.facts.items()},
    )


def _placed(booking: Booking, now: datetime) -> Sitting:
    sitting = Sitting(
        booking_id=booking.id,
        enrolment_id=booking.enrolment_id,
        user_id=booking.user_id,
        base_id=booking.base_id,
        window_id=booking.window_id,
        status=READY,
        checked_in_at=now,
    )
    db.session.add(sitting)
    db.session.flush()
    return sitting


def _sealed_paper(sitting: Sitting, now: datetime) -> Paper:
    try:
        return exams_services.give_paper(db.session.get_one(Booking, sitting.booking_id), now)
    except NotFound:
        raise Conflict("PAPER_NOT_SEALED") from None


def _set_running(
    sitting: Sitting, window: ExamWindow, paper: Paper, jitter: timedelta, device: str, now: datetime
) -> None:
    times = Times(now, timedelta(seconds=paper.duration_seconds), window.ends_at, jitter)
    changed = db.session.execute(
        update(Sitting)
        .where(Sitting.id == sitting.id, Sitting.status == READY)
        .values(
            status=RUNNING,
            paper_id=paper.id,
            item_count=paper.item_count,
            duration_seconds=paper.duration_seconds,
            started_at=now,
            must_submit_by=must_submit_by(times),
            generation=1,
            device=device,
        )
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("SITTING_STATUS", status=sitting.status, event=Event.START.value)
    db.session.refresh(sitting)
