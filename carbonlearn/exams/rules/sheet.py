"""The editor's sheet read: from what was typed to a blueprint, or the fields that hold no number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota
from carbonlearn.exams.rules.drawing import DIFFICULTIES, Drawing

TYPES = ("single-choice", "true-false", "multiple-choice", "short-answer")
WHOLE = ("tolerance", "lower_percent", "seen_percent", "shared_percent", "forms", "per_case")
DECIMAL = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Sheet:
    """``blueprint`` is None where a field holds no number; ``wrong`` names those fields."""

    blueprint: Blueprint | None
    wrong: tuple[str, ...]


def read(typed: Mapping[str, str], base: Blueprint) -> Sheet:
    """What was typed over a base, whose functions and total stay. Empty is nothing; types of which there are none are left out."""
    wrong: list[str] = []

    def whole(name: str) -> int:
        text = typed.get(name, "").strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            wrong.append(name)
            return 0
        return int(text)

    def decimal(name: str) -> int:
        found = DECIMAL.fullmatch(typed.get(name, "").strip() or "0")
        if not found:
            wrong.append(name)
            return 0
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))

    types = [TypeQuota(name, whole(f"count.{name}"), decimal(f"points.{name}")) for name in TYPES]
    weights = [
        FunctionWeight(weight.function, whole(f"weight.{weight.function}")) for weight in base.functions
    ]
    curve = [(one, whole(f"curve.{one}")) for one in DIFFICULTIES]
    drawing = Drawing(
        curve=tuple(curve) if any(share for _, share in curve) else (),
        **{name: whole(name) for name in WHOLE},
        spread=decimal("spread"),
        must=tuple(dict.fromkeys(typed.get("must", "").split())),
        must_not=tuple(dict.fromkeys(typed.get("must_not", "").split())),
    )
    made = replace(
        base,
        types=tuple(quota for quota in types if quota.count),
        functions=tuple(weight for weight in weights if weight.percent),
        item_count=None,
        drawing=drawing,
    )
    return Sheet(None if wrong else made, tuple(wrong))


def typed_of(blueprint: Blueprint) -> dict[str, str]:
    """The sheet as it is filled in for a blueprint."""
    drawing = blueprint.drawing
    values = {f"weight.{weight.function}": str(weight.percent) for weight in blueprint.functions}
    for quota in blueprint.types:
        values[f"count.{quota.type}"] = str(quota.count)
        values[f"points.{quota.type}"] = f"{quota.points / 100:g}"
    values |= {f"curve.{one}": str(share) for one, share in drawing.curve}
    values |= {name: str(getattr(drawing, name)) for name in WHOLE}
    more = {"must": "\n".join(drawing.must), "must_not": "\n".join(drawing.must_not)}
    return values | {"spread": f"{drawing.spread / 100:g}"} | more
