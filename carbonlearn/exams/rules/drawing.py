"""How the items of a paper are chosen, beyond counts and weights: difficulty, the level below, repetition, cases, single items.

Percentages are whole; a share that is no whole number of items is rounded towards what is stricter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carbonlearn.core.decision import Reason

DIFFICULTIES = range(1, 6)
MOST_FORMS = 4
ALL = 100
BOUNDS = {
    "tolerance": (0, ALL),
    "lower_percent": (0, ALL),
    "seen_percent": (0, ALL),
    "shared_percent": (0, ALL),
    "forms": (1, MOST_FORMS),
    "per_case": (1, 99),
    "spread": (0, 400),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What choosing keeps to. The values here forbid nothing.

    ``curve`` gives the share of items of each difficulty in percent, met within ``tolerance`` percentage points; empty, none is asked.
    ``lower_percent``: of each function's points, how much may come from the level below. ``seen_percent``: of a paper's items, how
    many somebody may have met in earlier papers. ``shared_percent``: how many two forms of a window may have in common. ``per_case``:
    items of one case in a paper. ``spread``: by how many hundredths the mean difficulty of two forms may differ. ``must`` and
    ``must_not`` are numbers of items.
    """

    curve: tuple[tuple[int, int], ...] = ()
    tolerance: int = ALL
    lower_percent: int = ALL
    seen_percent: int = ALL
    shared_percent: int = ALL
    forms: int = 1
    per_case: int = 99
    spread: int = 400
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()

    def band(self, difficulty: int, items: int) -> tuple[int, int]:
        """The fewest and the most items of a difficulty in a paper of so many."""
        share = dict(self.curve).get(difficulty, 0)
        low, high = max(0, share - self.tolerance), min(ALL, share + self.tolerance)
        return -(-items * low // ALL), items * high // ALL


FREE = Drawing()


def most(percent: int, whole: int) -> int:
    """How much of a whole a limit in percent allows."""
    return whole * percent // ALL


def faults_of(drawing: Drawing) -> Iterator[Reason]:
    """Every fault of a drawing by itself."""
    shares = dict(drawing.curve)
    found = sum(share for _, share in drawing.curve)
    if shares and (found != ALL or len(shares) != len(drawing.curve)):
        yield Reason("curve_differs", {"asked": ALL, "found": found})
    if any(difficulty not in DIFFICULTIES or not 0 <= share <= ALL for difficulty, share in drawing.curve):
        yield Reason("curve_out_of_bounds")
    for name, (least, greatest) in BOUNDS.items():
        value = getattr(drawing, name)
        if not least <= value <= greatest:
            facts = {"field": name, "found": value, "least": least, "most": greatest}
            yield Reason("number_out_of_bounds", facts)
    for code in sorted(set(drawing.must) & set(drawing.must_not)):
        yield Reason("must_and_must_not", {"item": code})
