"""How large a mock paper the pool can carry: the whole one, or the largest in exact proportion to it.

In proportion means that every type's count shrinks by the same fraction and stays whole, and with it points, pass mark and minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import gcd

from carbonlearn.exams.rules.allocation import Allocation, allocate
from carbonlearn.exams.rules.blueprint import Blueprint, Cell, Shortage


@dataclass(frozen=True, slots=True)
class Scale:
    """``parts`` of ``whole`` equal parts of the real paper; ``parts`` 0 where not even one part stands. ``missing`` is what the
    whole paper lacks."""

    parts: int
    whole: int
    blueprint: Blueprint | None
    missing: tuple[Shortage, ...]

    @property
    def is_whole(self) -> bool:
        return self.parts == self.whole

    def of(self, amount: int) -> int:
        """So much of an amount, rounded half up to a whole."""
        return (2 * amount * self.parts + self.whole) // (2 * self.whole)


def scale_of(blueprint: Blueprint, supply: Mapping[Cell, int]) -> Scale:
    """The largest proportion of a proved blueprint that this supply can carry."""
    missing: tuple[Shortage, ...] = ()
    whole = _whole(blueprint)
    for parts, smaller in proportions(blueprint):
        found = _tried(smaller, supply)
        if found is not None and found.feasible:
            return Scale(parts, whole, smaller, missing)
        if parts == whole and found is not None:
            missing = found.shortages
    return Scale(0, whole, None, missing)


def proportions(blueprint: Blueprint) -> Iterator[tuple[int, Blueprint]]:
    """The blueprint and every smaller one in exact proportion, the largest first, with its number of parts."""
    whole = _whole(blueprint)
    for parts in range(whole, 0, -1):
        types = tuple(replace(quota, count=quota.count * parts // whole) for quota in blueprint.types)
        points = sum(quota.count * quota.points for quota in types)
        yield parts, replace(blueprint, types=types, total_points=points, item_count=None)


def _whole(blueprint: Blueprint) -> int:
    return gcd(*(quota.count for quota in blueprint.types)) or 1


def _tried(blueprint: Blueprint, supply: Mapping[Cell, int]) -> Allocation | None:
    try:
        return allocate(blueprint, supply)
    except ValueError:  # no split of so few items comes near the weights
        return None
