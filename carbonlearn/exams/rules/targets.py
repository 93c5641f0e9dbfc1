"""The points that each function brings: its weight, or as near to it as whole items come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from carbonlearn.core.program import Program
from carbonlearn.exams.rules.blueprint import Blueprint, function_points

Solve = Callable[[Program], tuple[int, ...] | None]


@lru_cache(maxsize=256)
def targets_of(blueprint: Blueprint, solve: Solve) -> tuple[int, ...]:
    """In hundredths and in blueprint order. Where the items cannot make the rounded weights, the fewest grains are moved; of moves that
    are as short, the one by which the earlier functions have the more."""
    program, columns = _division(blueprint)
    wished = tuple(function_points(blueprint).values())
    for row, wish in zip(columns, wished, strict=True):
        under, over = program.column(blueprint.points, 1), program.column(blueprint.points, 1)
        program.row([*_worth(blueprint, row), (under, 1), (over, -1)], wish, wish)
    moved = _least(program, solve)
    if not moved:
        return wished
    program.row([(at, 1) for at, cost in enumerate(program.costs) if cost], high=moved)
    return _earliest(blueprint, program, columns, solve)


def _division(blueprint: Blueprint) -> tuple[Program, list[list[int]]]:
    """How many items of each type every function has: the program and its columns, a row for each function."""
    program = Program()
    columns = [[program.column(quota.count) for quota in blueprint.types] for _ in blueprint.functions]
    for place, quota in enumerate(blueprint.types):
        program.row([(row[place], 1) for row in columns], quota.count, quota.count)
    return program, columns


def _worth(blueprint: Blueprint, row: Sequence[int]) -> list[tuple[int, int]]:
    return [(at, quota.points) for at, quota in zip(row, blueprint.types, strict=True)]


def _least(program: Program, solve: Solve) -> int:
    values = solve(program)
    if values is None:
        raise ValueError("no items can be shared out over these functions")
    return program.cost(values)


def _earliest(
    blueprint: Blueprint, program: Program, columns: Sequence[Sequence[int]], solve: Solve
) -> tuple[int, ...]:
    """The most for the first function, then for the second, and so on: one answer alone is that."""
    found = []
    for row in columns:
        program.costs = [0] * len(program.costs)
        for at, points in _worth(blueprint, row):
            program.costs[at] = -points
        found.append(-_least(program, solve))
        program.row(_worth(blueprint, row), found[-1], found[-1])
    return tuple(found)
