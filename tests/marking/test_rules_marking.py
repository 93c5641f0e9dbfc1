from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.marking.rules.auto_mark import (
    MULTIPLE,
    SINGLE,
    TRUE_FALSE,
    AutoMark,
    Key,
    MultiplePolicy,
    auto_mark,
)
from carbonlearn.marking.rules.grade import Grade, ItemMark, Outcome, grade, overall
from carbonlearn.marking.rules.reconcile import Reconciled, Standing, mean, reconcile
from carbonlearn.marking.rules.rubric import choices, worth

PARTIAL = MultiplePolicy.PARTIAL
letters = st.frozensets(st.sampled_from("ABCDEFGH"))


def key(text: str) -> Key:
    return Key(frozenset(text))


@pytest.mark.parametrize(
    ("item_type", "right", "answer", "points", "mark"),
    [
        (SINGLE, key("B"), frozenset("B"), 100, AutoMark(100, "right")),
        (SINGLE, key("B"), frozenset("A"), 100, AutoMark(0, "wrong")),
        (SINGLE, key("B"), frozenset("AB"), 100, AutoMark(0, "wrong")),
        (SINGLE, key("B"), None, 100, AutoMark(0, "blank")),
        (SINGLE, key("B"), frozenset(), 100, AutoMark(0, "blank")),
        (SINGLE, key("B"), True, 100, AutoMark(0, "wrong")),
        (TRUE_FALSE, Key(True), True, 50, AutoMark(50, "right")),
        (TRUE_FALSE, Key(True), False, 50, AutoMark(0, "wrong")),
        (TRUE_FALSE, Key(False), False, 50, AutoMark(50, "right")),
        (TRUE_FALSE, Key(False), None, 50, AutoMark(0, "blank")),
        (TRUE_FALSE, Key(False), frozenset("B"), 50, AutoMark(0, "wrong")),
        (MULTIPLE, key("ACD"), frozenset("ACD"), 150, AutoMark(150, "right")),
        (MULTIPLE, key("ACD"), frozenset("AC"), 150, AutoMark(0, "wrong")),
        (MULTIPLE, key("ACD"), frozenset("ABCD"), 150, AutoMark(0, "wrong")),
        (MULTIPLE, Key(frozenset("A"), voided=True), None, 150, AutoMark(150, "voided")),
    ],
)
def test_objective_answers_are_marked_by_rule(
    item_type: str, right: Key, answer: frozenset[str] | bool | None, points: int, mark: AutoMark
) -> None:
    assert auto_mark(item_type, right, answer, points) == mark


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        ("ACD", AutoMark(150, "right")),
        ("AC", AutoMark(100, "partly_right")),
        ("A", AutoMark(50, "partly_right")),
        ("AB", AutoMark(0, "wrong")),
    ],
)
def test_the_partial_policy_shares_points_but_forgives_nothing_wrong(answer: str, mark: AutoMark) -> None:
    assert auto_mark(MULTIPLE, key("ACD"), frozenset(answer), 150, PARTIAL) == mark


@given(letters.filter(bool), letters, st.integers(1, 1000))
def test_a_mark_lies_between_nothing_and_full_and_is_full_for_the_key_alone(
    right: frozenset[str], answer: frozenset[str], points: int
) -> None:
    strict = auto_mark(MULTIPLE, Key(right), answer, points).points
    lenient = auto_mark(MULTIPLE, Key(right), answer, points, PARTIAL).points
    assert 0 <= strict <= lenient <= points
    assert (lenient == points) == (strict == points) == (answer == right)


@pytest.mark.parametrize(
    ("item_type", "right"), [("short-answer", key("A")), (TRUE_FALSE, key("A")), (SINGLE, Key(True))]
)
def test_no_rule_marks_what_people_mark_or_a_key_of_another_shape(item_type: str, right: Key) -> None:
    with pytest.raises(ValueError, match="no rule marks"):
        auto_mark(item_type, right, frozenset("A"), 100)


