"""Bookings and entitlements: one's own, a window's, and those that a sweep must look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from carbonlearn.accounts.models import TrainingBase, User
from carbonlearn.core.errors import NotFound
from carbonlearn.core.ids import read_ticket_number, ticket_number
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow
from carbonlearn.exams.queries.attendance import is_absent_at
from carbonlearn.exams.queries.examinations import several_examinations
from carbonlearn.infra.db import db

HELD, USED = "held", "used"
HANDED_IN = "handed_in"  # why a used place ended, once its sitting has; until then it reads "sat"


@dataclass(frozen=True, slots=True)
class Seat:
    """A row of a window's list of bookings."""

    booking: Booking
    name: str
    job_type: str
    level: str
    base: str
    version_id: str


def own_booking(booking_id: str, actor: Actor) -> tuple[Booking, ExamWindow]:
    """One's own booking and its window. Raises NotFound for anybody else's."""
    row = db.session.execute(
        select(Booking, ExamWindow)
        .join(ExamWindow, ExamWindow.id == Booking.window_id)
        .where(Booking.id == booking_id, Booking.user_id == actor.user_id)
    ).first()
    if row is None:
        raise NotFound("BOOKING_NOT_FOUND")
    return row[0], row[1]


def locked_booking(booking_id: str) -> Booking:
    """The booking as it stands now, its row held until the unit of work ends, so that one act at a time decides on it."""
    query = select(Booking).where(Booking.id == booking_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def held_bookings_of(window_id: str) -> list[Booking]:
    """The held places of a window by ticket number, their rows held until the unit of work ends."""
    query = (
        select(Booking)
        .where(Booking.window_id == window_id, Booking.status == HELD)
        .order_by(Booking.ticket_number)
        .with_for_update()
    )
    return list(db.session.scalars(query))


def held_booking(enrolment_id: str, paper: str) -> Booking | None:
    """The place that an enrolment holds now in an examination."""
    return db.session.scalar(
        select(Booking).where(
            Booking.enrolment_id == enrolment_id, Booking.paper == paper, Booking.status == HELD
        )
    )


def holds_place_during(enrolment_id: str, window: ExamWindow) -> bool:
    """Whether an enrolment holds a place in another window at the same time."""
    query = (
        select(Booking.id)
        .join(ExamWindow, ExamWindow.id == Booking.window_id)
        .where(Booking.enrolment_id == enrolment_id, Booking.status == HELD, ExamWindow.id != window.id)
        .where(ExamWindow.starts_at < window.ends_at, ExamWindow.ends_at > window.starts_at)
    )
    return db.session.scalar(query.limit(1)) is not None


def shown_booking(enrolment_id: str, paper: str) -> tuple[Booking, ExamWindow] | None:
    """What stands on top of an examination's page: the held place, or the exam last begun, or a place that ended unasked for."""
    rows = db.session.execute(
        select(Booking, ExamWindow)
        .join(ExamWindow, ExamWindow.id == Booking.window_id)
        .where(Booking.enrolment_id == enrolment_id, Booking.paper == paper, Booking.status != "cancelled")
        .order_by(Booking.booked_at.desc(), Booking.id)
        .limit(5)
    ).all()
    found = {booking.status: (booking, window) for booking, window in reversed(rows)}
    if HELD in found:
        return found[HELD]
    return (rows[0][0], rows[0][1]) if rows else None


def seats_taken(window_id: str) -> int:
    """How many places of a window are taken."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(Booking.window_id == window_id, Booking.status.in_((HELD, USED)))
        )
        or 0
    )


def bookings_of_window(window_id: str, actor: Actor) -> list[Seat]:
    """The bookings of a window that the actor may see: all, or those of the actor's bases."""
    query = (
        select(
            Booking,
            User.name,
            Enrolment.job_type,
            Enrolment.level,
            TrainingBase.name,
            Enrolment.programme_version_id,
        )
        .join(User, User.id == Booking.user_id)
        .join(Enrolment, Enrolment.id == Booking.enrolment_id)
        .join(TrainingBase, TrainingBase.id == Booking.base_id)
        .where(Booking.window_id == window_id)
        .order_by(Booking.ticket_number, Booking.booked_at, Booking.id)
    )
    reach = actor.reach(Permission.WINDOW_READ)
    if reach is not None:
        query = query.where(Booking.base_id.in_(reach))
    return [Seat(*row) for row in db.session.execute(query)]


def booking_by_ticket(number: str, actor: Actor) -> Booking:
    """The booking of a ticket number as typed or scanned, within the actor's bases. Raises NotFound; Invalid TICKET_NUMBER_FORM."""
    booking = db.session.scalar(
        select(Booking).where(Booking.ticket_number == ticket_number(*read_ticket_number(number)))
    )
    if booking is None or not actor.may_in(Permission.WINDOW_READ, booking.base_id):
        raise NotFound("BOOKING_NOT_FOUND")
    return booking


def entitlements_of(enrolment_id: str, paper: str) -> list[Entitlement]:
    """Every right of an enrolment to sit an examination, oldest first."""
    return list(
        db.session.scalars(
            select(Entitlement)
            .where(Entitlement.enrolment_id == enrolment_id, Entitlement.paper == paper)
            .order_by(Entitlement.granted_at, Entitlement.kind)
        )
    )


def lacking_entitlement_ids(limit: int = 200) -> list[str]:
    """Active enrolments without the first attempt of some examination of their level."""
    given = select(Entitlement.id).where(
        Entitlement.enrolment_id == Enrolment.id, Entitlement.kind == "first"
    )
    lacking = [~given.where(Entitlement.paper == "").exists()]
    lacking += [
        and_(held, or_(*(~given.where(Entitlement.paper == key).exists() for key in keys)))
        for held, keys in several_examinations()
    ]
    return list(
        db.session.scalars(
            select(Enrolment.id)
            .where(Enrolment.status == "active", or_(*lacking))
            .order_by(Enrolment.id)
            .limit(limit)
        )
    )


def unconfirmed_ids(now: datetime, limit: int = 200) -> list[str]:
    """Held bookings whose window has closed for booking and whose hours nobody has looked at since; and those of who withdrew."""
    unlooked = Booking.hours_confirmed_at.is_(None) & (ExamWindow.booking_closes_at <= now)
    return list(
        db.session.scalars(
            select(Booking.id)
            .join(ExamWindow, ExamWindow.id == Booking.window_id)
            .join(Enrolment, Enrolment.id == Booking.enrolment_id)
            .where(Booking.status == HELD, unlooked | (Enrolment.status == "withdrawn"))
            .order_by(ExamWindow.starts_at, Booking.id)
            .limit(limit)
        )
    )


def no_show_ids(now: datetime, limit: int = 200) -> list[str]:
    """Held bookings whose candidate has not begun in time, of windows that are not cancelled."""
    query = _absent(select(Booking.id), now)
    return list(db.session.scalars(query.order_by(ExamWindow.starts_at, Booking.id).limit(limit)))


def locked_no_show(booking_id: str, now: datetime) -> Booking | None:
    """The booking if its candidate is absent by the window as it is dated now, else None; one statement looks at both.

    Both rows are held until the unit of work ends: a window that is moved meanwhile is waited for, and then judged by its new time.
    """
    query = _absent(select(Booking), now).where(Booking.id == booking_id)
    locked = query.with_for_update(of=[ExamWindow, Booking]).execution_options(populate_existing=True)
    return db.session.scalar(locked)


def _absent(query: Select[Any], now: datetime) -> Select[Any]:
    return (
        query.join(ExamWindow, ExamWindow.id == Booking.window_id)
        .join(Enrolment, Enrolment.id == Booking.enrolment_id)
        .where(Booking.status == HELD, ExamWindow.cancelled_at.is_(None), is_absent_at(now))
    )
