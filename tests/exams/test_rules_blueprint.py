from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonlearn.exams.rules import allocation as allocation_rules
from carbonlearn.exams.rules.allocation import allocate
from carbonlearn.exams.rules.blueprint import (
    Blueprint,
    FunctionWeight,
    TypeQuota,
    function_points,
    is_exact,
    prove,
)

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


def plenty(blueprint: Blueprint, each: int = 99) -> dict[tuple[str, str], int]:
    return {
        (weight.function, quota.type): each for weight, quota in product(blueprint.functions, blueprint.types)
    }


def assert_meets(blueprint: Blueprint, matrix: dict[str, dict[str, int]], points: dict[str, int]) -> None:
    worth = {quota.type: quota.points for quota in blueprint.types}
    for quota in blueprint.types:
        assert sum(row[quota.type] for row in matrix.values()) == quota.count
    for function, row in matrix.items():
        assert sum(count * worth[name] for name, count in row.items()) == points[function]
        assert min(row.values()) >= 0


def test_the_gdcpa_split_is_96_items_and_100_points() -> None:
    assert prove(GDCPA) == ()
    assert function_points(GDCPA) == {
        weight.function: points
        for weight, points in zip(ACCOUNTING_4, [500, 2000, 2000, 2500, 2000, 1000], strict=True)
    }
    allocation = allocate(GDCPA, plenty(GDCPA))
    assert allocation.feasible
    assert_meets(GDCPA, allocation.matrix, function_points(GDCPA))


def test_no_cell_strays_far_from_its_proportional_share() -> None:
    matrix = allocate(GDCPA, plenty(GDCPA)).matrix
    for weight, quota in product(ACCOUNTING_4, GDCPA_TYPES):
        assert abs(matrix[weight.function][quota.type] - quota.count * weight.percent / 100) <= 1.5


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
    allocation = allocate(blueprint, plenty(blueprint))
    assert_meets(blueprint, allocation.matrix, allocation.points)
    assert is_exact(blueprint) == (len(quotas) > 1)


def test_weights_that_items_cannot_represent_are_rounded_by_largest_remainder() -> None:
    weights = tuple(FunctionWeight(name, percent) for name, percent in [("a", 35), ("b", 40), ("c", 25)])
    assert function_points(Blueprint(types((10, 1000)), weights, 10_000)) == {"a": 4000, "b": 4000, "c": 2000}


def test_points_that_no_items_make_give_way_by_one_grain() -> None:
    weights = (FunctionWeight("a", 10), FunctionWeight("b", 90))
    blueprint = Blueprint(types((4, 150), (2, 500)), weights, 1600)
    allocation = allocate(blueprint, plenty(blueprint))
    assert function_points(blueprint)["a"] == 150
    assert_meets(blueprint, allocation.matrix, allocation.points)
    awkward = Blueprint(types((2, 200), (2, 300)), (FunctionWeight("a", 10), FunctionWeight("b", 90)), 1000)
    assert function_points(awkward) == {"a": 100, "b": 900}
    assert allocate(awkward, plenty(awkward)).points in ({"a": 0, "b": 1000}, {"a": 200, "b": 800})


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


def test_a_short_bank_is_told_what_it_lacks() -> None:
    supply = plenty(GDCPA)
    for function in (weight.function for weight in ACCOUNTING_4):
        supply[function, "short-answer"] = 0
    supply["basic-knowledge", "short-answer"] = 1
    allocation = allocate(GDCPA, supply)
    assert not allocation.feasible
    assert all(
        short.type == "short-answer" and short.needed > short.available for short in allocation.shortages
    )
    assert sum(short.needed - short.available for short in allocation.shortages) >= 3


def test_a_bank_that_lacks_the_ideal_is_used_as_it_can() -> None:
    supply = plenty(GDCPA)
    supply["professional-ethics", "single-choice"] = 0
    allocation = allocate(GDCPA, supply)
    assert allocation.feasible
    assert allocation.matrix["professional-ethics"]["single-choice"] == 0
    assert_meets(GDCPA, allocation.matrix, function_points(GDCPA))


def test_allocating_the_largest_paper_takes_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = counted_searches(monkeypatch)
    allocate(GDCPA, plenty(GDCPA))
    assert [search.steps for search in searches] == [len(ACCOUNTING_4) - 1], "no row was ever taken back"


def test_counting_steps_notices_a_search_that_goes_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = counted_searches(monkeypatch)
    supply = plenty(GDCPA)
    for function in list(dict.fromkeys(function for function, _ in supply))[:-1]:
        supply[function, "true-false"] = 1
    allocate(GDCPA, supply)
    assert max(search.steps for search in searches) > len(ACCOUNTING_4)


def counted_searches(monkeypatch: pytest.MonkeyPatch) -> list[allocation_rules._Search]:
    """Every search that is begun from now on; each tells its steps."""
    begun: list[allocation_rules._Search] = []

    class Counted(allocation_rules._Search):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            begun.append(self)

    monkeypatch.setattr(allocation_rules, "_Search", Counted)
    return begun


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
    allocation = allocate(blueprint, supply)
    possible = brute_force(blueprint, supply)
    if allocation.points == function_points(blueprint):
        assert allocation.feasible == possible
    if allocation.feasible:
        assert_meets(blueprint, allocation.matrix, allocation.points)
        for (function, name), have in supply.items():
            assert allocation.matrix[function][name] <= have
    else:
        assert allocation.shortages
    assert allocate(blueprint, supply) == allocation
