from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonlearn.exams.rules.assembly import assemble
from carbonlearn.exams.rules.blueprint import (
    Blueprint,
    FunctionWeight,
    TypeQuota,
    function_points,
    prove,
)
from carbonlearn.exams.rules.cells import ItemFacts
from carbonlearn.exams.rules.targets import targets_of
from carbonlearn.exams.rules.verification import proves
from carbonlearn.infra.solver import solve

GDCPA_TYPES = (
    TypeQuota("single-choice", 40, 100),
    TypeQuota("true-false", 30, 50),
    TypeQuota("multiple-choice", 22, 150),
    TypeQuota("short-answer", 4, 300),
)
# Table 4.3.1 of the national standard, accounting, level 4.
ACCOUNTING_4 = tuple(
    FunctionWeight(function, percent)
    for function, percent in [
        ("professional-ethics", 5),
        ("basic-knowledge", 20),
        ("draft-approve-accounting-scheme", 20),
        ("accounting-and-reporting", 25),
        ("quality-and-records", 20),
        ("carry-out-verification", 10),
    ]
)
GDCPA = Blueprint(GDCPA_TYPES, ACCOUNTING_4, 10_000, 96)


def types(*quotas: tuple[int, int]) -> tuple[TypeQuota, ...]:
    return tuple(TypeQuota(f"t{place}", count, points) for place, (count, points) in enumerate(quotas))


def test_the_gdcpa_split_is_96_items_and_100_points() -> None:
    assert prove(GDCPA) == ()
    assert function_points(GDCPA) == {
        weight.function: points
        for weight, points in zip(ACCOUNTING_4, [500, 2000, 2000, 2500, 2000, 1000], strict=True)
    }
    assert targets_of(GDCPA, solve) == tuple(function_points(GDCPA).values())


@pytest.mark.parametrize(
    "quotas",
    [
        types((45, 100), (30, 50), (20, 150), (5, 200)),
        types((50, 100), (20, 150), (4, 500)),
        types((60, 100), (20, 50), (20, 150)),
        types((10, 1000)),
    ],
    ids=["cec-petrochem and coal", "ceca", "national theory", "national skill"],
)
def test_the_other_programmes_splits_hold(quotas: tuple[TypeQuota, ...]) -> None:
    blueprint = Blueprint(quotas, ACCOUNTING_4, 10_000)
    assert prove(blueprint) == ()
    assert targets_of(blueprint, solve) == tuple(function_points(blueprint).values())
    exact = [blueprint.points * weight.percent // 100 for weight in blueprint.functions]
    assert ([*function_points(blueprint).values()] == exact) == (len(quotas) > 1)


def test_weights_that_items_cannot_represent_are_rounded_by_largest_remainder() -> None:
    weights = tuple(FunctionWeight(name, percent) for name, percent in [("a", 35), ("b", 40), ("c", 25)])
    assert function_points(Blueprint(types((10, 1000)), weights, 10_000)) == {"a": 4000, "b": 4000, "c": 2000}


@pytest.mark.parametrize(
    ("blueprint", "codes"),
    [
        (replace(GDCPA, item_count=100), ["count_differs"]),
        (replace(GDCPA, total_points=10_050), ["points_differ"]),
        (replace(GDCPA, functions=ACCOUNTING_4[1:]), ["weights_differ"]),
        (
            replace(GDCPA, functions=(*ACCOUNTING_4[1:], FunctionWeight("basic-knowledge", 5))),
            ["function_repeated"],
        ),
        (replace(GDCPA, functions=(*ACCOUNTING_4, FunctionWeight("x", 0))), ["weight_out_of_bounds"]),
        (replace(GDCPA, types=(*GDCPA_TYPES, TypeQuota("single-choice", 0, 100))), ["type_repeated"]),
        (
            replace(GDCPA, types=(*GDCPA_TYPES, TypeQuota("x", -1, 0))),
            ["type_out_of_bounds", "count_differs"],
        ),
        (Blueprint((), (FunctionWeight("a", 100),), 0), ["no_items"]),
    ],
)
def test_every_fault_of_a_blueprint_is_named(blueprint: Blueprint, codes: list[str]) -> None:
    assert [fault.code for fault in prove(blueprint)] == codes


def brute_force(blueprint: Blueprint, supply: dict[tuple[str, str], int]) -> bool:
    """Whether any matrix at all meets counts, points and supply."""
    targets = list(function_points(blueprint).values())
    states = {tuple(0 for _ in blueprint.types)}
    for weight, target in zip(blueprint.functions, targets, strict=True):
        ranges = [
            range(min(quota.count, supply[weight.function, quota.type]) + 1) for quota in blueprint.types
        ]
        rows = [
            row
            for row in product(*ranges)
            if sum(n * quota.points for n, quota in zip(row, blueprint.types, strict=True)) == target
        ]
        states = {tuple(a + b for a, b in zip(state, row, strict=True)) for state in states for row in rows}
    return tuple(quota.count for quota in blueprint.types) in states


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([50, 100, 150])), min_size=1, max_size=3),
    st.sampled_from([(100,), (50, 50), (20, 80), (25, 25, 50), (10, 30, 60)]),
    st.data(),
)
def test_small_blueprints_agree_with_exhaustion(
    quotas: list[tuple[int, int]], shares: tuple[int, ...], data: st.DataObject
) -> None:
    weights = tuple(FunctionWeight(f"f{place}", percent) for place, percent in enumerate(shares))
    some = types(*quotas)
    blueprint = Blueprint(some, weights, sum(quota.count * quota.points for quota in some))
    supply = {
        (weight.function, quota.type): data.draw(st.integers(0, 5))
        for weight, quota in product(weights, some)
    }
    items = [
        ItemFacts(f"{function}/{kind}/{number}", function, kind)
        for (function, kind), have in supply.items()
        for number in range(have)
    ]
    made = assemble(blueprint, items, b"seed", solve)
    if made.targets == tuple(function_points(blueprint).values()):
        assert made.stands == brute_force(blueprint, supply)
    if made.stands:
        assert proves(made.forms, blueprint) == ()
    else:
        assert made.lacks
