"""The one clock. No other file reads time.

``now`` is read once per request, per sweep and per command, and passed down as an aware UTC instant. On PostgreSQL the database's time
decides, so that several machines agree; on SQLite all processes share the machine's clock. In a test installation the offset of
``POST /test/clock`` is a row that every process reads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

LOOK_EVERY_SECONDS = 30.0


class Clock(Protocol):
    """Gives the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, corrected by a look at an outside reference (the database) every 30 seconds."""

    def __init__(self, reference: Callable[[], datetime] | None = None) -> None:
        self._reference = reference
        self._lock = threading.Lock()
        self._seen: tuple[datetime, float] | None = None
        self._skew = timedelta(0)

    def now(self) -> datetime:
        if self._reference is None:
            return datetime.now(UTC)
        base, looked_at = self._look(self._reference)
        return base + timedelta(seconds=time.monotonic() - looked_at)

    @property
    def skew(self) -> timedelta:
        """How far the machine's own clock stands from the reference, at the last look."""
        return self._skew

    def _look(self, reference: Callable[[], datetime]) -> tuple[datetime, float]:
        """The last look, renewed when it is old: the reference's instant and the monotonic second at which it was read."""
        with self._lock:
            if self._seen is None or time.monotonic() - self._seen[1] >= LOOK_EVERY_SECONDS:
                instant = reference()
                self._skew = abs(datetime.now(UTC) - instant)
                self._seen = (instant, time.monotonic())
            return self._seen


class SettableClock:
    """A clock that stands still until it is moved: tests set and advance it."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("the clock takes aware instants")
        self._now = instant.astimezone(UTC)

    def advance(self, **step: float) -> datetime:
        """Move on by ``timedelta(**step)`` and return the new instant."""
        self._now += timedelta(**step)
        return self._now


class OffsetClock:
    """The clock of a test installation: real time plus an offset that all processes share."""

    def __init__(self, inner: Clock, offset: Callable[[], timedelta]) -> None:
        self.inner = inner
        self._offset = offset

    def now(self) -> datetime:
        return self.inner.now() + self._offset()


def stopwatch() -> float:
    """Seconds on a monotonic clock, for durations in logs and job records."""
    return time.monotonic()