@pytest.mark.parametrize(
    ("first", "second", "third", "expected"),
    [
        (None, None, None, Reconciled(Standing.WAITING)),
        (200, None, None, Reconciled(Standing.WAITING)),
        (200, 200, None, Reconciled(Standing.AGREED, 0, 200)),
        (200, 250, None, Reconciled(Standing.AGREED, 50, 250)),
        (240, 300, None, Reconciled(Standing.AGREED, 60, 250)),
        (200, 300, None, Reconciled(Standing.DISPUTED, 100)),
        (239, 300, 150, Reconciled(Standing.DECIDED, 61, 150)),
        (0, 300, 0, Reconciled(Standing.DECIDED, 300, 0)),
        (250, 300, 0, Reconciled(Standing.AGREED, 50, 300)),
    ],
)
def test_two_markers_are_reconciled(
    first: int | None, second: int | None, third: int | None, expected: Reconciled
) -> None:
    assert reconcile(first, second, third, 300, 20) == expected


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 100))
def test_the_order_of_markers_does_not_matter_and_the_mean_stays_near_both(
    first: int, second: int, third: int, tolerance: int
) -> None:
    result = reconcile(first, second, third, 500, tolerance)
    assert result == reconcile(second, first, third, 500, tolerance)
    assert result.points is not None
    if result.standing is Standing.AGREED:
        assert result.points % 50 == 0
        assert -25 < result.points - (first + second) / 2 <= 25
    else:
        assert result.points == third


def test_a_tie_goes_to_the_candidate_but_never_beyond_the_items_points() -> None:
    assert [mean(200, 250), mean(200, 249), mean(250, 300)] == [250, 200, 300]
    assert reconcile(125, 125, None, 130, 20).points == 130
    with pytest.raises(ValueError, match="no mark"):
        reconcile(301, 0, None, 300, 20)


def test_a_result_adds_up_and_passes_from_the_line_on() -> None:
    marks = [
        ItemMark("single-choice", 100, 100),
        ItemMark("single-choice", 100, 0),
        ItemMark("short-answer", 300, 200),
    ]
    assert grade(marks, 300) == Grade(
        Outcome.PASS, 300, 500, 300, False, 0, {"single-choice": (100, 200), "short-answer": (200, 300)}
    )
    assert grade(marks, 301).outcome is Outcome.FAIL
    assert grade(marks, 300, void=True).outcome is Outcome.VOID


def test_only_a_decided_result_that_nobody_holds_can_be_released() -> None:
    full = [ItemMark("x", 100, 100)]
    waiting = grade([*full, ItemMark("x", 100, None)], 50)
    assert (waiting.outcome, waiting.unmarked, waiting.releasable) == (Outcome.UNMARKED, 1, False)
    assert grade(full, 50).releasable
    held = grade(full, 50, held=True)
    assert (held.outcome, held.releasable) == (Outcome.PASS, False)
    with pytest.raises(ValueError, match="no mark"):
        grade([ItemMark("x", 100, 101)], 50)


@pytest.mark.parametrize(
    ("parts", "outcome"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "fail"], "fail"),
        (["pass", "unmarked"], "unmarked"),
        (["fail", "unmarked"], "fail"),
        (["fail", "void"], "void"),
        ([], "unmarked"),
    ],
)
def test_every_part_must_be_passed(parts: list[str], outcome: str) -> None:
    assert overall([Outcome(part) for part in parts]) == outcome


@given(st.lists(st.integers(1, 500), min_size=2, max_size=5), st.integers(1, 2000))
def test_the_lines_of_a_rubric_together_are_worth_exactly_the_item(shares: list[int], points: int) -> None:
    found = worth(shares, points)
    assert sum(found) == points
    assert all(
        abs(full * sum(shares) - share * points) < sum(shares)
        for full, share in zip(found, shares, strict=True)
    )


def test_a_rubric_that_fits_the_paper_stays_as_it_is_and_one_that_does_not_is_shared_out() -> None:
    assert worth([100, 150, 50], 300) == (100, 150, 50)
    assert worth([100, 100, 100], 200) == (67, 67, 66)
    assert worth([100, 200], 500) == (167, 333)
    assert choices(67) == (0, 33, 67)
