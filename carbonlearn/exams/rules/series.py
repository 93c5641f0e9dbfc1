"""From a programme's calendar rule to days: "last Saturday of each month" and its kin.

Source: catalogue, "Calendar rule": ``{kind, ordinal, weekdays, months}``, ordinal 1 to 5 or ``last``; a weekend hangs on its anchor
weekday, and its other days follow it, into the next month if need be.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_N_MINUTES = "every_n_minutes"
NTH_WEEKDAY = "nth_weekday_of_month"
NTH_WEEKEND = "nth_weekend_of_month"
KINDS = (NTH_WEEKDAY, NTH_WEEKEND, EVERY_N_MINUTES)


def nth_weekday(year: int, month: int, ordinal: int | str, weekday: str) -> date | None:
    """The n-th (or ``last``) such weekday of a month; None when the month has no fifth one."""
    length = monthrange(year, month)[1]
    first = 1 + (WEEKDAYS.index(weekday) - date(year, month, 1).weekday()) % 7
    days = range(first, length + 1, 7)
    if ordinal == "last":
        return date(year, month, days[-1])
    number = int(ordinal)
    if not 1 <= number <= 5:
        raise ValueError(f"an ordinal is 1 to 5 or last, not {ordinal!r}")
    return date(year, month, days[number - 1]) if number <= len(days) else None


def rule_days(rule: Mapping[str, Any], first: date, last: date) -> tuple[date, ...]:
    """The days from ``first`` to ``last``, both included, that the rule names, in order."""
    kind = rule["kind"]
    if kind == EVERY_N_MINUTES:
        return tuple(first + timedelta(days=day) for day in range((last - first).days + 1))
    if kind not in KINDS:
        raise ValueError(f"unknown calendar rule {kind!r}")
    months: Sequence[int] = rule["months"]
    found: set[date] = set()
    for year, month in _months(first - timedelta(days=6), last):
        if month in months:
            found.update(_weekend(rule, year, month) if kind == NTH_WEEKEND else _weekdays(rule, year, month))
    return tuple(sorted(day for day in found if first <= day <= last))


def spans_months(rule: Mapping[str, Any], day: date) -> bool:
    """Whether this day of a weekend rule lies in the month after its anchor, which other readings of the rule would not give."""
    if rule["kind"] != NTH_WEEKEND:
        return False
    return _anchor_of(rule, day).month != day.month


def _anchor_of(rule: Mapping[str, Any], day: date) -> date:
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(rule["anchor_weekday"])) % 7)


def _weekdays(rule: Mapping[str, Any], year: int, month: int) -> Iterator[date]:
    for weekday in rule["weekdays"]:
        day = nth_weekday(year, month, rule["ordinal"], weekday)
        if day is not None:
            yield day


def _weekend(rule: Mapping[str, Any], year: int, month: int) -> Iterator[date]:
    anchor = nth_weekday(year, month, rule["ordinal"], rule["anchor_weekday"])
    if anchor is None:
        return
    for weekday in rule["weekdays"]:
        yield anchor + timedelta(days=(WEEKDAYS.index(weekday) - anchor.weekday()) % 7)


def _months(first: date, last: date) -> Iterator[tuple[int, int]]:
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
