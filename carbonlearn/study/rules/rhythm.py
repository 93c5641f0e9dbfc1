"""The rhythm of beats: the interval that the server tells, and the sums that keep what came of it.

An honest page beats when it was told to, and the told intervals vary; so its own intervals vary, and with them. All sums are of
milliseconds, their squares and their products: enough for a variance and a slope, added up without keeping a beat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

LOW_SECONDS, HIGH_SECONDS = 16, 21


def interval_seconds(chance: int) -> int:
    """The interval for a whole number out of a keyed hash: 16 to 21 seconds, each as likely."""
    return LOW_SECONDS + chance % (HIGH_SECONDS - LOW_SECONDS + 1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How many beats, the sums of their intervals and of the intervals told, of both squares and of the product."""

    beats: int = 0
    sum_ms: int = 0
    sq: int = 0
    told_sum_ms: int = 0
    told_sq: int = 0
    told_rhythm: int = 0

    def with_beat(self, interval_ms: int, told_ms: int) -> Rhythm:
        """The sums with one more beat."""
        return Rhythm(
            self.beats + 1,
            self.sum_ms + interval_ms,
            self.sq + interval_ms**2,
            self.told_sum_ms + told_ms,
            self.told_sq + told_ms**2,
            self.told_rhythm + interval_ms * told_ms,
        )

    @property
    def deviation_ms(self) -> float:
        """The standard deviation of the intervals; 0 without beats."""
        return sqrt(max(0, self.beats * self.sq - self.sum_ms**2)) / self.beats if self.beats else 0.0

    @property
    def slope(self) -> float | None:
        """By how much an interval grew for each millisecond more that was told; None where the told ones were all alike."""
        spread = self.beats * self.told_sq - self.told_sum_ms**2
        product = self.beats * self.told_rhythm - self.sum_ms * self.told_sum_ms
        return product / spread if spread > 0 else None

    @property
    def slope_error(self) -> float:
        """The standard error of the slope, from how far the intervals lie from the line; 0 where there is no slope to speak of."""
        spread = self.beats * self.told_sq - self.told_sum_ms**2
        if spread <= 0 or self.beats < 3:
            return 0.0
        product = self.beats * self.told_rhythm - self.sum_ms * self.told_sum_ms
        unexplained = self.beats * self.sq - self.sum_ms**2 - product * product / spread
        return sqrt(max(0.0, unexplained) / (self.beats - 2) / spread)


def total(rhythms: Iterable[Rhythm]) -> Rhythm:
    """The rhythms of several spans as one."""
    parts = [
        (one.beats, one.sum_ms, one.sq, one.told_sum_ms, one.told_sq, one.told_rhythm) for one in rhythms
    ]
    return Rhythm(*(sum(column) for column in zip(*parts, strict=True))) if parts else Rhythm()
