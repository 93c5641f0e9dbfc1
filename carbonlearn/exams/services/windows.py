"""The windows themselves: made from the rules, and added, moved, resized or called off by a person with a reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue.queries import current_rules, defaults
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.errors import Conflict, Invalid, NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.core.windows import TimeWindow, local_day, local_instant, window_on
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries.bookings import held_bookings_of, seats_taken
from carbonlearn.exams.queries.calendar import (
    calendar_defaults,
    holiday_calendar,
    plans_of,
    programmes_with_rule,
)
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.exams.rules.calendar import WindowPlan
from carbonlearn.exams.rules.days import HolidayCalendar, after_working_days
from carbonlearn.exams.rules.hours import moments_before
from carbonlearn.exams.services.bookings import release, renumber
from carbonlearn.exams.services.paper_notes import OF_PAPERS
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id

LARGEST_CAPACITY = 5000
REASON_LENGTH = (2, 500)


def materialise_windows(now: datetime) -> int:
    """Every training programme's windows from now on that are not stored yet; how many were added."""
    return sum(materialise_programme(rules.key, now) for rules in list(programmes_with_rule(now)))


def materialise_programme(programme_key: str, now: datetime) -> int:
    """The missing windows of one programme, by their slot. One that exists, moved or cancelled or not, is never touched."""
    rules = current_rules(programme_key, now)
    plans = plans_of(rules, now)
    slots = [plan.slot for plan in plans]
    known = set(
        db.session.scalars(
            select(ExamWindow.slot).where(ExamWindow.programme_key == rules.key, ExamWindow.slot.in_(slots))
        )
    )
    missing = [plan for plan in plans if plan.slot not in known]
    db.session.add_all(_window(rules, plan, now) for plan in missing)
    if missing:
        db.session.flush()
        facts = {"count": len(missing), "first": missing[0].slot, "last": missing[-1].slot}
        record("window:materialise", ("programme", rules.key), now=now, source="job", facts=facts)
    return len(missing)


def _window(rules: ProgrammeRules, plan: WindowPlan, now: datetime) -> ExamWindow:
    return ExamWindow(
        programme_key=rules.key,
        slot=plan.slot,
        paper=rules.examination_of_session(plan.session),
        origin="rule",
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        booking_closes_at=plan.booking_closes_at,
        ticket_at=plan.ticket_at,
        seal_at=plan.seal_at,
        results_due=plan.results_due,
        certificates_due=plan.certificate_due,
        capacity=defaults()["capacity"],
        moved_from=plan.moved_from,
        reason=plan.reason,
        tentative=plan.tentative,
        warnings=[{"code": code} for code in plan.warnings],
        created_at=now,
    )


def add_window(
    programme_key: str,
    day: date,
    start: str,
    end: str,
    capacity: int,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    paper: str = "",
) -> ExamWindow:
    """A window of an administrator's own, between two wall times (HH:MM) of a day; ``paper`` is the key of its examination.

    Raises NotFound for an unknown programme or examination; Invalid: WINDOW_TIMES, WINDOW_IN_PAST, CAPACITY_OUT_OF_RANGE, REASON_LENGTH.
    """
    rules = current_rules(programme_key, now)
    if paper and paper not in rules.all_examinations:
        raise NotFound("EXAMINATION_NOT_FOUND")
    check_reason(reason)
    _check_capacity(capacity, 0)
    times = _times(rules, day, start, end, now)
    window = ExamWindow(
        programme_key=programme_key,
        slot=f"own {new_id()}",
        paper=paper,
        origin="manual",
        capacity=capacity,
        reason=reason.strip(),
        warnings=[],
        created_at=now,
    )
    _place(window, rules, day, times)
    db.session.add(window)
    db.session.flush()
    _record("window:add", window, actor, now, {"paper": paper, "capacity": capacity, "reason": window.reason})
    return window


def move_window(
    window_id: str, day: date, start: str, reason: str, *, actor: Actor, now: datetime
) -> ExamWindow:
    """Move a window that has not begun; its length stays, its deadlines move along, the booked keep place and entitlement.

    Raises NotFound; Conflict: WINDOW_BEGUN, WINDOW_CANCELLED; Invalid: WINDOW_IN_PAST, WINDOW_UNMOVED, REASON_LENGTH.
    """
    window = changeable(window_id, now)
    check_reason(reason)
    rules = current_rules(window.programme_key, now)
    zone = str(rules.zone)
    length = window.ends_at - window.starts_at
    starts_at = local_instant(day, start, zone)
    _check_ahead(starts_at, now)
    if starts_at == window.starts_at:
        raise Invalid("WINDOW_UNMOVED")
    before = window.starts_at
    window.moved_from = window.moved_from or local_day(before, zone)
    window.origin = "manual" if window.origin == "manual" else "moved"
    window.reason, window.tentative = reason.strip(), False
    _place(window, rules, day, TimeWindow(starts_at, starts_at + length))
    facts = {"from": before.isoformat(), "to": starts_at.isoformat(), "reason": window.reason}
    _record("window:move", window, actor, now, facts | {"booked": seats_taken(window.id)})
    if local_day(before, zone) != day:
        renumber(window, zone)
    return window


