from __future__ import annotations

from collections import Counter

from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota, prove
from carbonlearn.practice.rules.mock import proportions, scale_of

WHOLE = Blueprint(
    types=(
        TypeQuota("single-choice", 40, 100),
        TypeQuota("true-false", 30, 50),
        TypeQuota("multiple-choice", 22, 150),
        TypeQuota("short-answer", 4, 300),
    ),
    functions=(FunctionWeight("a", 60), FunctionWeight("b", 40)),
    total_points=10_000,
    item_count=96,
)


def a_supply(share: float) -> Counter[tuple[str, str]]:
    """So much of what the whole paper would need if every function asked for everything."""
    return Counter(
        {
            (function.function, quota.type): int(quota.count * share)
            for function in WHOLE.functions
            for quota in WHOLE.types
        }
    )


def test_a_pool_that_suffices_carries_the_whole_paper() -> None:
    scale = scale_of(WHOLE, a_supply(1))
    assert scale.is_whole
    assert scale.blueprint == WHOLE.__class__(WHOLE.types, WHOLE.functions, 10_000, None)
    assert scale.missing == ()


def test_a_smaller_pool_carries_the_largest_exact_proportion() -> None:
    scale = scale_of(WHOLE, a_supply(0.5))
    assert (scale.parts, scale.whole) == (1, 2)
    assert scale.blueprint is not None
    assert [quota.count for quota in scale.blueprint.types] == [20, 15, 11, 2]
    assert scale.blueprint.total_points == 5_000
    assert scale.of(6_000) == 3_000
    assert scale.of(5_400) == 2_700
    assert scale.missing, "what the whole paper lacks is said"


def test_every_proportion_is_a_sound_specification_with_the_same_shares() -> None:
    for parts, smaller in proportions(WHOLE):
        assert prove(smaller) == ()
        assert all(
            quota.count * 2 == full.count * parts
            for quota, full in zip(smaller.types, WHOLE.types, strict=True)
        )


def test_an_empty_pool_carries_nothing_and_says_what_is_missing() -> None:
    scale = scale_of(WHOLE, Counter())
    assert (scale.parts, scale.blueprint) == (0, None)
    assert sum(one.needed for one in scale.missing) == WHOLE.count
