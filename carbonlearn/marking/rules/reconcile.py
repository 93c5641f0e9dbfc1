"""Two markers who do not see each other, and the third who decides where they differ too much.

Source: domain paper, "Papers and marks"; integrity paper 3.1, machine C: too far apart, in percent of the
item's points as the programme sets it, goes to a third.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STEP = 50  # half a point: the finest mark a reader gives


class Standing(StrEnum):
    """Where a short answer stands."""

    WAITING = "waiting"
    AGREED = "agreed"
    DISPUTED = "disputed"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The standing, the gap between the two in hundredths, and the points once they are final."""

    standing: Standing
    gap: int | None = None
    points: int | None = None


def reconcile(
    first: int | None,
    second: int | None,
    third: int | None,
    item_points: int,
    tolerance_percent: int,
) -> Reconciled:
    """Fold the marks (hundredths) of one answer. A gap of exactly the tolerance still agrees.

    Agreed marks give their mean, rounded to the nearest half point, a tie upwards (in the candidate's favour), never above the
    item's points. Beyond the tolerance the third's mark stands alone. Raises ValueError for a mark outside the item's points.
    """
    for mark in (first, second, third):
        if mark is not None and not 0 <= mark <= item_points:
            raise ValueError(f"{mark} is no mark of an item worth {item_points}")
    if first is None or second is None:
        return Reconciled(Standing.WAITING)
    gap = abs(first - second)
    if gap * 100 <= item_points * tolerance_percent:
        return Reconciled(Standing.AGREED, gap, min(item_points, mean(first, second)))
    if third is None:
        return Reconciled(Standing.DISPUTED, gap)
    return Reconciled(Standing.DECIDED, gap, third)


def mean(first: int, second: int) -> int:
    """The mean of two marks to the nearest half point, a tie upwards: 200 and 250 give 250."""
    return (first + second + STEP) // (2 * STEP) * STEP
