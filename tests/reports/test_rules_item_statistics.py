"""Figures of items against reckonings by hand, and what each flag means."""

from __future__ import annotations

import pytest

from carbonlearn.reports.rules.item_statistics import Answered, Flag, ItemStatistics, flags_of, statistics_of


def answers(*pairs: tuple[int, int], chosen: tuple[str, ...] = ()) -> list[Answered]:
    return [Answered(points, 100, rest, chosen) for points, rest in pairs]


def test_facility_and_discrimination_agree_with_a_reckoning_by_hand() -> None:
    # points 1 1 0 0, rests 9 7 5 3: means 0.5 and 6; covariance sum 2+... = 0.5*3+0.5*1+0.5*1+0.5*3 = 4; roots of 1 and 20
    found = statistics_of(answers((100, 900), (100, 700), (0, 500), (0, 300)))
    assert found.facility == 0.5
    assert found.discrimination == pytest.approx(4 / 20**0.5)


def test_an_item_that_all_answered_alike_tells_nobody_apart() -> None:
    found = statistics_of(answers((100, 900), (100, 300)))
    assert (found.facility, found.discrimination) == (1.0, None)


def test_partial_points_count_as_their_share() -> None:
    assert statistics_of([Answered(150, 300, 1), Answered(300, 300, 2)]).facility == 0.75


def test_no_answer_at_all_is_no_fault() -> None:
    assert statistics_of([]) == ItemStatistics(0, 0.0, None, {})


@pytest.mark.parametrize(
    ("facility", "told", "chosen", "flags"),
    [
        (0.6, 0.4, {"A": 40, "B": 30, "C": 20, "D": 10}, ()),
        (0.6, -0.1, {"A": 60, "B": 20, "C": 10, "D": 10}, (Flag.REVERSED,)),
        (0.15, 0.3, {"A": 15, "B": 60, "C": 15, "D": 10}, (Flag.STRONGER, Flag.TOO_HARD)),
        (0.97, 0.05, {"A": 97, "B": 2, "C": 1}, (Flag.TOO_EASY, Flag.WEAK, Flag.IDLE)),
        (1.0, None, {"A": 100}, (Flag.TOO_EASY, Flag.IDLE)),
    ],
)
def test_what_is_odd_is_named_the_gravest_first(
    facility: float, told: float | None, chosen: dict[str, int], flags: tuple[Flag, ...]
) -> None:
    assert flags_of(ItemStatistics(100, facility, told, chosen), ["A"], "ABCD") == flags


def test_few_answers_judge_nothing() -> None:
    assert flags_of(ItemStatistics(29, 0.0, -1.0, {}), ["A"], "ABCD") == (Flag.FEW,)
