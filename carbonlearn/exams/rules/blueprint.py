"""The specification of a paper: how many items of which type and worth, and how the points are split over functions.

Source: domain paper, "Papers and marks"; weights as in the national standard's tables. Points are whole hundredths throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from carbonlearn.core.decision import Reason
from carbonlearn.exams.rules.drawing import FREE, Drawing, faults_of, most


@dataclass(frozen=True, slots=True)
class TypeQuota:
    """So many items of a type, each worth ``points`` hundredths."""

    type: str
    count: int
    points: int


@dataclass(frozen=True, slots=True)
class FunctionWeight:
    """The share of the points, in percent, that a competence function takes."""

    function: str
    percent: int


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Types in the order of the paper, functions in the order of their table, and what it all must add up to."""

    types: tuple[TypeQuota, ...]
    functions: tuple[FunctionWeight, ...]
    total_points: int
    item_count: int | None = None
    drawing: Drawing = FREE

    @property
    def count(self) -> int:
        """How many items the types ask for."""
        return sum(quota.count for quota in self.types)

    @property
    def points(self) -> int:
        """What the types add up to, in hundredths."""
        return sum(quota.count * quota.points for quota in self.types)

    @property
    def grain(self) -> int:
        """The smallest step in which points can be shared out: the greatest common divisor of the items' points."""
        return gcd(*(quota.points for quota in self.types if quota.count))


def prove(blueprint: Blueprint) -> tuple[Reason, ...]:
    """Every fault of the specification, none when it holds: each total is proved before a blueprint is saved."""
    faults: list[Reason] = []
    for quota in blueprint.types:
        if quota.count < 0 or quota.points <= 0:
            faults.append(
                Reason(
                    "type_out_of_bounds", {"type": quota.type, "count": quota.count, "points": quota.points}
                )
            )
    for weight in blueprint.functions:
        if not 0 < weight.percent <= 100:
            faults.append(
                Reason("weight_out_of_bounds", {"function": weight.function, "percent": weight.percent})
            )
    faults.extend(_repeated("type_repeated", [quota.type for quota in blueprint.types]))
    faults.extend(_repeated("function_repeated", [weight.function for weight in blueprint.functions]))
    faults.extend(_totals(blueprint))
    faults.extend(faults_of(blueprint.drawing))
    faults.extend(_too_many_must(blueprint))
    return tuple(faults)


def _too_many_must(blueprint: Blueprint) -> list[Reason]:
    """Items that must stand in every form are shared by any two of them."""
    must, drawing = len(set(blueprint.drawing.must)), blueprint.drawing
    room = blueprint.count if drawing.forms == 1 else most(drawing.shared_percent, blueprint.count)
    return [Reason("too_many_must", {"found": must, "most": room})] if must > max(room, 0) else []


def _repeated(code: str, names: list[str]) -> list[Reason]:
    return [Reason(code, {"name": name}) for name in sorted(set(names)) if names.count(name) > 1]


def _totals(blueprint: Blueprint) -> list[Reason]:
    percent = sum(weight.percent for weight in blueprint.functions)
    checks = [
        ("count_differs", blueprint.item_count or blueprint.count, blueprint.count),
        ("points_differ", blueprint.total_points, blueprint.points),
        ("weights_differ", 100, percent),
    ]
    faults = [
        Reason(code, {"asked": asked, "found": found}) for code, asked, found in checks if asked != found
    ]
    return faults if blueprint.count else [*faults, Reason("no_items")]


def function_points(blueprint: Blueprint) -> dict[str, int]:
    """What each function must bring, in hundredths; the sum is always the blueprint's points.

    The exact share where it is a multiple of the grain, else the nearest by largest remainder (ties to the earlier function).
    """
    grain = blueprint.grain
    units = blueprint.points // grain
    exact = {
        weight.function: units * weight.percent for weight in blueprint.functions
    }  # in hundredths of a unit
    whole = {function: share // 100 for function, share in exact.items()}
    left = units - sum(whole.values())
    by_remainder = sorted(
        exact, key=lambda function: -(exact[function] % 100)
    )  # stable: the earlier function first
    for function in by_remainder[:left]:
        whole[function] += 1
    return {function: count * grain for function, count in whole.items()}
