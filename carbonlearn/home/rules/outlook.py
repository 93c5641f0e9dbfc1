"""The one sentence about the way to the exam, and its time line.

Source: domain paper, "Who may sit", last paragraph, and "Hours that are honest": what cannot be reached is said before any date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from carbonlearn.core.windows import local_day
from carbonlearn.exams.rules.forecast import AimWindow, Forecast


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the time line: where (0 to 1), of what kind (today, mine, missed, aim), and its day."""

    at: float
    kind: str
    day: date


@dataclass(frozen=True, slots=True)
class Outlook:
    """``kind`` picks the sentence: reached, unreachable, soon, aimed, late, pace, none, courses. The rest are its facts."""

    kind: str
    starts_at: datetime | None = None
    expected_on: date | None = None
    weekly_seconds: int = 0
    daily_seconds: int = 0
    points: tuple[Point, ...] = ()
    run: float = 0.0


def outlook(
    missing_seconds: int | None,
    earnable_seconds: int,
    needed_seconds: int | None,
    rehearsal: bool,
    found: Forecast,
    windows: Sequence[AimWindow],
    today: date,
    zone: str,
) -> Outlook:
    """What to say. ``missing_seconds`` None: no number of hours is set, the courses decide."""
    if missing_seconds is None or needed_seconds is None:
        return Outlook("courses")
    if missing_seconds == 0:
        return Outlook("reached")
    if earnable_seconds < needed_seconds:
        return Outlook("unreachable")
    if rehearsal:
        return Outlook("soon", starts_at=windows[0].starts_at if windows else None)
    if found.expected_on is not None:
        return _by_pace(found, windows, today, zone)
    if found.daily_seconds is not None and found.aimed is not None:
        return Outlook("pace", starts_at=found.aimed.starts_at, daily_seconds=found.daily_seconds)
    return Outlook("none")


def _by_pace(found: Forecast, windows: Sequence[AimWindow], today: date, zone: str) -> Outlook:
    expected, aimed = found.expected_on, found.aimed
    if aimed is None or expected is None:
        return Outlook("late", expected_on=expected, weekly_seconds=found.weekly_pace_seconds)
    last = local_day(aimed.starts_at, zone)
    days = max(1, (last - today).days)
    missed = [
        local_day(one.starts_at, zone)
        for one in windows
        if one.starts_at < aimed.starts_at and local_day(one.hours_due_at, zone) < expected
    ]
    points = [Point(0.0, "today", today)]
    points += [Point((day - today).days / days, "missed", day) for day in missed[-1:]]
    points += [Point((expected - today).days / days, "mine", expected), Point(1.0, "aim", last)]
    return Outlook(
        "aimed",
        starts_at=aimed.starts_at,
        expected_on=expected,
        weekly_seconds=found.weekly_pace_seconds,
        points=tuple(sorted(points, key=lambda point: point.at)),
        run=(expected - today).days / days,
    )
