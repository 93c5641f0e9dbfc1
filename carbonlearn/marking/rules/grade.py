"""From marks to a result: the sum, the pass line, and whether it may be released.

Source: domain paper, "Papers and marks" (60 of 100 passes); integrity paper 3.1, machines B and C: a hold is lifted by people only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """UNMARKED until every answer has its mark; VOID where the sitting does not count; else pass or fail."""

    UNMARKED = "unmarked"
    VOID = "void"
    PASS = "pass"  # noqa: S105 - an outcome, no password
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class ItemMark:
    """One item's type, what it is worth, and its mark in hundredths; None while it waits for a marker."""

    type: str
    possible: int
    points: int | None


@dataclass(frozen=True, slots=True)
class Grade:
    """Totals in hundredths. ``held``: the result stands but may not be released yet. ``by_type`` is (points, possible)."""

    outcome: Outcome
    points: int
    possible: int
    pass_points: int
    held: bool
    unmarked: int
    by_type: Mapping[str, tuple[int, int]]

    @property
    def releasable(self) -> bool:
        """Whether it may be made visible: decided, and held by nobody."""
        return self.outcome in (Outcome.PASS, Outcome.FAIL) and not self.held


def grade(marks: Sequence[ItemMark], pass_points: int, *, held: bool = False, void: bool = False) -> Grade:
    """Fold the marks of a sitting. Raises ValueError for a mark outside what its item is worth."""
    by_type: dict[str, tuple[int, int]] = {}
    for mark in marks:
        if mark.points is not None and not 0 <= mark.points <= mark.possible:
            raise ValueError(f"{mark.points} is no mark of an item worth {mark.possible}")
        points, possible = by_type.get(mark.type, (0, 0))
        by_type[mark.type] = (points + (mark.points or 0), possible + mark.possible)
    total = sum(points for points, _ in by_type.values())
    unmarked = sum(mark.points is None for mark in marks)
    outcome = _outcome(total, pass_points, unmarked, void)
    return Grade(
        outcome,
        total,
        sum(possible for _, possible in by_type.values()),
        pass_points,
        held,
        unmarked,
        by_type,
    )


def _outcome(total: int, pass_points: int, unmarked: int, void: bool) -> Outcome:
    if void:
        return Outcome.VOID
    if unmarked:
        return Outcome.UNMARKED
    return Outcome.PASS if total >= pass_points else Outcome.FAIL


def overall(parts: Sequence[Outcome]) -> Outcome:
    """The outcome of an examination in parts: every part must be passed, and a part that fails decides at once."""
    for decisive in (Outcome.VOID, Outcome.FAIL, Outcome.UNMARKED):
        if decisive in parts:
            return decisive
    return Outcome.PASS if parts else Outcome.UNMARKED
