"""From a blueprint, the items of the bank and a seed to one paper: same seed and same items, same paper.

Source: architecture paper, sections 2 and 3: order and choice by keyed hash of the seed, never by a random generator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as hmac_new

from carbonlearn.exams.rules.allocation import Allocation, allocate
from carbonlearn.exams.rules.blueprint import Blueprint, Shortage


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What choosing needs to know of an item; the higher ``difficulty``, the harder."""

    id: str
    function: str
    type: str
    difficulty: int = 0


@dataclass(frozen=True, slots=True)
class Assembly:
    """The items in paper order and the proof: quotas asked and met. Without items where the bank is short."""

    items: tuple[ItemFacts, ...]
    allocation: Allocation
    proof: Mapping[str, object]
    reused: tuple[str, ...] = ()

    @property
    def shortages(self) -> tuple[Shortage, ...]:
        """What the bank lacks; empty when the paper stands."""
        return self.allocation.shortages


def order_key(seed: bytes, item_id: str) -> bytes:
    """The place of an item under a seed: HMAC-SHA256, so that nobody without the seed can foretell it."""
    return hmac_new(seed, item_id.encode(), sha256).digest()


def supply_counts(items: Iterable[ItemFacts]) -> Counter[tuple[str, str]]:
    """How many items there are for each function and type."""
    return Counter((item.function, item.type) for item in items)


def assemble(
    blueprint: Blueprint, items: Iterable[ItemFacts], seed: bytes, avoid: frozenset[str] = frozenset()
) -> Assembly:
    """The paper. Items in ``avoid`` are used only where the bank has no others; difficulty is spread inside each cell.

    Types come in blueprint order, items of a type in the order of their keyed hash. An id that occurs twice counts once.
    """
    bank = list({item.id: item for item in items}.values())
    fresh = [item for item in bank if item.id not in avoid]
    allocation = allocate(blueprint, supply_counts(fresh))
    if not allocation.feasible and len(fresh) < len(bank):
        allocation = allocate(blueprint, supply_counts(bank))
    if not allocation.feasible:
        return Assembly((), allocation, proof(blueprint, allocation, ()))
    chosen: list[ItemFacts] = []
    for function, row in allocation.matrix.items():
        for item_type, count in row.items():
            cell = [item for item in bank if (item.function, item.type) == (function, item_type)]
            chosen.extend(_choose(cell, count, seed, avoid))
    place = {quota.type: number for number, quota in enumerate(blueprint.types)}
    ordered = tuple(sorted(chosen, key=lambda item: (place[item.type], order_key(seed, item.id))))
    reused = tuple(item.id for item in ordered if item.id in avoid)
    return Assembly(ordered, allocation, proof(blueprint, allocation, ordered), reused)


def _choose(cell: list[ItemFacts], count: int, seed: bytes, avoid: frozenset[str]) -> list[ItemFacts]:
    """Unseen items first; among them one of each difficulty in turn, each difficulty in the order of the keyed hash."""
    by_hash = sorted(cell, key=lambda item: order_key(seed, item.id))
    turn: Counter[tuple[bool, int]] = Counter()
    ranked: list[tuple[bool, int, int, ItemFacts]] = []
    for place, item in enumerate(by_hash):
        seen = item.id in avoid
        ranked.append((seen, turn[seen, item.difficulty], place, item))
        turn[seen, item.difficulty] += 1
    return [item for *_, item in sorted(ranked, key=lambda entry: entry[:3])[:count]]


def proof(blueprint: Blueprint, allocation: Allocation, items: tuple[ItemFacts, ...]) -> dict[str, object]:
    """Quotas asked and met, in plain values that can be stored: counts by type, points by function, totals."""
    worth = {quota.type: quota.points for quota in blueprint.types}
    by_type = Counter(item.type for item in items)
    points: Counter[str] = Counter()
    for item in items:
        points[item.function] += worth[item.type]
    return {
        "types": [
            {"type": quota.type, "points": quota.points, "asked": quota.count, "met": by_type[quota.type]}
            for quota in blueprint.types
        ],
        "functions": [
            {
                "function": weight.function,
                "percent": weight.percent,
                "asked": allocation.points[weight.function],
                "met": points[weight.function],
            }
            for weight in blueprint.functions
        ],
        "items": {"asked": blueprint.count, "met": len(items)},
        "points": {"asked": blueprint.total_points, "met": sum(points.values())},
        "matrix": {function: dict(row) for function, row in allocation.matrix.items()},
        "shortages": [
            {"function": one.function, "type": one.type, "needed": one.needed, "available": one.available}
            for one in allocation.shortages
        ],
    }
