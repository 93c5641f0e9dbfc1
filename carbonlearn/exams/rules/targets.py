"""The points that each function brings: its weight, or as near to it as whole items come."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from carbonlearn.core.program import Program
from carbonlearn.exams.rules.blueprint import Blueprint, function_points

Solve = Callable[[Program], tuple[int, ...] | None]
STEP = 1 << 10  # of a grain off the weight; what is added below it only decides between equals


@lru_cache(maxsize=256)
def targets_of(blueprint: Blueprint, solve: Solve) -> tuple[int, ...]:
    """In hundredths and in blueprint order. Where the items cannot make the rounded weights, the fewest grains are moved."""
    program, grain = Program(), blueprint.grain
    wished = tuple(function_points(blueprint).values())
    columns = [[program.column(quota.count) for quota in blueprint.types] for _ in wished]
    for place, quota in enumerate(blueprint.types):
        program.row([(row[place], 1) for row in columns], quota.count, quota.count)
    units = blueprint.points // grain
    for place, (row, wish) in enumerate(zip(columns, wished, strict=True)):
        under, over = program.column(units, STEP + place), program.column(units, STEP + place * (place + 2))
        terms = [(at, quota.points // grain) for at, quota in zip(row, blueprint.types, strict=True)]
        program.row([*terms, (under, 1), (over, -1)], wish // grain, wish // grain)
    values = solve(program)
    if values is None:
        raise ValueError("no items can be shared out over these functions")
    return tuple(
        sum(values[at] * quota.points for at, quota in zip(row, blueprint.types, strict=True))
        for row in columns
    )
