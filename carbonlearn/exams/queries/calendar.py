"""From the stored holidays and the programmes' rules to planned windows. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy import select

from carbonlearn.catalogue.queries import current_rules, defaults, programmes
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.errors import NotFound
from carbonlearn.core.windows import local_day
from carbonlearn.exams.models import Holiday, HolidayYear
from carbonlearn.exams.rules.calendar import WindowPlan, plan_windows
from carbonlearn.exams.rules.days import Day, DayKind, HolidayCalendar, after_working_days
from carbonlearn.exams.rules.hours import Defaults, SessionTimes, is_rehearsal
from carbonlearn.infra.db import db

HORIZON = relativedelta(months=14)
REHEARSAL_HORIZON = timedelta(hours=4)
LOOK_BACK = timedelta(
    days=30
)  # a window postponed past the National Day holiday hangs on a rule day of weeks ago


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A window that the rule gives, for the preview command."""

    slot: str
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


def holiday_calendar() -> HolidayCalendar:
    """The stored public holidays and make-up working days, and the years whose notice is known."""
    rows = db.session.execute(select(Holiday.day, Holiday.kind, Holiday.name))
    days = {row.day: Day(DayKind(row.kind), row.name) for row in rows}
    return HolidayCalendar(days, frozenset(db.session.scalars(select(HolidayYear.year))))


def calendar_defaults() -> Defaults:
    """Our moments where a programme is silent, from the defaults file."""
    ours = defaults()
    session = ours["session"]
    return Defaults(
        booking_closes_days_before=ours["booking_closes_days_before"],
        ticket_days_before=ours["ticket_days_before"],
        seal_minutes_before=ours["seal_days_before"] * 24 * 60,
        sessions=(SessionTimes(session["slug"], session["start"], session["end"]),),
    )


def programmes_with_rule(now: datetime) -> Iterator[ProgrammeRules]:
    """The rules of each training programme whose calendar states a rule."""
    for programme in programmes():
        if programme.kind != "training_programme":
            continue
        try:
            rules = current_rules(programme.key, now)
        except NotFound:
            continue  # loaded, and not yet in force
        if rules.calendar.get("rule"):
            yield rules


def plans_of(rules: ProgrammeRules, now: datetime) -> list[WindowPlan]:
    """What the rule gives from now on: fourteen months, of a rehearsal rule four hours."""
    zone = str(rules.zone)
    today = local_day(now, zone)
    rehearsal = is_rehearsal(rules.calendar)
    until = now + (REHEARSAL_HORIZON if rehearsal else HORIZON)
    first = today if rehearsal else today - LOOK_BACK
    plans = _planned(rules, first, local_day(until, zone))
    return [plan for plan in plans if now < plan.starts_at <= until]


def preview(programme_key: str, from_month: date, to_month: date, now: datetime) -> list[PreviewRow]:
    """The windows whose rule day lies in these months (any day of each), with every date that follows from them."""
    rules = current_rules(programme_key, now)
    if not rules.calendar.get("rule"):
        return []
    last = to_month.replace(day=1) + relativedelta(months=1, days=-1)
    return [_row(plan) for plan in _planned(rules, from_month.replace(day=1), last)]


def _planned(rules: ProgrammeRules, first: date, last: date) -> list[WindowPlan]:
    holidays = holiday_calendar()
    plans = plan_windows(
        rules.calendar,
        first,
        last,
        series=rules.key,
        timezone=str(rules.zone),
        holidays=holidays,
        defaults=calendar_defaults(),
    )
    return [_with_due_dates(plan, holidays) for plan in plans]


def _with_due_dates(plan: WindowPlan, holidays: HolidayCalendar) -> WindowPlan:
    """Results and certificates are due within our working days where the source is silent."""
    ours = defaults()
    return replace(
        plan,
        results_due=plan.results_due or after_working_days(plan.day, ours["results_working_days"], holidays),
        certificate_due=plan.certificate_due
        or after_working_days(plan.day, ours["certificate_working_days"], holidays),
    )


def _row(plan: WindowPlan) -> PreviewRow:
    return PreviewRow(
        slot=plan.slot,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        booking_closes_at=plan.booking_closes_at,
        ticket_at=plan.ticket_at,
        seal_at=plan.seal_at,
        results_due=plan.results_due,
        certificate_due=plan.certificate_due,
        moved_from=plan.moved_from,
        reason=plan.reason,
        tentative=plan.tentative,
        warnings=plan.warnings,
    )