def set_capacity(window_id: str, capacity: int, reason: str, *, actor: Actor, now: datetime) -> ExamWindow:
    """Change how many may book. Raises NotFound; Conflict as move_window; Invalid: CAPACITY_OUT_OF_RANGE, CAPACITY_BELOW_BOOKED."""
    window = changeable(window_id, now)
    check_reason(reason)
    _check_capacity(capacity, seats_taken(window.id))
    facts = {"from": window.capacity, "to": capacity, "reason": reason.strip()}
    window.capacity = capacity
    _record("window:capacity", window, actor, now, facts)
    return window


def cancel_window(window_id: str, reason: str, *, actor: Actor, now: datetime) -> int:
    """Call a window off; how many bookings were released. Every one of them keeps its entitlement.

    Raises NotFound; Conflict: WINDOW_BEGUN, WINDOW_CANCELLED; Invalid: REASON_LENGTH.
    """
    window = changeable(window_id, now)
    check_reason(reason)
    window.cancelled_at, window.reason = now, reason.strip()
    held = held_bookings_of(window.id)
    for booking in held:
        release(booking, "window_cancelled", now=now, actor_id=actor.user_id, source="desk")
    _record("window:cancel", window, actor, now, {"released": len(held), "reason": window.reason})
    return len(held)


def changeable(window_id: str, now: datetime) -> ExamWindow:
    """The window, its row held, if it may still be changed. Raises NotFound; Conflict: WINDOW_CANCELLED, WINDOW_BEGUN."""
    window = window_by_id(window_id, lock=True)
    if window.cancelled_at is not None:
        raise Conflict("WINDOW_CANCELLED")
    if now >= window.starts_at:
        raise Conflict("WINDOW_BEGUN")
    return window


def _place(window: ExamWindow, rules: ProgrammeRules, day: date, times: TimeWindow) -> None:
    """Set the times and everything that follows from them."""
    zone, ours, holidays = str(rules.zone), defaults(), holiday_calendar()
    window.starts_at, window.ends_at = times.start, times.end
    block = rules.calendar if rules.calendar.get("rule") else {**rules.calendar, "rule": {"kind": ""}}
    closes, ticket, seal = moments_before(block, day, times, zone, calendar_defaults())
    window.booking_closes_at, window.ticket_at, window.seal_at = closes, ticket, seal
    window.results_due = _due(rules, "results", day, ours["results_working_days"], holidays)
    window.certificates_due = _due(rules, "certificate", day, ours["certificate_working_days"], holidays)
    kept = [warning for warning in window.warnings if warning["code"] in OF_PAPERS]
    window.warnings = kept + [{"code": code} for code in _day_warnings(day, holidays)]


def _due(rules: ProgrammeRules, which: str, day: date, ours: int, holidays: HolidayCalendar) -> date:
    stated = rules.calendar.get(which) or {"within": ours, "unit": "working_day"}
    if stated["unit"] == "day":
        return day + timedelta(days=stated["within"])
    return after_working_days(day, stated["within"], holidays)


def _day_warnings(day: date, holidays: HolidayCalendar) -> list[str]:
    found = {
        "on_public_holiday": holidays.in_public_holiday(day),
        "year_unannounced": not holidays.knows(day),
    }
    return [code for code, holds in found.items() if holds]


def _times(rules: ProgrammeRules, day: date, start: str, end: str, now: datetime) -> TimeWindow:
    try:
        times = window_on(day, start, end, str(rules.zone))
    except ValueError as error:
        raise Invalid("WINDOW_TIMES") from error
    _check_ahead(times.start, now)
    return times


def _check_ahead(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise Invalid("WINDOW_IN_PAST")


def _check_capacity(capacity: int, booked: int) -> None:
    if not 1 <= capacity <= LARGEST_CAPACITY:
        raise Invalid("CAPACITY_OUT_OF_RANGE", limit=LARGEST_CAPACITY)
    if capacity < booked:
        raise Invalid("CAPACITY_BELOW_BOOKED", booked=booked)


def check_reason(reason: str) -> None:
    """Raises Invalid REASON_LENGTH for one that is too short or too long."""
    if not REASON_LENGTH[0] <= len(reason.strip()) <= REASON_LENGTH[1]:
        raise Invalid("REASON_LENGTH", limit=REASON_LENGTH[1])


def _record(action: str, window: ExamWindow, actor: Actor, now: datetime, facts: dict[str, object]) -> None:
    record(action, ("window", window.id), now=now, actor_id=actor.user_id, facts=facts)
