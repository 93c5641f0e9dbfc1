"""Whether forms are what their blueprint asks: counted afresh, item by item, by nothing that helped to choose them.

It shares no reckoning with the solver, the model or the assembly: shares are taken as fractions, and limits compared without rounding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import ceil, floor, gcd

from carbonlearn.core.decision import Reason
from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.rules.cells import ItemFacts

Form = Sequence[ItemFacts]
NUDGES = 2  # steps by which a function may miss its share where shares cannot be met


def proves(
    forms: Sequence[Form],
    blueprint: Blueprint,
    histories: Sequence[frozenset[str]] = (),
) -> tuple[Reason, ...]:
    """Every promise that a window's forms break; empty: all hold."""
    faults: list[Reason] = []
    if len(forms) != blueprint.drawing.forms:
        faults.append(Reason("forms", {"asked": blueprint.drawing.forms, "met": len(forms)}))
    for letter, form in enumerate(forms):
        found = [*_counts(form, blueprint), *_points(form, blueprint), *_choice(form, blueprint)]
        found += [*_difficulty(form, blueprint), *_repetition(form, blueprint, histories), *_order(form)]
        found += _enemies(form)
        faults += [Reason(one.code, {"form": letter} | dict(one.facts)) for one in found]
    for (one, first), (two, second) in combinations(enumerate(forms), 2):
        found = _between(first, second, blueprint)
        faults += [Reason(fault.code, {"forms": (one, two)} | dict(fault.facts)) for fault in found]
    return tuple(faults)


def _worth(form: Form, blueprint: Blueprint) -> list[tuple[ItemFacts, int]]:
    by_type = {quota.type: quota.points for quota in blueprint.types}
    return [(item, by_type.get(item.type, 0)) for item in form]


def _counts(form: Form, blueprint: Blueprint) -> list[Reason]:
    faults = []
    if len({item.id for item in form}) != len(form):
        faults.append(Reason("item_twice"))
    met = Counter(item.type for item in form)
    asked = {quota.type: quota.count for quota in blueprint.types}
    for name in sorted({*met, *asked}):
        if met[name] != asked.get(name, 0):
            faults.append(Reason("type", {"type": name, "asked": asked.get(name, 0), "met": met[name]}))
    total = sum(points for _, points in _worth(form, blueprint))
    if total != blueprint.total_points:
        faults.append(Reason("total", {"asked": blueprint.total_points, "met": total}))
    return faults


def _points(form: Form, blueprint: Blueprint) -> list[Reason]:
    """A function has its exact share; where that is no multiple of the smallest step, the step below or the step above it. Only where
    some function's share is what no items are worth together may points have moved, and then by a step or two."""
    met: Counter[str] = Counter()
    for item, points in _worth(form, blueprint):
        met[item.function] += points
    faults = [
        Reason("function_unknown", {"function": name})
        for name in sorted(met)
        if name not in {weight.function for weight in blueprint.functions}
    ]
    step = gcd(*(quota.points for quota in blueprint.types if quota.count))
    shares = {
        weight.function: Fraction(blueprint.total_points * weight.percent, 100)
        for weight in blueprint.functions
    }
    sums = _sums(blueprint)
    moved = any(not _steps_around(share, step) <= sums for share in shares.values())
    for function, share in shares.items():
        off = abs(met[function] - share)
        held = off <= NUDGES * step if moved else met[function] in _steps_around(share, step)
        if not held:
            faults.append(
                Reason("function", {"function": function, "asked": float(share), "met": met[function]})
            )
    return faults


def _steps_around(share: Fraction, step: int) -> set[int]:
    """The multiples of the step next to a share; the share alone where it is one."""
    return {floor(share / step) * step, ceil(share / step) * step}


def _sums(blueprint: Blueprint) -> set[int]:
    """All that some of the paper's items are worth together."""
    found = {0}
    for quota in blueprint.types:
        found = {total + quota.points * count for total in found for count in range(quota.count + 1)}
    return found


def _choice(form: Form, blueprint: Blueprint) -> list[Reason]:
    drawing, faults = blueprint.drawing, []
    numbers = {item.number for item in form}
    faults += [Reason("must", {"item": one}) for one in drawing.must if one not in numbers]
    faults += [Reason("must_not", {"item": one}) for one in drawing.must_not if one in numbers]
    cases = Counter(item.case for item in form if item.case)
    faults += [Reason("case", {"case": one, "met": n}) for one, n in cases.items() if n > drawing.per_case]
    total: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for item, points in _worth(form, blueprint):
        total[item.function] += points
        lower[item.function] += points * item.lower
    for function, points in lower.items():
        if points * 100 > total[function] * drawing.lower_percent:
            faults.append(Reason("lower", {"function": function, "of": total[function], "met": points}))
    return faults


def _difficulty(form: Form, blueprint: Blueprint) -> list[Reason]:
    drawing, met = blueprint.drawing, Counter(item.difficulty for item in form)
    if not drawing.curve:
        return []
    asked = dict(drawing.curve)
    return [
        Reason("difficulty", {"difficulty": one, "asked": asked.get(one, 0), "met": met[one]})
        for one in sorted({*asked, *met})
        if abs(Fraction(met[one] * 100, len(form) or 1) - asked.get(one, 0)) > drawing.tolerance
    ]


def _repetition(form: Form, blueprint: Blueprint, histories: Sequence[frozenset[str]]) -> list[Reason]:
    met = max((sum(item.id in history for item in form) for history in histories), default=0)
    if met * 100 > len(form) * blueprint.drawing.seen_percent:
        return [Reason("seen", {"asked": blueprint.drawing.seen_percent, "met": met})]
    return []


def _enemies(form: Form) -> list[Reason]:
    """Every two items of which either names the other as one that it must not stand beside."""
    there = {item.id: item.number for item in form}
    met = {tuple(sorted((item.number, there[one]))) for item in form for one in item.enemies if one in there}
    return [Reason("enemies", {"item": item, "other": other}) for item, other in sorted(met)]


def _order(form: Form) -> list[Reason]:
    """A type is one block of the paper, and a case one block of its type."""
    faults = []
    for code, names in (
        ("type_scattered", [item.type for item in form]),
        ("case_scattered", [f"{item.type} {item.case or item.id}" for item in form]),
    ):
        starts = Counter(name for place, name in enumerate(names) if place == 0 or names[place - 1] != name)
        faults += [Reason(code, {"name": name}) for name, times in starts.items() if times > 1]
    return faults


def _between(first: Form, second: Form, blueprint: Blueprint) -> list[Reason]:
    faults, drawing = [], blueprint.drawing
    shared = len({item.id for item in first} & {item.id for item in second})
    if shared * 100 > len(first) * drawing.shared_percent:
        faults.append(Reason("shared", {"asked": drawing.shared_percent, "met": shared}))
    one, two = (
        Fraction(sum(points * item.difficulty for item, points in _worth(form, blueprint)))
        for form in (first, second)
    )
    if abs(one - two) * 100 > drawing.spread * blueprint.total_points:
        apart = float(abs(one - two) / (blueprint.total_points or 1))
        faults.append(Reason("spread", {"asked": drawing.spread, "met": round(apart * 100, 1)}))
    return faults
