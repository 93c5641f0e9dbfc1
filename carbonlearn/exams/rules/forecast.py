"""When the hours will be met at the pace of the last four weeks, and which window that makes; without study, the pace it would take.

Source: domain paper, "Who may sit", last paragraph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from carbonlearn.core.windows import local_day

PACE_DAYS = 28
RECENT_DAYS = 7
DAILY_LIMIT_SECONDS = 8 * 3600  # more than this in a day is looked at, so nobody is advised to do it


@dataclass(frozen=True, slots=True)
class AimWindow:
    """A window that could be aimed for: its id, its start, and by when the hours must be met."""

    key: str
    starts_at: datetime
    hours_due_at: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """``expected_on`` and ``aimed`` follow from the pace; ``daily_seconds`` is given instead when the last seven days were idle.

    ``weekly_pace_seconds`` is per seven days, rounded down. Any of them is None where it cannot be said.
    """

    missing_seconds: int
    weekly_pace_seconds: int
    expected_on: date | None
    aimed: AimWindow | None
    daily_seconds: int | None = None


def forecast(
    daily_seconds: Mapping[date, int],
    now: datetime,
    missing_seconds: int,
    windows: Iterable[AimWindow],
    timezone: str,
) -> Forecast:
    """The forecast from credited seconds by local day; days before the last 28 are ignored, today counts.

    Who began within the 28 days is measured from the first day of study, over a week at least.
    """
    today = local_day(now, timezone)
    ahead = sorted(
        (one for one in windows if now < one.hours_due_at), key=lambda one: (one.starts_at, one.key)
    )
    recent = {
        day: daily_seconds.get(day, 0) for day in (today - timedelta(days=age) for age in range(PACE_DAYS))
    }
    total, span = sum(recent.values()), _days_measured(recent, today)
    pace = total * 7 // span
    if missing_seconds <= 0:
        return Forecast(0, pace, today, ahead[0] if ahead else None)
    if not any(recent[today - timedelta(days=age)] for age in range(RECENT_DAYS)):
        return _with_daily_pace(missing_seconds, pace, today, ahead, timezone)
    expected = today + timedelta(days=-(-missing_seconds * span // total))
    aimed = next((one for one in ahead if expected <= local_day(one.hours_due_at, timezone)), None)
    return Forecast(missing_seconds, pace, expected, aimed)


def _days_measured(recent: Mapping[date, int], today: date) -> int:
    studied = [day for day, seconds in recent.items() if seconds > 0]
    return max(RECENT_DAYS, (today - min(studied)).days + 1) if studied else PACE_DAYS


def _with_daily_pace(
    missing: int, pace: int, today: date, ahead: Sequence[AimWindow], timezone: str
) -> Forecast:
    """What each day from today to the due day, both included, must bring: for the first window that asks for a bearable amount."""
    for one in ahead:
        days = (local_day(one.hours_due_at, timezone) - today).days + 1
        needed = -(-missing // days)
        if needed <= DAILY_LIMIT_SECONDS:
            return Forecast(missing, pace, None, one, needed)
    return Forecast(missing, pace, None, None)
