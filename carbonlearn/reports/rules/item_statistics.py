"""What the answers of many say about an item: how hard it was, whether it told the able from the others, and which options nobody took.

Source: classical test theory. Facility is the mean share of the points; discrimination the correlation of the item's points with the
points of the rest of the paper, so that an item is never compared with itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import StatisticsError, correlation, fmean

ENOUGH = 30  # answers; below, a figure says more about chance than about the item
TOO_HARD, TOO_EASY = 0.2, 0.95
WEAK = 0.1


class Flag(StrEnum):
    """Why a person should look at an item. None of them changes a mark."""

    FEW = "few"  # too few answers to judge
    REVERSED = "reversed"  # the able get it wrong: often a wrong key
    WEAK = "weak"
    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    IDLE = "idle"  # an option that nobody took
    STRONGER = "stronger"  # a wrong option that more took than the key


@dataclass(frozen=True, slots=True)
class Answered:
    """One released answer: its points and what was possible, the points of the rest of the paper (hundredths), the options chosen."""

    points: int
    possible: int
    rest: int
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """``facility`` from 0 to 1; ``discrimination`` from -1 to 1, None where all did the same; how often each option was taken."""

    count: int
    facility: float
    discrimination: float | None
    chosen: Mapping[str, int]


def statistics_of(answers: Sequence[Answered]) -> ItemStatistics:
    """The figures of an item over the answers to it; of none they are 0."""
    shares = [answer.points / answer.possible for answer in answers]
    chosen = Counter(letter for answer in answers for letter in answer.chosen)
    return ItemStatistics(
        len(answers),
        fmean(shares) if shares else 0.0,
        _correlation(shares, [answer.rest for answer in answers]),
        dict(sorted(chosen.items())),
    )


def _correlation(shares: Sequence[float], rests: Sequence[int]) -> float | None:
    try:
        return correlation(shares, rests)
    except StatisticsError:
        return None


def flags_of(found: ItemStatistics, key: Collection[str], options: Iterable[str]) -> tuple[Flag, ...]:
    """What is odd about an item, the gravest first. ``options`` are all letters, ``key`` the right ones; both empty for an item without."""
    if found.count < ENOUGH:
        return (Flag.FEW,)
    told = found.discrimination
    wrong = [letter for letter in options if letter not in key]
    least = min((found.chosen.get(letter, 0) for letter in key), default=0)
    checks = (
        (Flag.REVERSED, told is not None and told < 0),
        (Flag.STRONGER, any(found.chosen.get(letter, 0) > least for letter in wrong)),
        (Flag.TOO_HARD, found.facility < TOO_HARD),
        (Flag.TOO_EASY, found.facility > TOO_EASY),
        (Flag.WEAK, told is not None and 0 <= told < WEAK),
        (Flag.IDLE, any(letter not in found.chosen for letter in wrong)),
    )
    return tuple(flag for flag, holds in checks if holds)
