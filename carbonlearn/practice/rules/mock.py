"""How large a mock paper may be: the whole one, or smaller ones in exact proportion to it.

In proportion means that every type's count shrinks by the same fraction and stays whole, and with it points, pass mark and minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import gcd

from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.rules.cells import ItemFacts

ALL = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """``parts`` of ``whole`` equal parts of the real paper; no parts where not even one stands."""

    parts: int
    whole: int

    @property
    def is_whole(self) -> bool:
        return self.parts == self.whole

    def of(self, amount: int) -> int:
        """So much of an amount, rounded half up to a whole."""
        return (2 * amount * self.parts + self.whole) // (2 * self.whole)


def for_mock(blueprint: Blueprint) -> Blueprint:
    """The blueprint as a mock keeps to it: one form, no single items named (those are of the exam pool), and what was met in earlier
    mocks is avoided but never forbidden."""
    drawing = replace(blueprint.drawing, forms=1, must=(), must_not=(), seen_percent=ALL, shared_percent=ALL)
    return replace(blueprint, drawing=drawing)


def without_curve(blueprint: Blueprint) -> Blueprint:
    """The same with difficulties left open."""
    return replace(blueprint, drawing=replace(blueprint.drawing, curve=()))


def proportions(blueprint: Blueprint) -> Iterator[tuple[Scale, Blueprint]]:
    """The blueprint and every smaller one in exact proportion, the largest first."""
    whole = gcd(*(quota.count for quota in blueprint.types)) or 1
    for parts in range(whole, 0, -1):
        types = tuple(replace(quota, count=quota.count * parts // whole) for quota in blueprint.types)
        points = sum(quota.count * quota.points for quota in types)
        yield Scale(parts, whole), replace(blueprint, types=types, total_points=points, item_count=None)


def may_suffice(blueprint: Blueprint, items: Iterable[ItemFacts]) -> bool:
    """Whether there are items enough of every type, which is soon told; whether they fit together is another matter."""
    there = Counter(item.type for item in items)
    return all(there[quota.type] >= quota.count for quota in blueprint.types)
