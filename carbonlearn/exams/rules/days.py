"""Chinese working days: make-up Saturdays count, public holidays do not, and a year not yet announced is only guessed.

Source: domain paper, "Exam calendar". The calendar itself is data; this module only reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

SATURDAY = 5
ONE_DAY = timedelta(days=1)


class DayKind(StrEnum):
    """What a day is, whatever its weekday says."""

    WORKDAY = "workday"
    REST = "rest"
    PUBLIC_HOLIDAY = "public_holiday"


@dataclass(frozen=True, slots=True)
class Day:
    """A day's kind and, for a public holiday, its name."""

    kind: DayKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """The days that differ from their weekday, and the years whose official notice is known."""

    days: Mapping[date, Day] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def knows(self, day: date) -> bool:
        """Whether the year of this day has been announced."""
        return day.year in self.years

    def day(self, day: date) -> Day:
        """What the day is; one that is not listed is what its weekday says."""
        return self.days.get(day) or Day(DayKind.REST if day.weekday() >= SATURDAY else DayKind.WORKDAY)

    def in_public_holiday(self, day: date) -> bool:
        """Whether the day lies inside a public holiday; a plain Saturday does not."""
        return self.day(day).kind is DayKind.PUBLIC_HOLIDAY

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        return self.day(day).kind is DayKind.WORKDAY


def after_working_days(day: date, count: int, calendar: HolidayCalendar) -> date:
    """The ``count``-th working day after ``day``; the day itself is not counted, and none is counted backwards."""
    if count < 0:
        raise ValueError("working days are counted forwards")
    while count:
        day += ONE_DAY
        count -= calendar.is_working_day(day)
    return day


def postponed_to(day: date, calendar: HolidayCalendar) -> date:
    """The day itself, or, when it is in a public holiday, the next Saturday that is not in one (ours; sources say only 顺延)."""
    while calendar.in_public_holiday(day):
        day += timedelta(days=(SATURDAY - day.weekday() - 1) % 7 + 1)
    return day
