"""Results that are costly to make and often asked for, kept for as long as they fit into so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock

from markupsafe import Markup

BESIDES = 200  # bytes that a pair of texts costs whatever it holds


def remembered(most_bytes: int) -> Callable[[Callable[[str], Markup]], Callable[[str], Markup]]:
    """Keep what a pure function of a text makes of it; what was asked for longest ago goes first, what is too large is never kept."""

    def around(make: Callable[[str], Markup]) -> Callable[[str], Markup]:
        kept = _Shelf(most_bytes)

        @wraps(make)
        def get(text: str) -> Markup:
            found = kept.get(text)
            if found is None:
                found = make(text)
                kept.put(text, found)
            return found

        get.held = kept  # type: ignore[attr-defined]
        return get

    return around


class _Shelf:
    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self._found: OrderedDict[str, Markup] = OrderedDict()
        self._lock = Lock()

    def get(self, text: str) -> Markup | None:
        with self._lock:
            if text in self._found:
                self._found.move_to_end(text)
            return self._found.get(text)

    def put(self, text: str, made: Markup) -> None:
        size = _weight(text, made)
        if size > self.most_bytes // 16:
            return
        with self._lock:
            if text in self._found:
                return
            self._found[text] = made
            self.bytes += size
            while self.bytes > self.most_bytes:
                self.bytes -= _weight(*self._found.popitem(last=False))


def _weight(text: str, made: Markup) -> int:
    """What a pair takes at most: four bytes for each character."""
    return 4 * (len(text) + len(made)) + BESIDES
