"""What the public page keeps in the memory of a process: views not yet stored, and pages just made.

A page that is looked at often must not write at each look. The first view is stored at once; those that follow within STORE_EVERY
wait for the next one after it. A process that ends may lose the views of the last seconds: it is a counter, and no record rests on it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

STORE_EVERY = timedelta(seconds=5)
PAGES = 256

Views = dict[tuple[str, str], int]


class Tally:
    """Counts views by certificate and day until they are to be stored."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Views = {}
        self._stored_at: datetime | None = None

    def add(self, certificate_id: str, now: datetime) -> Views:
        """Count one view; what the caller is to store now, which is mostly nothing."""
        key = (certificate_id, now.date().isoformat())
        with self._lock:
            self._waiting[key] = self._waiting.get(key, 0) + 1
            if self._stored_at is not None and abs(now - self._stored_at) < STORE_EVERY:
                return {}
            due, self._waiting, self._stored_at = self._waiting, {}, now
            return due

    def clear(self) -> None:
        """Forget everything (tests start anew)."""
        with self._lock:
            self._waiting, self._stored_at = {}, None


class PageCache:
    """The last pages made, by ETag; an ETag names one content, so none is ever stale."""

    def __init__(self, size: int = PAGES) -> None:
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._size = size

    def get_or_make(self, etag: str, make: Callable[[], str]) -> str:
        """The page of this ETag, made if it is not here."""
        with self._lock:
            if etag in self._pages:
                self._pages.move_to_end(etag)
                return self._pages[etag]
        page = make()
        with self._lock:
            self._pages[etag] = page
            if len(self._pages) > self._size:
                self._pages.popitem(last=False)
        return page


tally = Tally()
page_cache = PageCache()
