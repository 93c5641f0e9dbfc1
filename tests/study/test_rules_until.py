"""What a span had certainly earned by an instant: never more than any honest history of it would have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.study.rules.until import certain_by

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def ms(count: float) -> timedelta:
    return timedelta(milliseconds=count)


@pytest.mark.parametrize(
    ("instant", "certain"),
    [(0, 0), (1, 0), (4_000, 0), (6_000, 2_000), (9_999, 5_999), (10_000, 6_000), (10_001, 6_000)],
)
def test_counts_what_was_certainly_earned(instant: int, certain: int) -> None:
    """A span of 10 s that earned 6 s of them."""
    assert certain_by(6_000, NOON, NOON + ms(10_000), NOON + ms(instant)) == certain


def test_a_part_of_a_millisecond_after_the_instant_is_a_whole_one() -> None:
    assert certain_by(6_000, NOON, NOON + ms(10_000.001), NOON + ms(10_000)) == 5_999


BEATS = st.lists(st.tuples(st.integers(1, 65_000), st.integers(0, 100)), min_size=1, max_size=12)


@given(BEATS, st.integers(0, 800_000))
def test_no_history_had_earned_less(beats: list[tuple[int, int]], instant: int) -> None:
    """Beats of (milliseconds since the last, percent of them that earned): by the instant at least so much had been credited."""
    at = credited = earned_by_then = 0
    for elapsed, share in beats:
        gain = elapsed * share // 100
        # of a beat that crosses the instant, the least that can have been earned before it
        before = max(0, gain - max(0, at + elapsed - instant))
        earned_by_then += gain if at + elapsed <= instant else before if at < instant else 0
        at, credited = at + elapsed, credited + gain
    assert certain_by(credited, NOON, NOON + ms(at), NOON + ms(instant)) <= earned_by_then
