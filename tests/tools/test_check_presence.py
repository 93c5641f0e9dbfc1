"""The checker of presence questions: what it asks of a deck, whose parts are its pages."""

from __future__ import annotations

from tools.check_presence import PAGE, question_faults, stretch_faults

QUESTION = {
    "id": "presence-one-01", "part": 3, "type": "true-false", "stem": "这一页说，两条路互相印证。", "key": [True],
    "explanation": "第3页：两条路的误差来源不同，接近就是互相印证。",
}  # fmt: skip


def test_two_pages_in_a_row_may_be_without_a_question() -> None:
    assert list(stretch_faults([3, 6, 9], 11)) == []


def test_three_pages_in_a_row_are_named() -> None:
    assert list(stretch_faults([4, 6], 9)) == ["no question on pages 1 to 3", "no question on pages 7 to 9"]


def test_an_explanation_names_the_page() -> None:
    assert question_faults(QUESTION, PAGE) == []
    assert "第3节" in question_faults(QUESTION)[0]
