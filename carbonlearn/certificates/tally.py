"""What the public page keeps in the memory of a process: views not yet stored, and answers just made.

A page that is looked at often must not write at each look. The first view is stored at once; those that follow within STORE_EVERY
wait for the next one after it. A process that ends may lose the views of the last seconds: it is a counter, and no record rests on it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from carbonlearn.web.compression import Packed

STORE_EVERY = timedelta(seconds=5)
ANSWERS = 256

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


@dataclass(frozen=True, slots=True)
class Answer:
    """A public answer ready to send, and the ETag that names it."""

    body: Packed
    media_type: str
    etag: str


class Answers:
    """The last answers made, each under all that it was made from: stored values, minute, language, form. So none is ever stale."""

    def __init__(self, size: int = ANSWERS) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._size = size

    def get_or_make(self, key: Hashable, make: Callable[[], tuple[str, str]]) -> Answer:
        """The answer under this key; ``make`` gives body and media type when it is not here."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        body, media_type = make()
        packed = Packed(body)
        answer = Answer(packed, media_type, hashlib.sha256(packed.plain).hexdigest()[:32])
        with self._lock:
            self._kept[key] = answer
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return answer


tally = Tally()
answers = Answers()
