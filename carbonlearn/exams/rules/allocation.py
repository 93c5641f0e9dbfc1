"""How many items of each type every function contributes: exact in counts and points, and as near to proportional as that allows.

Source: domain paper, "Papers and marks": functions follow the weights by points. Deterministic: no randomness decides anything here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from carbonlearn.exams.rules.blueprint import Blueprint, Cell, Shortage, function_points, supply_of

Row = tuple[int, ...]  # a count for each type
NODE_LIMIT = 3_000  # search steps; what a bank can meet at all is met in a few dozen
NUDGES = 3


@dataclass(frozen=True, slots=True)
class Allocation:
    """``matrix[function][type]`` is a count; on a shortage it is what would be asked, and ``shortages`` what is missing of it.

    ``points`` are the targets that were met, which differ from the weights only where those cannot be represented.
    """

    matrix: dict[str, dict[str, int]]
    points: dict[str, int]
    shortages: tuple[Shortage, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether the bank can bring what the matrix asks."""
        return not self.shortages


class _Search:
    """Depth first, one function after another; each takes the row nearest to its share of what is left. Dead ends are remembered."""

    def __init__(self, points: Row, targets: Row, supply: tuple[Row, ...]) -> None:
        self.points, self.targets, self.supply = points, targets, supply
        self.dead: set[tuple[int, Row]] = set()
        self.steps = 0
        self.later = [
            tuple(sum(row[place] for row in supply[start:]) for place in range(len(points)))
            for start in range(len(supply) + 1)
        ]

    def run(self, left: Row, at: int = 0) -> tuple[Row, ...] | None:
        """Rows for the functions from ``at`` on that use up exactly what is left, or None."""
        if at == len(self.targets) - 1:
            fits = all(count <= have for count, have in zip(left, self.supply[at], strict=True))
            return (left,) if fits else None
        if (at, left) in self.dead or self.steps > NODE_LIMIT:
            return None
        self.steps += 1
        for row in self._rows(left, at):
            rest = tuple(have - used for have, used in zip(left, row, strict=True))
            if all(count <= have for count, have in zip(rest, self.later[at + 1], strict=True)):
                found = self.run(rest, at + 1)
                if found is not None:
                    return (row, *found)
        self.dead.add((at, left))
        return None

    def _rows(self, left: Row, at: int) -> list[Row]:
        """All rows worth exactly the target, the nearest to proportional first."""
        room = tuple(min(count, have) for count, have in zip(left, self.supply[at], strict=True))
        target, total = self.targets[at], sum(self.targets[at:])

        def distance(row: Row) -> tuple[int, Row]:
            return sum(
                (count * total - have * target) ** 2 for count, have in zip(row, left, strict=True)
            ), row

        return sorted(_worth(self.points, room, target), key=distance)


