from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.practice.rules.radar import CENTRE_X, CENTRE_Y, ENOUGH, RADIUS, skill, spokes, wilson

# n, right, low, high: Wilson's interval at z = 1.2816, worked out by hand from the formula.
TABLE = [(10, 5, 0.3118, 0.6882), (10, 0, 0.0, 0.1411), (10, 10, 0.8589, 1.0), (100, 80, 0.7441, 0.8461)]


@pytest.mark.parametrize(("answered", "right", "low", "high"), TABLE)
def test_the_range_is_wilsons(answered: int, right: int, low: float, high: float) -> None:
    assert wilson(right, answered) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))


@given(st.integers(1, 500), st.floats(0, 1))
def test_the_range_holds_the_share_and_narrows_with_more_answers(answered: int, share: float) -> None:
    low, high = wilson(share * answered, answered)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
    wider = wilson(share * answered * 4, answered * 4)
    assert wider[1] - wider[0] <= high - low + 1e-12


def test_few_answers_are_not_told_as_a_finding() -> None:
    assert not skill("f", ["right"] * (ENOUGH - 1), 30).told
    assert skill("f", ["right"] * ENOUGH, 30).told


def test_partly_counts_half_and_open_not_at_all() -> None:
    found = skill("f", ["right", "partly", "wrong", "open"], 30)
    assert (found.answered, found.right, found.share) == (3, 1.5, 0.5)
    nothing = skill("f", ["open"], 30)
    assert (nothing.answered, nothing.share, nothing.low) == (0, None, None)


def test_a_share_needs_answers() -> None:
    with pytest.raises(ValueError, match="answers"):
        wilson(0, 0)


def test_the_first_axis_points_up_and_the_points_lie_at_their_share() -> None:
    skills = [skill("a", ["right"] * 8, 9), skill("b", ["right", "wrong"] * 4, 9), skill("c", [], 9)]
    first, second, third = spokes(skills)
    assert (first.x, first.y) == (pytest.approx(CENTRE_X), pytest.approx(CENTRE_Y - RADIUS))
    assert (first.point_x, first.point_y) == (first.x, first.y)
    reach = ((second.point_x - CENTRE_X) ** 2 + (second.point_y - CENTRE_Y) ** 2) ** 0.5
    assert reach == pytest.approx(RADIUS / 2)
    assert not third.known
    assert (third.point_x, third.point_y) == (CENTRE_X, CENTRE_Y)
