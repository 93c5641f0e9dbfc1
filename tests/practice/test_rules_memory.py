from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.practice.rules.memory import KNOWN_AFTER, Memory, first_met, is_known, reviewed, turned
from carbonlearn.practice.rules.verdict import Verdict

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
MARKS = st.lists(
    st.tuples(
        st.sampled_from([Verdict.RIGHT, Verdict.PARTLY, Verdict.WRONG]), st.integers(0, 40 * 24 * 3600)
    ),
    min_size=1,
    max_size=25,
)


def after(verdict: Verdict, memory: Memory, now: datetime) -> Memory:
    return turned(memory, verdict, SHANGHAI, now)


def known_by(days: int) -> tuple[Memory, datetime, int]:
    """Wrong once, then right at every turn: the memory, when, and after how many right answers it is known."""
    memory, now, rights = after(Verdict.WRONG, first_met(NOW), NOW), NOW, 0
    while not is_known(memory) and rights < 20:
        now = max(memory.due, now) + timedelta(hours=8)
        memory, rights = after(Verdict.RIGHT, memory, now), rights + 1
        assert now - NOW < timedelta(days=days)
    return memory, now, rights


def test_a_wrong_answer_may_be_tried_again_in_ten_minutes() -> None:
    assert after(Verdict.WRONG, first_met(NOW), NOW).due == NOW + timedelta(minutes=10)


def test_a_right_answer_before_its_turn_changes_nothing() -> None:
    memory = after(Verdict.WRONG, first_met(NOW), NOW)
    assert after(Verdict.RIGHT, memory, NOW + timedelta(minutes=9)) == memory
    assert after(Verdict.RIGHT, memory, NOW + timedelta(minutes=10)) != memory


def test_the_next_turn_after_a_right_one_is_a_later_day_from_its_first_minute() -> None:
    wrong = after(Verdict.WRONG, first_met(NOW), NOW)
    right = after(Verdict.RIGHT, wrong, NOW + timedelta(minutes=10))
    assert right.due == datetime(2026, 11, 3, 0, 0, tzinfo=SHANGHAI)
    assert right.due.tzinfo is UTC


def test_who_is_right_at_every_turn_knows_it_after_a_few_turns_over_some_weeks() -> None:
    memory, _now, rights = known_by(days=90)
    assert is_known(memory)
    assert 3 <= rights <= 8


def test_the_gaps_grow_while_the_answers_are_right() -> None:
    memory = after(Verdict.WRONG, first_met(NOW), NOW)
    gaps: list[timedelta] = []
    while not is_known(memory):
        now = memory.due + timedelta(hours=8)
        memory = after(Verdict.RIGHT, memory, now)
        gaps.append(memory.due - now)
    assert gaps == sorted(gaps)


def test_a_wrong_answer_on_what_was_known_brings_it_back_soon() -> None:
    memory, now, _rights = known_by(days=90)
    again = after(Verdict.WRONG, memory, now + timedelta(days=30))
    assert not is_known(again)
    assert again.due - (now + timedelta(days=30)) <= timedelta(minutes=10)


def test_an_item_that_was_partly_right_has_its_turn_on_a_later_day() -> None:
    memory = after(Verdict.PARTLY, first_met(NOW), NOW)
    for _turn in range(6):
        day = memory.due.astimezone(SHANGHAI).date()
        assert day > memory.reviewed_at.astimezone(SHANGHAI).date()  # type: ignore[union-attr]
        memory = after(Verdict.PARTLY, memory, memory.due + timedelta(hours=8))


def test_partly_right_makes_no_item_known_however_often() -> None:
    memory = after(Verdict.RIGHT, after(Verdict.WRONG, first_met(NOW), NOW), NOW + timedelta(minutes=10))
    for _turn in range(8):
        memory = after(Verdict.PARTLY, memory, memory.due + timedelta(hours=8))
        assert not is_known(memory)
    while memory.due - NOW < timedelta(days=400) and not is_known(memory):
        memory = after(Verdict.RIGHT, memory, memory.due + timedelta(hours=8))
    assert is_known(memory)


def test_partly_right_before_its_turn_moves_nothing() -> None:
    memory = after(Verdict.RIGHT, after(Verdict.WRONG, first_met(NOW), NOW), NOW + timedelta(minutes=10))
    assert after(Verdict.PARTLY, memory, memory.due - timedelta(days=1)) == memory


def test_an_open_answer_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="open"):
        reviewed(first_met(NOW), Verdict.OPEN, NOW)


@given(MARKS)
def test_the_same_answers_at_the_same_instants_give_the_same_turn(marks: list[tuple[Verdict, int]]) -> None:
    def told() -> Memory:
        memory, now = first_met(NOW), NOW
        for verdict, later in marks:
            now += timedelta(seconds=later)
            memory = after(verdict, memory, now)
        return memory

    assert told() == told()


@given(MARKS)
def test_the_turn_is_never_before_the_day_of_the_answer_and_known_means_three_weeks(
    marks: list[tuple[Verdict, int]],
) -> None:
    memory, now = first_met(NOW), NOW
    for verdict, later in marks:
        now += timedelta(seconds=later)
        before, memory = memory, after(verdict, memory, now)
        if memory is not before:
            assert memory.due.astimezone(SHANGHAI).date() >= now.astimezone(SHANGHAI).date()
            assert is_known(memory) == (memory.due - now > KNOWN_AFTER - timedelta(days=1))
