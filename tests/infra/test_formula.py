"""The part of LaTeX that printed papers set, and what is left as it was typed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.infra.formula import FormulaUnknown, characters, tree


def words(source: str) -> str:
    return "".join(characters(tree(source)))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"E = AD \times EF", "E = AD × EF"),
        (r"\frac{44}{12}", "4412"),
        (r"C_{ar} \cdot OF", "Car·OF"),
        (r"x^2 \le 5\%", "x2 ≤ 5%"),
        (r"\text{排放量} = \sum_{i=1}^{n} x_i", "排放量 = ∑i = 1nxi"),
        (r"\sqrt{a^2 + b^2}", "a2 + b2"),
        (r"\left( 1 - \eta \right)", "(1−η)"),
        ("-1", "−1"),
    ],
)
def test_reads_what_items_use(source: str, said: str) -> None:
    assert words(source) == said


def test_a_fraction_keeps_what_is_above_and_below() -> None:
    assert tree(r"\frac{44}{12}") == {
        "row": [
            {"frac": [{"row": [{"t": "4"}, {"t": "4"}]}, {"row": [{"t": "1"}, {"t": "2"}]}]},
        ]
    }


def test_an_index_below_and_above_belong_to_one_base() -> None:
    (found,) = tree("x_i^2")["row"]
    assert set(found) == {"base", "sub", "sup"}


@pytest.mark.parametrize(
    "source",
    [
        r"\unknown{x}",
        "{x",
        "x}",
        "x^",
        "^2",
        "x_1_2",
        r"\frac{1}",
        r"\sqrt",
        "\\",
        "{" * 3000 + "}" * 3000,
        r"\frac" * 3000,
    ],
)
def test_what_it_does_not_know_it_says_so(source: str) -> None:
    with pytest.raises(FormulaUnknown):
        tree(source)


@given(st.text(alphabet="xy12{}^_\\ +frac", max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    with contextlib.suppress(FormulaUnknown):
        assert isinstance(words(source), str)
