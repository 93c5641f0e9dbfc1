"""Which ground of a lesson is covered: unions and gaps of spans. Positions are whole milliseconds, ends exclusive.

Source: domain paper, "Credited study time", rule 3: coverage counts, and the same part earns once.
"""

from __future__ import annotations

from collections.abc import Iterable

Stretch = tuple[int, int]


def merge(spans: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The union of the spans as ordered stretches that neither touch nor overlap; empty ones vanish."""
    merged: list[Stretch] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def covered(spans: Iterable[Stretch], length_ms: int) -> tuple[Stretch, ...]:
    """The union of the spans within a lesson of this length."""
    return merge((max(0, start), min(end, length_ms)) for start, end in spans)


def uncovered(spans: Iterable[Stretch], length_ms: int) -> tuple[Stretch, ...]:
    """The gaps: what of the lesson no span has followed yet."""
    gaps: list[Stretch] = []
    position = 0
    for start, end in covered(spans, length_ms):
        if start > position:
            gaps.append((position, start))
        position = end
    if position < length_ms:
        gaps.append((position, length_ms))
    return tuple(gaps)


def first_free(gaps: Iterable[Stretch], from_ms: int, to_ms: int) -> Stretch | None:
    """The first free ground that the stretch meets: from where it may earn, and the limit there. None when there is none."""
    for start, end in sorted(gaps):
        begin = max(start, from_ms)
        if begin < min(end, to_ms):
            return begin, end
    return None


def covered_ms(spans: Iterable[Stretch], length_ms: int) -> int:
    """How many milliseconds of the lesson are covered."""
    return sum(end - start for start, end in covered(spans, length_ms))
