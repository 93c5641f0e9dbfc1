from __future__ import annotations

from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota, prove
from carbonlearn.exams.rules.cells import ItemFacts
from carbonlearn.exams.rules.drawing import Drawing
from carbonlearn.practice.rules.mock import Scale, for_mock, may_suffice, proportions, without_curve

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
    drawing=Drawing(
        curve=((2, 50), (3, 50)), tolerance=10, forms=2, shared_percent=20, seen_percent=20, must=("x",)
    ),
)


def test_every_proportion_is_a_sound_specification_with_the_same_shares() -> None:
    found = list(proportions(for_mock(WHOLE)))
    assert [(scale.parts, scale.whole) for scale, _ in found] == [(2, 2), (1, 2)]
    for scale, smaller in found:
        assert prove(smaller) == ()
        assert smaller.total_points == scale.of(10_000)
        assert all(
            quota.count * scale.whole == full.count * scale.parts
            for quota, full in zip(smaller.types, WHOLE.types, strict=True)
        )


def test_a_mock_keeps_to_curve_and_level_but_names_no_items_and_forbids_no_repetition() -> None:
    drawing = for_mock(WHOLE).drawing
    assert (drawing.curve, drawing.tolerance, drawing.lower_percent) == (WHOLE.drawing.curve, 10, 100)
    assert (drawing.forms, drawing.must, drawing.seen_percent) == (1, (), 100)
    assert without_curve(WHOLE).drawing.curve == ()


def test_half_of_a_paper_has_half_of_everything_rounded_half_up() -> None:
    half = Scale(1, 2)
    assert (half.of(6_000), half.of(5_401), half.is_whole) == (3_000, 2_701, False)
    assert Scale(2, 2).of(5_401) == 5_401


def test_too_few_items_of_one_type_are_told_at_once() -> None:
    items = [
        ItemFacts(f"{quota.type}-{number}", "a", quota.type)
        for quota in WHOLE.types
        for number in range(quota.count)
    ]
    assert may_suffice(WHOLE, items)
    assert not may_suffice(WHOLE, items[1:])
