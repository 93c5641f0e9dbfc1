"""What one's own answers say about each competence function, with how far to trust it, and the lines of the drawing.

The newest answer to each item counts once, a text judged partly right half. The range is Wilson's at 80 %; below eight items nothing
is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt

ENOUGH = 8
Z = 1.2816  # two-sided 80 %
WORTH = {"right": 1.0, "partly": 0.5, "wrong": 0.0}
RADIUS, CENTRE_X, CENTRE_Y = 84.0, 180.0, 120.0
LABEL_GAP = 14.0


@dataclass(frozen=True, slots=True)
class Skill:
    """One function. ``share``, ``low`` and ``high`` are of 1; None while there is no answer. ``told``: enough answers to say so."""

    function: str
    answered: int
    right: float
    available: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def told(self) -> bool:
        return self.answered >= ENOUGH


def wilson(right: float, answered: int) -> tuple[float, float]:
    """The range in which the true share lies with 80 %, by Wilson's score. Raises ValueError without answers."""
    if answered <= 0 or not 0 <= right <= answered:
        raise ValueError("a share needs answers")
    share, square = right / answered, Z * Z
    middle = (share + square / (2 * answered)) / (1 + square / answered)
    half = Z * sqrt(share * (1 - share) / answered + square / (4 * answered**2)) / (1 + square / answered)
    return max(0.0, middle - half), min(1.0, middle + half)


def skill(function: str, verdicts: Iterable[str], available: int) -> Skill:
    """A function from the newest verdict on each of its items; open ones say nothing."""
    worth = [WORTH[verdict] for verdict in verdicts if verdict in WORTH]
    if not worth:
        return Skill(function, 0, 0.0, available, None, None, None)
    right = sum(worth)
    low, high = wilson(right, len(worth))
    return Skill(function, len(worth), right, available, right / len(worth), low, high)


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis of the drawing: its outer end, the place of its label and how that is anchored, and the point of the share."""

    number: int
    x: float
    y: float
    label_x: float
    label_y: float
    point_x: float
    point_y: float
    told: bool
    known: bool


def spokes(skills: Sequence[Skill]) -> list[Spoke]:
    """The axes, the first upwards, clockwise. A function without answers has its point in the middle."""
    count = max(len(skills), 1)
    found = []
    for place, one in enumerate(skills):
        angle = 2 * pi * place / count - pi / 2
        across, down = cos(angle), sin(angle)
        reach = RADIUS * (one.share or 0)
        found.append(
            Spoke(
                place + 1,
                *_at(across, down, RADIUS),
                *_at(across, down, RADIUS + LABEL_GAP),
                *_at(across, down, reach),
                one.told,
                one.share is not None,
            )
        )
    return found


def outline(points: Iterable[tuple[float, float]]) -> str:
    """The points of a polygon as SVG writes them."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def ring(count: int, share: float) -> str:
    """The polygon at this share of the radius, for the grid."""
    turns = [2 * pi * place / count - pi / 2 for place in range(count)]
    return outline(_at(cos(angle), sin(angle), RADIUS * share) for angle in turns)


def _at(across: float, down: float, reach: float) -> tuple[float, float]:
    return CENTRE_X + across * reach, CENTRE_Y + down * reach
