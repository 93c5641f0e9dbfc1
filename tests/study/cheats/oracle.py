"""The most that wall clock and coverage allow, worked out without any rule of the product.

Every second of time can be spent once, on ground that somebody claimed to follow in it, and every second of ground can be paid once.
That is a flow: from time, through claims, to ground. Its greatest value is what a learner could have earned at the very best; a server
that credits a second more has been cheated, whatever its rules say. All figures are whole milliseconds.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LONGEST_SILENCE_MS = 65_000
"""What is published: of a stretch that nobody spoke of for longer, nothing is known."""

Node = tuple[Any, ...]
SOURCE: Node = ("time",)
SINK: Node = ("ground",)


@dataclass(frozen=True, slots=True)
class Claim:
    """From when to when somebody says to have followed a lesson, and from where to where in it."""

    lesson: str
    began: int
    ended: int
    from_ms: int
    to_ms: int


def most_ms(claims: Sequence[Claim], lengths: dict[str, int]) -> int:
    """The greatest credit that time and ground allow for these claims of one learner."""
    heard = [claim for claim in claims if 0 < claim.ended - claim.began <= LONGEST_SILENCE_MS]
    room: dict[Node, dict[Node, int]] = defaultdict(lambda: defaultdict(int))
    for number, claim in enumerate(heard):
        here: Node = ("claim", number)
        for start, end in _pieces((one.began, one.ended) for one in heard):
            if claim.began <= start and end <= claim.ended:
                room[SOURCE]["time", start] = end - start
                room["time", start][here] = end - start
        ground = [_within(one, lengths) for one in heard if one.lesson == claim.lesson]
        first, last = _within(claim, lengths)
        for start, end in _pieces(ground):
            if first <= start and end <= last:
                room[here]["place", claim.lesson, start] = end - start
                room["place", claim.lesson, start][SINK] = end - start
    return _greatest_flow(room)


def _within(claim: Claim, lengths: dict[str, int]) -> tuple[int, int]:
    return max(0, claim.from_ms), min(claim.to_ms, lengths[claim.lesson])


def _pieces(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The line cut wherever a stretch begins or ends."""
    return list(pairwise(sorted({edge for stretch in stretches for edge in stretch})))


def _greatest_flow(room: dict[Node, dict[Node, int]]) -> int:
    """Edmonds and Karp: fill the shortest way that has room until there is none."""
    total = 0
    while way := _way(room):
        amount = min(room[here][there] for here, there in pairwise(way))
        for here, there in pairwise(way):
            room[here][there] -= amount
            room[there][here] += amount
        total += amount
    return total


def _way(room: dict[Node, dict[Node, int]]) -> list[Node]:
    """The shortest way from time to ground along which something can still flow; empty when there is none."""
    before: dict[Node, Node] = {SOURCE: SOURCE}
    waiting = deque([SOURCE])
    while waiting and SINK not in before:
        here = waiting.popleft()
        for there, left in room[here].items():
            if left > 0 and there not in before:
                before[there] = here
                waiting.append(there)
    if SINK not in before:
        return []
    way = [SINK]
    while way[-1] != SOURCE:
        way.append(before[way[-1]])
    return way[::-1]
