"""Tables and properties of the rules beside credit: presence, ceilings, days, refusals, rhythm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import linear_regression, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.study.rules import day, presence
from carbonlearn.study.rules.ceiling import ceiling
from carbonlearn.study.rules.completion import is_complete
from carbonlearn.study.rules.presence import Candidate, Ground
from carbonlearn.study.rules.refusal import lost_ms
from carbonlearn.study.rules.rhythm import Rhythm, interval_seconds, total

ZONE = "Asia/Shanghai"
NINE = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
instants = st.integers(0, 365 * 86_400).map(lambda seconds: NINE + timedelta(seconds=seconds))
walls = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
quiets = st.none() | st.tuples(walls, walls)


@pytest.mark.parametrize(
    ("to", "ground", "presence_left", "cap_left", "held", "expected"),
    [
        (10, 100, 50, None, False, 60),
        (10, 100, 50, 20, False, 30),
        (10, 40, 50, 200, False, 40),
        (10, 100, 50, 200, True, 10),
        (10, 100, -5, 200, False, 10),
        (10, 100, 50, -1, False, 10),
    ],
)
def test_a_span_is_judged_anew_at_the_nearest_ceiling(
    to: int, ground: int, presence_left: int, cap_left: int | None, held: bool, expected: int
) -> None:
    assert ceiling(to, ground, presence_left, cap_left, held) == expected


@pytest.mark.parametrize(
    ("wall", "quiet", "expected"),
    [
        ("23:00", ("23:00", "06:00"), True),
        ("05:59", ("23:00", "06:00"), True),
        ("06:00", ("23:00", "06:00"), False),
        ("22:59", ("23:00", "06:00"), False),
        ("12:30", ("12:00", "13:00"), True),
        ("13:00", ("12:00", "13:00"), False),
        ("12:30", ("12:00", "12:00"), False),
        ("12:30", None, False),
    ],
)
def test_quiet_hours_may_reach_over_midnight(
    wall: str, quiet: tuple[str, str] | None, expected: bool
) -> None:
    hour, minute = map(int, wall.split(":"))
    now = datetime(2026, 11, 2, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    assert day.is_quiet(now, ZONE, quiet) is expected


@given(instants, st.integers(0, 90_000), quiets)
def test_pieces_share_the_time_and_none_holds_a_boundary(
    start: datetime, seconds: int, quiet: tuple[str, str] | None
) -> None:
    end = start + timedelta(seconds=seconds)
    cut = day.pieces(start, end, ZONE, quiet)
    assert (cut[0][0], cut[-1][1]) == (start, end)
    assert all(first[1] == second[0] for first, second in pairwise(cut))
    for begin, finish in cut:
        middle = begin + (finish - begin) / 2
        assert day.next_boundary(begin, ZONE, quiet) >= finish
        assert day.is_quiet(middle, ZONE, quiet) == day.is_quiet(begin, ZONE, quiet)


def test_midnight_is_the_zone_s() -> None:
    assert day.next_boundary(NINE, ZONE, None) == datetime(2026, 11, 2, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("elapsed", "start", "end", "credited", "lost"),
    [(20, 0, 20, 0, 20), (20, 0, 320, 0, 20), (90, 0, 20, 0, 20), (20, 5, 5, 0, 0), (20, 0, 20, 8, 12), (20, 30, 0, 0, 0)],
)  # fmt: skip
def test_a_refusal_loses_what_was_claimed_as_far_as_time_allowed(
    elapsed: int, start: int, end: int, credited: int, lost: int
) -> None:
    assert lost_ms(elapsed, start, end, credited) == lost


@pytest.mark.parametrize(("credited", "percent", "whole"), [(94, 95, False), (95, 95, True), (80, 80, True)])
def test_a_lesson_is_complete_at_the_programme_s_percentage(credited: int, percent: int, whole: bool) -> None:
    assert is_complete(credited, 100, percent) is whole


HERE = [Ground("a", frozenset({2})), Ground("a", frozenset({1, 2})), Ground("b", None)]


@pytest.mark.parametrize(
    ("candidates", "last", "chosen"),
    [
        ([("near", "a", 2, 0), ("lesson", "a", 1, 0), ("lately", "b", 4, 0)], None, {"near"}),
        ([("near", "a", 2, 1), ("lesson", "a", 1, 0), ("lately", "b", 4, 0)], None, {"lesson"}),
        ([("near", "a", 2, 1), ("lesson", "a", 1, 1), ("lately", "b", 4, 0)], None, {"lately"}),
        ([("near", "a", 2, 2), ("other", "a", 2, 1), ("lesson", "a", 1, 1)], None, {"other"}),
        ([("near", "a", 2, 1), ("lesson", "a", 1, 1)], "near", {"lesson"}),
        ([("near", "a", 2, 1)], "near", set()),
        ([("not studied", "a", 3, 0), ("elsewhere", "c", 1, 0)], None, set()),
        ([("whole lesson", "a", None, 0), ("one", "a", 2, 0)], None, {"whole lesson", "one"}),
    ],
)
def test_what_was_just_studied_and_not_asked_before_is_asked_first(
    candidates: list[tuple[str, str, int | None, int]], last: str | None, chosen: set[str]
) -> None:
    found = presence.choosable(HERE, [Candidate(*one) for one in candidates], last)
    assert {one.item_id for one in found} == chosen


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.integers(1, 3), st.integers(0, 2)), max_size=8)
)  # fmt: skip
def test_no_question_follows_itself_and_no_old_one_is_asked_while_a_new_one_is_left(
    rows: list[tuple[int, str, int, int]],
) -> None:
    candidates = [
        Candidate(f"{n}-{i}", lesson, part, asked) for i, (n, lesson, part, asked) in enumerate(rows)
    ]
    last = candidates[0].item_id if candidates else None
    found = presence.choosable(HERE, candidates, last)
    assert last not in {one.item_id for one in found}
    fresh = presence.choosable(HERE, [one for one in candidates if not one.asked], last)
    assert found == fresh or not fresh


def test_the_newest_ground_is_the_last_ten_minutes() -> None:
    assert presence.newest_ground([(0, 30), (100, 500)], 100) == [(0, 30), (430, 500)]
    assert presence.parts_met([(0, 10), (10, 20), (20, 20)], [(5, 10)]) == {1}


@given(st.lists(st.tuples(st.integers(0, 65_000), st.integers(16_000, 21_000)), min_size=3, max_size=60))
def test_the_sums_hold_the_deviation_and_the_slope(beats: list[tuple[int, int]]) -> None:
    parts = []
    for half in (beats[:2], beats[2:]):
        rhythm = Rhythm()
        for interval, told in half:
            rhythm = rhythm.with_beat(interval, told)
        parts.append(rhythm)
    whole = total(parts)
    intervals, told_ones = [one for one, _ in beats], [told for _, told in beats]
    assert whole.deviation_ms == pytest.approx(pstdev(intervals), abs=1)
    if len(set(told_ones)) > 1:
        assert whole.slope == pytest.approx(linear_regression(told_ones, intervals).slope, rel=1e-3, abs=1e-3)


@given(st.integers(0, 2**128))
def test_the_interval_told_lies_within_the_bridge(chance: int) -> None:
    assert 16 <= interval_seconds(chance) <= 21
