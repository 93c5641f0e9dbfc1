"""From a programme's ``exam_calendar`` block and a holiday calendar to dated windows, and whether a window takes bookings now.

Source: domain paper, "Exam calendar". What the sources leave open comes in as ``Defaults``; where a date rests on such a choice or
on a year not yet announced, the window says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from carbonlearn.core.decision import Decision, Reason, decided
from carbonlearn.core.windows import local_day
from carbonlearn.exams.rules.days import DayKind, HolidayCalendar, after_working_days, postponed_to
from carbonlearn.exams.rules.hours import Defaults, is_rehearsal, moments_before, sessions_of
from carbonlearn.exams.rules.series import rule_days, spans_months


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """One window that a rule gives. ``moved_from`` and ``reason`` (the holiday's name) are set when it was postponed.

    ``warnings`` are codes: on_public_holiday, on_make_up_workday, year_unannounced, times_unstated, weekend_spans_months,
    not_in_published_dates. The due dates are the last day on which results or certificates are in time; None where nothing is stated.
    """

    series: str
    session: str
    rule_date: date
    day: date
    starts_at: datetime
    ends_at: datetime
    booking_closes_at: datetime
    ticket_at: datetime
    seal_at: datetime
    results_due: date | None
    certificate_due: date | None
    moved_from: date | None
    reason: str
    tentative: bool
    warnings: tuple[str, ...]

    @property
    def slot(self) -> str:
        """What stays the same however often the rule is worked out: its own day and the session."""
        return f"{self.rule_date.isoformat()} {self.session}"


def plan_windows(
    exam_calendar: Mapping[str, Any],
    first: date,
    last: date,
    *,
    series: str,
    timezone: str,
    holidays: HolidayCalendar,
    defaults: Defaults,
) -> tuple[WindowPlan, ...]:
    """The windows whose rule day lies from ``first`` to ``last``, both included, in order; none for a calendar without a rule."""
    rule = exam_calendar.get("rule")
    if rule is None:
        return ()
    plans: list[WindowPlan] = []
    for rule_date in rule_days(rule, first, last):
        day = _day_held(exam_calendar, rule_date, holidays)
        for slug, window in sessions_of(exam_calendar, day, timezone, defaults):
            closes, ticket, seal = moments_before(exam_calendar, day, window, timezone, defaults)
            warnings = _warnings(exam_calendar, rule_date, day, holidays)
            plans.append(
                WindowPlan(
                    series=series,
                    session=slug,
                    rule_date=rule_date,
                    day=day,
                    starts_at=window.start,
                    ends_at=window.end,
                    booking_closes_at=closes,
                    ticket_at=ticket,
                    seal_at=seal,
                    results_due=_due(exam_calendar.get("results"), day, holidays),
                    certificate_due=_due(exam_calendar.get("certificate"), day, holidays),
                    moved_from=rule_date if day != rule_date else None,
                    reason=holidays.day(rule_date).name if day != rule_date else "",
                    tentative=_is_tentative(exam_calendar, warnings),
                    warnings=warnings,
                )
            )
    return tuple(sorted(plans, key=lambda plan: (plan.starts_at, plan.session)))


def _day_held(block: Mapping[str, Any], rule_date: date, holidays: HolidayCalendar) -> date:
    policy = (block.get("holiday_policy") or {}).get("policy")
    return postponed_to(rule_date, holidays) if policy == "postpone" else rule_date


def _due(stated: Mapping[str, Any] | None, day: date, holidays: HolidayCalendar) -> date | None:
    if not stated:
        return None
    if stated["unit"] == "working_day":
        return after_working_days(day, stated["within"], holidays)
    if stated["unit"] == "day":
        return day + timedelta(days=stated["within"])
    raise ValueError(f"unknown unit {stated['unit']!r}")


def _warnings(
    block: Mapping[str, Any], rule_date: date, day: date, holidays: HolidayCalendar
) -> tuple[str, ...]:
    if is_rehearsal(block):
        return ()
    policy = (block.get("holiday_policy") or {}).get("policy")
    published = [date.fromisoformat(text) for text in block.get("published_dates") or ()]
    unlisted = rule_date not in published and rule_date.year in {listed.year for listed in published}
    found = {
        "on_public_holiday": policy != "none" and holidays.in_public_holiday(day),
        "on_make_up_workday": day.weekday() >= 5 and holidays.day(day).kind is DayKind.WORKDAY,
        "year_unannounced": not (holidays.knows(rule_date) and holidays.knows(day)),
        "times_unstated": not block.get("sessions"),
        "weekend_spans_months": spans_months(block["rule"], rule_date),
        "not_in_published_dates": unlisted,
    }
    return tuple(code for code, holds in found.items() if holds)


def _is_tentative(block: Mapping[str, Any], warnings: tuple[str, ...]) -> bool:
    """暂定: the source says so itself, or the date rests on what nobody has announced."""
    unsure = {"year_unannounced", "times_unstated", "not_in_published_dates"}
    return bool(block.get("sessions_tentative")) or not unsure.isdisjoint(warnings)


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """What decides whether a window takes one more booking; ``capacity`` None means no limit."""

    booking_closes_at: datetime
    booked: int = 0
    capacity: int | None = None
    booking_opens_at: datetime | None = None
    cancelled: bool = False


def is_open(facts: WindowFacts, now: datetime) -> Decision:
    """Whether a place can be booked now. Codes: cancelled, booking_not_open, booking_closed, full."""
    reasons: list[Reason] = []
    if facts.cancelled:
        reasons.append(Reason("cancelled"))
    if facts.booking_opens_at is not None and now < facts.booking_opens_at:
        reasons.append(Reason("booking_not_open", {"opens_at": facts.booking_opens_at}))
    if now >= facts.booking_closes_at:
        reasons.append(Reason("booking_closed", {"closed_at": facts.booking_closes_at}))
    if facts.capacity is not None and facts.booked >= facts.capacity:
        reasons.append(Reason("full", {"capacity": facts.capacity}))
    return decided(reasons)


def days_until(instant: datetime, now: datetime, timezone: str) -> int:
    """Calendar days from today to the day of an instant, as a countdown shows them."""
    return (local_day(instant, timezone) - local_day(now, timezone)).days
