"""How results of a window spread: counts in half-open bins of five points, for a chart with the pass line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BIN = 500  # hundredths: five points
FULL = 10_000


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts by bin from 0 to 100 points, and the figures beside the chart, in hundredths."""

    counts: tuple[int, ...]
    pass_bin: int
    passed: int
    failed: int
    mean: int
    median: int
    highest: int


def spread(totals: Sequence[int], pass_points: int) -> Spread:
    """Fold totals (hundredths). The last bin holds full marks as well. An empty window gives zeros."""
    ordered = sorted(totals)
    counts = [0] * (FULL // BIN)
    for total in ordered:
        counts[min(total // BIN, len(counts) - 1)] += 1
    passed = sum(total >= pass_points for total in ordered)
    middle = len(ordered) // 2
    median = (ordered[middle] + ordered[-middle - 1]) // 2 if ordered else 0
    mean = sum(ordered) // len(ordered) if ordered else 0
    return Spread(
        tuple(counts),
        pass_points // BIN,
        passed,
        len(ordered) - passed,
        mean,
        median,
        ordered[-1] if ordered else 0,
    )
