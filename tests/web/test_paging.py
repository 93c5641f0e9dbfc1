from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.web.paging import PAGE_SIZE, page_of


@pytest.mark.parametrize(
    ("count", "kept", "next_key"), [(0, 0, None), (1, 1, None), (3, 3, None), (4, 3, "3")]
)
def test_a_page_is_cut_and_names_where_the_next_begins(count: int, kept: int, next_key: str | None) -> None:
    page = page_of(list(range(1, count + 1)), lambda row: row, size=3)
    assert list(page.rows) == list(range(1, kept + 1))
    assert page.next_key == next_key


@given(st.lists(st.integers(), unique=True, max_size=100), st.integers(1, 10))
def test_turning_the_pages_shows_every_row_once(values: list[int], size: int) -> None:
    rows, after, seen = sorted(values), None, []

    def read(after: str | None) -> Sequence[int]:
        return [row for row in rows if after is None or row > int(after)][: size + 1]

    while True:
        page = page_of(read(after), lambda row: row, size)
        seen += page.rows
        after = page.next_key
        if after is None:
            break
    assert seen == rows


def test_the_usual_page_fits_a_phone() -> None:
    assert len(page_of(list(range(100)), lambda row: row).rows) == PAGE_SIZE == 30
