"""How long the parts of an item may be: the same at the desk and in a file, so that what comes in can be saved again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carbonlearn.question_bank.rules.item import (
    MAX_EXPLANATION,
    MAX_KEY_POINT,
    MAX_KEY_POINTS,
    MAX_OPTION,
    MAX_REFERENCE,
    MAX_SOURCE,
    MAX_STEM,
    ItemText,
    clipped,
    faults,
)

LINE = {"text": "写出边界", "points": 100}
SHORT = ItemText(
    "short-answer", "basic-knowledge", 2, "核算边界应当怎样确定，为什么这样确定？", "解" * 20, "《通则》",
    reference="以法人为界。", rubric=[LINE, LINE],
)  # fmt: skip
FILLED: dict[str, Any] = {
    "stem": "题" * MAX_STEM,
    "explanation": "解" * MAX_EXPLANATION,
    "source": "据" * MAX_SOURCE,
    "reference": "答" * MAX_REFERENCE,
    "rubric": [{"text": "点" * MAX_KEY_POINT, "points": 10_000}] * MAX_KEY_POINTS,
}
OVER: dict[str, tuple[Any, str]] = {
    **{name: (FILLED[name] + "长", code) for name, code in {
        "stem": "ITEM_STEM_LENGTH",
        "explanation": "ITEM_EXPLANATION_LONG",
        "source": "ITEM_SOURCE_LONG",
        "reference": "ITEM_REFERENCE_LONG",
    }.items()},
    "rubric": ([LINE] * (MAX_KEY_POINTS + 1), "ITEM_RUBRIC_LONG"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILLED)
def test_every_part_may_be_as_long_as_its_limit(name: str) -> None:
    assert faults(replace(SHORT, **{name: FILLED[name]})) == []


@pytest.mark.parametrize("name", OVER)
def test_no_part_is_longer_than_its_limit(name: str) -> None:
    too_long, code = OVER[name]
    assert faults(replace(SHORT, **{name: too_long})) == [(name, code)]


@pytest.mark.parametrize(
    "line", [{"text": "长" * (MAX_KEY_POINT + 1), "points": 100}, LINE | {"points": 10_001}]
)
def test_a_line_of_the_rubric_has_its_limits(line: dict[str, Any]) -> None:
    assert faults(replace(SHORT, rubric=[line, line])) == [("rubric", "ITEM_RUBRIC_LONG")]


def test_a_look_at_what_is_typed_shows_no_more_than_an_item_may_have() -> None:
    typed = replace(SHORT, stem="题" * 9_000, options={"A": "长" * 9_000})
    assert len(clipped(typed).stem) == MAX_STEM
    assert len(clipped(typed).options["A"]) == MAX_OPTION
