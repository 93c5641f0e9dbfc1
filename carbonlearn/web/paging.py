"""Keyset pages: the next page begins after the last row's key, so a page costs the same on a list of a thousand and of a million."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page and the key after which the next begins (None on the last)."""

    rows: Sequence[Row]
    next_key: str | None


def page_of(rows: Sequence[Row], key: Callable[[Row], Any], size: int = PAGE_SIZE) -> Page[Row]:
    """Cut a page from rows that were read with ``limit size + 1``."""
    more = len(rows) > size
    kept = rows[:size]
    return Page(kept, str(key(kept[-1])) if more and kept else None)