def _worth(points: Row, room: Row, target: int) -> Iterator[Row]:
    """Every row of at most ``room`` items that is worth exactly ``target``."""
    if not points:
        if target == 0:
            yield ()
        return
    most_after = sum(worth * count for worth, count in zip(points[1:], room[1:], strict=True))
    lowest = max(0, -(-(target - most_after) // points[0]))
    for count in range(lowest, min(room[0], target // points[0]) + 1):
        for rest in _worth(points[1:], room[1:], target - count * points[0]):
            yield (count, *rest)


def allocate(blueprint: Blueprint, supply: Mapping[Cell, int]) -> Allocation:
    """The matrix for a proved blueprint and the number of items in the bank for each (function, type).

    First the ideal is found, as if the bank were endless. If the bank has it, it is taken; if not, the nearest that the bank can
    bring; and if there is none, the shortages are those of the ideal. Raises ValueError where no split of the items comes near
    the weights at all.
    """
    functions = [weight.function for weight in blueprint.functions]
    types = [quota.type for quota in blueprint.types]
    need = tuple(quota.count for quota in blueprint.types)
    endless = tuple(need for _ in functions)
    stock = tuple(tuple(supply_of(supply, function, name) for name in types) for function in functions)
    points = tuple(quota.points for quota in blueprint.types)
    targets, ideal = _ideal(blueprint, points, need, endless)
    rows = ideal if all(map(_fits, ideal, stock)) else _from_bank(points, targets, stock, need)
    kept = (
        _smooth(rows, points, targets, stock)
        if rows is not None
        else _smooth(ideal, points, targets, endless)
    )
    matrix = {name: dict(zip(types, row, strict=True)) for name, row in zip(functions, kept, strict=True)}
    return Allocation(
        matrix, dict(zip(functions, targets, strict=True)), _shortages(matrix, supply) if rows is None else ()
    )


def _from_bank(points: Row, targets: Row, stock: tuple[Row, ...], need: Row) -> tuple[Row, ...] | None:
    """Rows within the bank, or None. What one function or one type alone rules out is seen before any search."""
    for have, target in zip(stock, targets, strict=True):
        if next(_worth(points, tuple(map(min, have, need)), target), None) is None:
            return None
    if any(sum(column) < count for column, count in zip(zip(*stock, strict=True), need, strict=True)):
        return None
    return _Search(points, targets, stock).run(need)


def _ideal(
    blueprint: Blueprint, points: Row, need: Row, endless: tuple[Row, ...]
) -> tuple[Row, tuple[Row, ...]]:
    """Targets and rows without regard to the bank; targets that no items can make give way by the fewest steps of the grain."""
    wished = tuple(function_points(blueprint).values())
    for targets in _near(wished, blueprint.grain):
        rows = _Search(points, targets, endless).run(need)
        if rows is not None:
            return targets, rows
    raise ValueError("no split of these items over these functions comes near the weights")


def _near(targets: Row, grain: int) -> Iterator[Row]:
    """The targets themselves, then moved by one to three grains from one function to another, smallest moves first."""
    yield targets
    for steps in range(1, NUDGES + 1):
        for giver, taker in ((a, b) for a, b in product(range(len(targets)), repeat=2) if a != b):
            moved = list(targets)
            moved[giver] -= steps * grain
            moved[taker] += steps * grain
            if min(moved) >= 0:
                yield tuple(moved)


def _smooth(rows: tuple[Row, ...], points: Row, targets: Row, stock: tuple[Row, ...]) -> tuple[Row, ...]:
    """Exchange equally worth bundles between two functions while that brings the matrix nearer to proportional."""
    need, total = tuple(map(sum, zip(*rows, strict=True))), sum(targets) or 1
    bundles = [
        bundle
        for bundle in product(range(-3, 4), repeat=len(points))
        if any(bundle) and _value(bundle, points) == 0
    ]
    current, improved = [*rows], True

    def cost(row: Row, at: int) -> int:
        return sum(
            (count * total - wanted * targets[at]) ** 2 for count, wanted in zip(row, need, strict=True)
        )

    while improved:
        improved = False
        for one, two in combinations(range(len(current)), 2):
            before = cost(current[one], one) + cost(current[two], two)
            for bundle in bundles:
                first, second = _shift(current[one], bundle, 1), _shift(current[two], bundle, -1)
                if (
                    _fits(first, stock[one])
                    and _fits(second, stock[two])
                    and cost(first, one) + cost(second, two) < before
                ):
                    current[one], current[two], improved = first, second, True
                    break
    return tuple(current)


def _value(bundle: Row, points: Row) -> int:
    return sum(count * worth for count, worth in zip(bundle, points, strict=True))


def _shift(row: Row, bundle: Row, sign: int) -> Row:
    return tuple(count + sign * change for count, change in zip(row, bundle, strict=True))


def _fits(row: Row, stock: Row) -> bool:
    return all(0 <= count <= have for count, have in zip(row, stock, strict=True))


def _shortages(matrix: Mapping[str, Mapping[str, int]], supply: Mapping[Cell, int]) -> tuple[Shortage, ...]:
    return tuple(
        Shortage(function, name, count, supply_of(supply, function, name))
        for function, row in matrix.items()
        for name, count in row.items()
        if count > supply_of(supply, function, name)
    )
