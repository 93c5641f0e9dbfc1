"""The bank on its shelves, and the months in which it falls due."""

from __future__ import annotations

from datetime import date

from carbonlearn.reports.rules.health import months_ahead, table


def test_a_shelf_holds_the_sum_and_its_spread_and_an_empty_one_is_there() -> None:
    found = table(
        [("f", "single-choice", 2, 3), ("f", "single-choice", 5, 1)], ["f"], ["single-choice", "true-false"]
    )
    assert (found["f"]["single-choice"].count, found["f"]["single-choice"].by_difficulty) == (
        4,
        (0, 3, 0, 0, 1),
    )
    assert found["f"]["true-false"].count == 0


def test_a_cell_that_has_not_twice_what_papers_take_is_thin() -> None:
    counted = [("f", kind, 1, count) for kind, count in (("single-choice", 19), ("true-false", 20))]
    kinds = ["single-choice", "true-false", "short-answer"]
    taken = {("f", "single-choice"): 10, ("f", "true-false"): 10, ("g", "true-false"): 1}
    found = table(counted, ["f", "g"], kinds, taken)
    assert [found["f"][kind].is_thin for kind in kinds] == [True, False, False]
    assert [found["g"][kind].is_thin for kind in kinds] == [False, True, False], (
        "nothing there, and one is taken"
    )
    assert not any(cell.is_thin for cell in table(counted, ["f"], kinds)["f"].values())


def test_items_fall_due_by_month_across_the_end_of_a_year() -> None:
    days = [
        (date(2026, 11, 20), 1),
        (date(2026, 11, 21), 2),
        (date(2027, 1, 31), 3),
        (date(2027, 5, 1), 4),
        (None, 5),
    ]
    assert months_ahead(days, date(2026, 11, 21)) == [
        ("overdue", 1),
        ("2026-11", 2),
        ("2026-12", 0),
        ("2027-01", 3),
        ("2027-02", 0),
        ("2027-03", 0),
        ("2027-04", 0),
        ("later", 4),
        ("never", 5),
    ]
