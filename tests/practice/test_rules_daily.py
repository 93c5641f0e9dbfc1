from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.practice.rules.daily import (
    FROM_BOOK,
    FROM_WEAK,
    HANDFUL,
    Candidate,
    days_in_a_row,
    handful,
    next_open,
)

CANDIDATES = st.lists(
    st.builds(Candidate, st.uuids().map(str), st.sampled_from("abc"), st.booleans(), st.booleans()),
    max_size=40,
    unique_by=lambda one: one.id,
)
TODAY = date(2026, 11, 20)


@given(CANDIDATES, st.dictionaries(st.sampled_from("abc"), st.floats(0, 1)), st.text())
def test_the_handful_is_full_where_it_can_be_without_repeats_and_the_same_again(
    candidates: list[Candidate], weakness: dict[str, float], seed: str
) -> None:
    chosen = handful(candidates, weakness, seed)
    assert len(chosen) == len(set(chosen)) == min(HANDFUL, len(candidates))
    assert set(chosen) <= {one.id for one in candidates}
    assert handful(reversed(candidates), weakness, seed) == chosen


def a_pool() -> list[Candidate]:
    due = [Candidate(f"due-{number}", "strong", True, True) for number in range(9)]
    weak = [Candidate(f"weak-{number}", "weak", True, False) for number in range(9)]
    new = [Candidate(f"new-{number}", "strong", False, False) for number in range(9)]
    return due + weak + new


def test_it_mixes_what_is_due_what_is_weak_and_what_is_new() -> None:
    chosen = handful(a_pool(), {"weak": 0.7}, "lin/2026-11-20")
    kinds = [one.split("-")[0] for one in chosen]
    assert kinds.count("due") == FROM_BOOK
    assert kinds.count("weak") == FROM_WEAK
    assert kinds.count("new") == HANDFUL - FROM_BOOK - FROM_WEAK


def test_another_day_and_another_learner_get_another_handful() -> None:
    pool = a_pool()
    first = handful(pool, {}, "lin/2026-11-20")
    assert first != handful(pool, {}, "lin/2026-11-21")
    assert first != handful(pool, {}, "zhang/2026-11-20")


def test_the_weakest_function_comes_before_a_less_weak_one() -> None:
    pool = [Candidate(f"{name}-{number}", name, True, False) for name in "ab" for number in range(12)]
    chosen = handful(pool, {"a": 0.1, "b": 0.9}, "seed", size=7)
    assert all(one.startswith("b") for one in chosen)


def test_days_in_a_row_reach_to_today_or_while_it_is_open_to_yesterday() -> None:
    days = {TODAY - timedelta(days=number) for number in (1, 2, 3, 5)}
    assert days_in_a_row(days, TODAY) == 3
    assert days_in_a_row(days | {TODAY}, TODAY) == 4
    assert days_in_a_row({TODAY - timedelta(days=2)}, TODAY) == 0
    assert days_in_a_row(set(), TODAY) == 0


def test_the_next_open_item_is_the_first_unanswered_one() -> None:
    assert next_open(["a", "b", "c"], {"a", "c"}) == "b"
    assert next_open(["a"], {"a"}) is None
