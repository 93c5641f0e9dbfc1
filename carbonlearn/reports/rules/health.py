"""The health of the bank in plain numbers: what stands on which shelf, and when it must be looked at again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

DIFFICULTIES = (1, 2, 3, 4, 5)
TWICE = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """How many items there are, how they are spread over the difficulties, and how many the papers of a window take at most."""

    count: int
    by_difficulty: tuple[int, ...]
    taken: int = 0

    @property
    def is_thin(self) -> bool:
        """Whether there are fewer than twice as many as are taken, so that the next paper would repeat this one."""
        return self.count < TWICE * self.taken


def table(
    counted: Iterable[tuple[str, str, int, int]],
    functions: Sequence[str],
    types: Sequence[str],
    taken: Mapping[tuple[str, str], int] = MappingProxyType({}),
) -> dict[str, dict[str, Cell]]:
    """Function by type from (function, type, difficulty, count); what nobody counted is an empty cell. ``taken``: by function and type."""
    found: Counter[tuple[str, str, int]] = Counter()
    for function, kind, difficulty, count in counted:
        found[function, kind, difficulty] += count
    return {
        function: {
            kind: _cell(
                [found[function, kind, difficulty] for difficulty in DIFFICULTIES],
                taken.get((function, kind), 0),
            )
            for kind in types
        }
        for function in functions
    }


def _cell(spread: list[int], taken: int) -> Cell:
    return Cell(sum(spread), tuple(spread), taken)


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
