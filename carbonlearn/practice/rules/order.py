"""Which item of a chapter comes next, and how far one is. The order is each learner's own and never changes, so one finds back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Place:
    """An item as ordering sees it; items of one case stay together."""

    id: str
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one is in a chapter: ``round`` counts from one; ``done`` of ``total`` items in this round; ``seen`` ever."""

    total: int
    done: int
    seen: int
    round: int
    next_id: str | None


def in_order(places: Iterable[Place], owner: str) -> list[str]:
    """The ids in this learner's order: mixed by a keyed hash, cases whole."""

    def turn(word: str) -> str:
        return sha256(f"{owner}:{word}".encode()).hexdigest()

    ranked = sorted(places, key=lambda place: (turn(place.case_id or place.id), place.id))
    return [place.id for place in ranked]


def progress(order: Sequence[str], times: Mapping[str, int]) -> Progress:
    """Where one is: the first item answered least often is next. ``times``: how often each was answered in this chapter.

    Nothing is next in a chapter without items. A round is over when every item was answered as often as it.
    """
    if not order:
        return Progress(0, 0, 0, 1, None)
    counts = [times.get(item_id, 0) for item_id in order]
    fewest = min(counts)
    done = sum(count > fewest for count in counts)
    seen = sum(count > 0 for count in counts)
    return Progress(len(order), done, seen, fewest + 1, order[counts.index(fewest)])


def after(order: Sequence[str], item_id: str) -> str | None:
    """The item behind this one, the first behind the last; None where there is no other."""
    if not order or list(order) == [item_id]:
        return None
    place = order.index(item_id) if item_id in order else -1
    return order[(place + 1) % len(order)]
