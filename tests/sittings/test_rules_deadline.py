from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.sittings.rules import deadline as rule
from carbonlearn.sittings.rules.deadline import Times

START = datetime(2026, 11, 28, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ON_TIME = Times(START, 90 * MINUTE, START + 90 * MINUTE)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("times", "minutes"),
    [
        (ON_TIME, 90),
        (replace(ON_TIME, started_at=START + 20 * MINUTE), 90),
        (replace(ON_TIME, started_at=START + MINUTE, start_jitter=MINUTE), 91),
        (replace(ON_TIME, started_at=START + 20 * MINUTE, start_jitter=MINUTE), 91),
        (replace(ON_TIME, allowance=30 * MINUTE), 120),
        (replace(ON_TIME, extension=5 * MINUTE), 95),
        (replace(ON_TIME, started_at=START + 20 * MINUTE, extension=5 * MINUTE), 95),
        (replace(ON_TIME, window_end=START + 180 * MINUTE), 90),
    ],
)
def test_the_deadline_is_the_earlier_end_plus_agreed_time(times: Times, minutes: int) -> None:
    assert rule.must_submit_by(times) == START + minutes * MINUTE


def test_negative_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        replace(ON_TIME, extension=-MINUTE)


spans = st.timedeltas(timedelta(0), timedelta(hours=3))


@given(spans, spans, spans, spans, spans)
def test_agreed_time_only_ever_adds_and_late_starts_only_ever_cost(
    late: timedelta, jitter: timedelta, allowance: timedelta, extension: timedelta, more: timedelta
) -> None:
    times = Times(START + late, 90 * MINUTE, START + 90 * MINUTE, jitter, allowance, extension)
    end = rule.must_submit_by(times)
    assert rule.must_submit_by(replace(times, extension=extension + more)) == end + more
    assert rule.must_submit_by(replace(times, allowance=allowance + more)) == end + more
    later = rule.must_submit_by(replace(times, started_at=times.started_at + more))
    assert end <= later <= start_limit(times)
    assert later - (times.started_at + more) <= end - times.started_at


def start_limit(times: Times) -> datetime:
    return times.window_end + times.start_jitter + times.allowance + times.extension


@pytest.mark.parametrize(
    ("shift", "accepted"),
    [
        (-TICK, True),
        (timedelta(0), True),
        (rule.GRACE, True),
        (rule.GRACE + TICK, False),
        (timedelta(hours=1), False),
    ],
)
def test_refuses_an_answer_after_the_deadline(shift: timedelta, accepted: bool) -> None:
    decision = rule.accepts(START + shift, START)
    assert decision.allowed is accepted
    assert decision.codes == (() if accepted else ("after_deadline",))


@given(st.timedeltas(timedelta(seconds=-10), timedelta(seconds=10)))
def test_an_answer_counts_or_the_time_is_up_never_both(shift: timedelta) -> None:
    assert rule.accepts(START + shift, START).allowed != rule.is_over(START, START + shift)


@given(st.timedeltas(timedelta(hours=-2), timedelta(hours=2)))
def test_the_clock_shows_no_negative_time_and_no_grace(shift: timedelta) -> None:
    left = rule.remaining(START, START + shift)
    assert left == max(timedelta(0), -shift)
    assert rule.completed_at(START, START + shift) == START - left


@pytest.mark.parametrize(
    ("minutes", "start"),
    [(-1, ("start_not_open",)), (0, ()), (10, ()), (30, ("start_too_late",)), (31, ("start_too_late",))],
)
def test_the_start_has_its_hours(minutes: int, start: tuple[str, ...]) -> None:
    now, absent_from = START + minutes * MINUTE, START + 30 * MINUTE
    assert rule.may_start(now, START, absent_from).codes == start
    assert rule.is_absent(now, absent_from) == ("start_too_late" in start)


@given(st.timedeltas(timedelta(minutes=0), timedelta(hours=1)))
def test_at_every_instant_one_may_begin_or_is_absent_never_both(shift: timedelta) -> None:
    now, absent_from = START + shift, START + 30 * MINUTE
    assert rule.may_start(now, START, absent_from).allowed != rule.is_absent(now, absent_from)
    assert rule.may_start(absent_from - TICK, START, absent_from)
    assert not rule.may_start(absent_from, START, absent_from)


def test_answers_freeze_when_the_late_window_is_over() -> None:
    assert not rule.may_close(START, START + 10 * MINUTE - TICK)
    assert rule.may_close(START, START + 10 * MINUTE)
