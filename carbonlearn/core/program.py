"""An integer program in plain values: whole unknowns between bounds, rows that their sums must keep to, and a cost to be least.

It is what a rule can say without knowing who solves it. Everything is a whole number, so that an answer can be checked exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Term = tuple[int, int]  # which column, how many times


@dataclass(frozen=True, slots=True)
class Row:
    """``low`` ≤ the sum of the terms ≤ ``high``; None is no bound."""

    terms: tuple[Term, ...]
    low: int | None = None
    high: int | None = None

    def holds(self, values: Sequence[int]) -> bool:
        """Whether these values keep to the row, reckoned in whole numbers."""
        total = sum(times * values[column] for column, times in self.terms)
        return (self.low is None or self.low <= total) and (self.high is None or total <= self.high)


@dataclass(slots=True)
class Program:
    """Columns by number: each takes a whole value from 0 to its upper bound, at a cost apiece. ``slack``: by how much an answer may cost
    more than the cheapest and still be taken."""

    slack: int = 0
    uppers: list[int] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def column(self, upper: int, cost: int = 0) -> int:
        """A new unknown; its number."""
        self.uppers.append(upper)
        self.costs.append(cost)
        return len(self.uppers) - 1

    def row(self, terms: Iterable[Term], low: int | None = None, high: int | None = None) -> None:
        """A new condition. One without terms stands too: it holds or it does not."""
        self.rows.append(Row(tuple(terms), low, high))

    def holds(self, values: Sequence[int]) -> bool:
        """Whether these values keep to every bound and every row."""
        if len(values) != len(self.uppers):
            return False
        within = all(0 <= value <= upper for value, upper in zip(values, self.uppers, strict=True))
        return within and all(row.holds(values) for row in self.rows)

    def cost(self, values: Sequence[int]) -> int:
        """What these values cost together."""
        return sum(value * cost for value, cost in zip(values, self.costs, strict=True))
