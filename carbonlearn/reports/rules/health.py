"""The health of the bank in plain numbers: what stands on which shelf, and when it must be looked at again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

DIFFICULTIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many items there are, and how they are spread over the difficulties."""

    count: int
    by_difficulty: tuple[int, ...]


def table(
    counted: Iterable[tuple[str, str, int, int]], functions: Sequence[str], types: Sequence[str]
) -> dict[str, dict[str, Cell]]:
    """Function by type from (function, type, difficulty, count); what nobody counted is an empty cell."""
    found: Counter[tuple[str, str, int]] = Counter()
    for function, kind, difficulty, count in counted:
        found[function, kind, difficulty] += count
    return {
        function: {
            kind: _cell([found[function, kind, difficulty] for difficulty in DIFFICULTIES]) for kind in types
        }
        for function in functions
    }


def _cell(spread: list[int]) -> Cell:
    return Cell(sum(spread), tuple(spread))


def months_ahead(
    days: Iterable[tuple[date | None, int]], today: date, months: int = 6
) -> list[tuple[str, int]]:
    """How many items fall due: ``overdue``, then each of the coming months as YYYY-MM, then ``later`` and ``never``."""
    names = [_month(today, ahead) for ahead in range(months)]
    found = Counter(dict.fromkeys(("overdue", *names, "later", "never"), 0))
    for day, count in days:
        found[_heap(day, today, names)] += count
    return list(found.items())


def _heap(day: date | None, today: date, names: list[str]) -> str:
    if day is None:
        return "never"
    if day < today:
        return "overdue"
    month = day.strftime("%Y-%m")
    return month if month in names else "later"


def _month(today: date, ahead: int) -> str:
    months = today.year * 12 + today.month - 1 + ahead
    return f"{months // 12}-{months % 12 + 1:02d}"
