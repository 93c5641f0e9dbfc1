"""Quotas asked and met, in plain values that are stored with a paper and shown at the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carbonlearn.exams.rules.assembly import Assembly, Form
from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.rules.cells import hostile
from carbonlearn.exams.rules.drawing import most


def agreed_points(blueprint: Blueprint, assembly: Assembly) -> dict[str, int]:
    """The points, in hundredths, that each function was to bring."""
    names = [weight.function for weight in blueprint.functions]
    return dict(zip(names, assembly.targets, strict=True))


def proof_of(
    blueprint: Blueprint, assembly: Assembly, form: int = 0, histories: Sequence[frozenset[str]] = ()
) -> dict[str, Any]:
    """What one form was asked and what it met; of a short bank, what was asked and what is lacking."""
    items = assembly.forms[form] if assembly.forms else ()
    return {
        **_quotas(blueprint, items, agreed_points(blueprint, assembly)),
        "difficulty": _difficulty(blueprint, items),
        "mean_difficulty": mean_difficulty(blueprint, items),
        "shared": _shared(blueprint, assembly.forms, form),
        "seen": {
            "most": most(blueprint.drawing.seen_percent, blueprint.count),
            "met": max((sum(item.id in one for item in items) for one in histories), default=0),
        },
        "enemies": _enemies(items),
        "shortages": [
            {"function": one.function, "type": one.type, "difficulty": one.difficulty, "missing": one.count}
            for one in assembly.lacks
        ],
        "faults": [{"code": fault.code, **fault.facts} for fault in assembly.faults],
    }


def _quotas(blueprint: Blueprint, items: Form, asked: Mapping[str, int]) -> dict[str, Any]:
    worth = {quota.type: quota.points for quota in blueprint.types}
    by_type = Counter(item.type for item in items)
    points: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for item in items:
        points[item.function] += worth[item.type]
        lower[item.function] += worth[item.type] * item.lower
    return {
        "types": [
            {"type": quota.type, "points": quota.points, "asked": quota.count, "met": by_type[quota.type]}
            for quota in blueprint.types
        ],
        "functions": [
            {
                "function": weight.function,
                "percent": weight.percent,
                "asked": asked[weight.function],
                "met": points[weight.function],
                "lower": lower[weight.function],
                "lower_most": most(blueprint.drawing.lower_percent, asked[weight.function]),
            }
            for weight in blueprint.functions
        ],
        "items": {"asked": blueprint.count, "met": len(items)},
        "points": {"asked": blueprint.total_points, "met": sum(points.values())},
        "matrix": matrix_of(blueprint, items),
    }


def matrix_of(blueprint: Blueprint, items: Form) -> dict[str, dict[str, int]]:
    """How many items of each type every function has."""
    cells = Counter((item.function, item.type) for item in items)
    return {
        weight.function: {quota.type: cells[weight.function, quota.type] for quota in blueprint.types}
        for weight in blueprint.functions
    }


def _difficulty(blueprint: Blueprint, items: Form) -> list[dict[str, int]]:
    met = Counter(item.difficulty for item in items)
    bands = {one: blueprint.drawing.band(one, blueprint.count) for one, _ in blueprint.drawing.curve}
    return [
        {"difficulty": one, "asked": share, "low": bands[one][0], "high": bands[one][1], "met": met[one]}
        for one, share in blueprint.drawing.curve
    ]


def mean_difficulty(blueprint: Blueprint, items: Form) -> int:
    """The mean difficulty of a point, in hundredths; 0 of no items."""
    worth: Mapping[str, int] = {quota.type: quota.points for quota in blueprint.types}
    weighed = sum(worth[item.type] * item.difficulty for item in items)
    total = sum(worth[item.type] for item in items)
    return (weighed * 100 + total // 2) // total if total else 0


def _enemies(items: Form) -> dict[str, int]:
    """How many pairs of enemies met, and how many items of the bank were kept out by those that stand here."""
    there = {item.id for item in items}
    kept_out: frozenset[str] = frozenset().union(*(item.enemies for item in items)) - there
    return {"most": 0, "met": len(hostile(items)), "kept_out": len(kept_out)}


def _shared(blueprint: Blueprint, forms: Iterable[Form], form: int) -> list[dict[str, int]]:
    own, *_ = [{item.id for item in items} for place, items in enumerate(forms) if place == form] or [set()]
    limit = most(blueprint.drawing.shared_percent, blueprint.count)
    return [
        {"form": place + 1, "most": limit, "met": len(own & {item.id for item in items})}
        for place, items in enumerate(forms)
        if place != form
    ]
