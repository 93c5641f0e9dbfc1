from __future__ import annotations

from typing import Any

import pytest

from carbonlearn.enrolment.rules.standing import Standing
from carbonlearn.practice.rules.reach import may_practise, shelves
from carbonlearn.practice.rules.verdict import Verdict, verdict_of, verdict_of_points

ANSWERS: list[tuple[str, list[Any], Any, Verdict]] = [
    ("single-choice", ["B"], ["B"], Verdict.RIGHT),
    ("single-choice", ["B"], ["C"], Verdict.WRONG),
    ("single-choice", ["B"], None, Verdict.WRONG),
    ("multiple-choice", ["A", "C"], ["C", "A"], Verdict.RIGHT),
    ("multiple-choice", ["A", "C"], ["A"], Verdict.WRONG),
    ("multiple-choice", ["A", "C"], ["A", "B", "C"], Verdict.WRONG),
    ("true-false", [True], True, Verdict.RIGHT),
    ("true-false", [False], True, Verdict.WRONG),
    ("true-false", [False], None, Verdict.WRONG),
    ("short-answer", [], "直接排放", Verdict.OPEN),
]


@pytest.mark.parametrize(("item_type", "key", "value", "expected"), ANSWERS)
def test_an_answer_is_judged_as_an_exam_would(
    item_type: str, key: list[Any], value: Any, expected: Verdict
) -> None:
    assert verdict_of(item_type, key, value) is expected


@pytest.mark.parametrize(
    ("points", "expected"), [(300, Verdict.RIGHT), (100, Verdict.PARTLY), (0, Verdict.WRONG)]
)
def test_points_of_ones_own_become_a_verdict(points: int, expected: Verdict) -> None:
    assert verdict_of_points(points, 300) is expected


def test_a_level_practises_from_its_own_shelf_and_from_the_one_below() -> None:
    assert shelves("accounting", "4") == (("accounting", "4"), ("common", "4"))
    assert shelves("accounting", "3") == (
        ("accounting", "3"),
        ("common", "3"),
        ("accounting", "4"),
        ("common", "4"),
    )


@pytest.mark.parametrize("standing", Standing)
def test_who_has_an_opened_place_or_has_finished_may_practise(standing: Standing) -> None:
    allowed = {Standing.OPEN, Standing.LAPSED, Standing.COMPLETED}
    assert bool(may_practise(standing.value)) == (standing in allowed)
