"""Points for an objective answer, by rule alone. Points are whole hundredths, never floats.

Source: domain paper, "Papers and marks": multiple choice earns for the exact set or nothing (ours, a setting of the programme).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SINGLE = "single-choice"
TRUE_FALSE = "true-false"
MULTIPLE = "multiple-choice"
OBJECTIVE = frozenset({SINGLE, TRUE_FALSE, MULTIPLE})

Answer = frozenset[str] | bool | None


class MultiplePolicy(StrEnum):
    """EXACT: the exact set or nothing. PARTIAL: part of the set, with nothing wrong in it, earns its share (少选得分，错选不得分)."""

    EXACT = "exact"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Key:
    """What is right: the letters, or the truth value. A voided item earns everyone full points."""

    correct: frozenset[str] | bool
    voided: bool = False


@dataclass(frozen=True, slots=True)
class AutoMark:
    """Points in hundredths, and why: right, partly_right, wrong, blank, voided."""

    points: int
    code: str


def auto_mark(
    item_type: str, key: Key, answer: Answer, points: int, policy: MultiplePolicy = MultiplePolicy.EXACT
) -> AutoMark:
    """The mark of one answer; ``points`` is what full marks are. Raises ValueError for a type that people mark or a key of
    another shape than its type."""
    if item_type not in OBJECTIVE or isinstance(key.correct, bool) != (item_type == TRUE_FALSE):
        raise ValueError(f"no rule marks {item_type!r} by this key")
    if key.voided:
        return AutoMark(points, "voided")
    if answer is None or answer == frozenset():
        return AutoMark(0, "blank")
    if type(answer) is type(key.correct) and answer == key.correct:
        return AutoMark(points, "right")
    if item_type == MULTIPLE and policy is MultiplePolicy.PARTIAL:
        return _partial(key.correct, answer, points)
    return AutoMark(0, "wrong")


def _partial(correct: frozenset[str] | bool, answer: Answer, points: int) -> AutoMark:
    """The share of the right letters that were chosen, rounded down to a hundredth; one wrong letter forfeits all."""
    if isinstance(correct, bool) or not isinstance(answer, frozenset) or not answer < correct:
        return AutoMark(0, "wrong")
    return AutoMark(points * len(answer) // len(correct), "partly_right")
