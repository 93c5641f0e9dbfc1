"""A blueprint as data, and which of its versions holds for whom.

An enrolment is held to what was in force when it began: the version of the programme, and with it what is asked: items, worth, weights.
What is not asked of anybody but settles how items are drawn may change for all, from a day on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota
from carbonlearn.exams.rules.drawing import Drawing

NUMBERS = ("tolerance", "lower_percent", "seen_percent", "shared_percent", "forms", "per_case", "spread")


@dataclass(frozen=True, slots=True)
class Edition:
    """A version that a second person put in force. ``base`` is the fingerprint of what the programme itself asked when it was
    written, ``key`` that of what the version asks."""

    id: str
    number: int
    effective_from: date
    base: str
    key: str


def chosen(
    editions: Sequence[Edition], own: str, window_day: date, began_on: date | None = None
) -> Edition | None:
    """The version that holds in a window of that day; None: what the programme asks, whose fingerprint is ``own``.

    ``began_on`` is the day of the enrolment; without one, whoever begins now. Versions written for a programme that asked for something
    else do not count. The newest counts that asks for what the enrolment was held to on its first day, or was in force by then.
    """
    fitting = sorted(
        (one for one in editions if one.base == own and one.effective_from <= window_day),
        key=lambda one: (one.effective_from, one.number),
        reverse=True,
    )
    if began_on is None:
        return next(iter(fitting), None)
    known = [one for one in fitting if one.effective_from <= began_on]
    held = known[0].key if known else own
    return next((one for one in fitting if one in known or one.key == held), None)


def data_of(blueprint: Blueprint) -> dict[str, Any]:
    """The blueprint in plain values, as it is stored."""
    drawing = blueprint.drawing
    return {
        "types": [
            {"type": quota.type, "count": quota.count, "points": quota.points} for quota in blueprint.types
        ],
        "functions": [
            {"function": weight.function, "percent": weight.percent} for weight in blueprint.functions
        ],
        "total_points": blueprint.total_points,
        "curve": {str(difficulty): share for difficulty, share in drawing.curve},
        **{name: getattr(drawing, name) for name in NUMBERS},
        "must": list(drawing.must),
        "must_not": list(drawing.must_not),
    }


def blueprint_from(data: Mapping[str, Any]) -> Blueprint:
    """The blueprint that the plain values say. Raises KeyError and ValueError where they say none."""
    return Blueprint(
        types=tuple(TypeQuota(row["type"], row["count"], row["points"]) for row in data["types"]),
        functions=tuple(FunctionWeight(row["function"], row["percent"]) for row in data["functions"]),
        total_points=data["total_points"],
        drawing=drawing_from(data),
    )


def drawing_from(data: Mapping[str, Any]) -> Drawing:
    """How items are drawn, from the plain values; difficulties in order."""
    return Drawing(
        curve=tuple(sorted((int(one), int(share)) for one, share in data["curve"].items())),
        **{name: int(data[name]) for name in NUMBERS},
        must=tuple(data.get("must", ())),
        must_not=tuple(data.get("must_not", ())),
    )
