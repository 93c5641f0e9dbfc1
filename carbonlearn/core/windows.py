"""Stretches of time, and the step from a calendar day in some place to an instant in UTC (zoneinfo only)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WALL_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
END_OF_DAY = "24:00"


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From ``start`` up to but not including ``end``, both aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a time window needs aware instants")
        if self.end <= self.start:
            raise ValueError("a time window ends after it starts")

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies inside; the end itself does not."""
        return self.start <= instant < self.end

    def overlaps(self, other: TimeWindow) -> bool:
        """Whether some instant lies inside both."""
        return self.start < other.end and other.start < self.end


def read_wall_time(text: str) -> time:
    """The time of day written ``HH:MM``, as programme files have it. Raises ValueError on anything else."""
    match = WALL_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"a time of day is HH:MM, not {text!r}")
    return time(int(match[1]), int(match[2]))


def local_instant(day: date, wall_time: str, timezone: str) -> datetime:
    """The UTC instant of a wall time on a day in a zone; ``24:00`` is the midnight that ends the day.

    A wall time that occurs twice (clocks set back) means the first; one that is skipped is read with the offset before the jump.
    """
    if wall_time == END_OF_DAY:
        day, wall_time = day + timedelta(days=1), "00:00"
    local = datetime.combine(day, read_wall_time(wall_time), tzinfo=ZoneInfo(timezone))
    return local.astimezone(UTC)


def local_day(instant: datetime, timezone: str) -> date:
    """The calendar day on which an instant falls in a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware")
    return instant.astimezone(ZoneInfo(timezone)).date()


def days_left(until: datetime, now: datetime, timezone: str) -> int:
    """Local midnights from ``now`` to ``until``, never negative: what every page that counts days down says."""
    return max(0, (local_day(until, timezone) - local_day(now, timezone)).days)


def window_on(day: date, start: str, end: str, timezone: str) -> TimeWindow:
    """The window between two wall times of one day in a zone."""
    return TimeWindow(local_instant(day, start, timezone), local_instant(day, end, timezone))
