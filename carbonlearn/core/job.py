"""What a scheduled job is: a name, how often it is due, and a sweep that may run twice, late, or on two machines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

LATE_AFTER = timedelta(minutes=5)
SLOW_LATE_AFTER = timedelta(minutes=30)
NAME = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Job:
    """``sweep(now)`` finds the due rows and settles each in a unit of work of its own; it returns how many it changed.

    ``is_slow`` is for one that may take minutes, such as reading a stranger's file: slow jobs have a lane of their own, so that none of
    them keeps sittings from being closed or papers from being sealed. One sweep does one piece.
    """

    name: str
    every: timedelta
    sweep: Callable[[datetime], int]
    is_slow: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"a job is named feature.deed, not {self.name!r}")
        if self.every < timedelta(seconds=1):
            raise ValueError("a job is due at most once a second")

    def is_late(self, last: datetime | None, now: datetime) -> bool:
        """Whether a run is overdue: the last began more than the interval and five minutes ago (half an hour for a slow job, which may
        still be at it), or there was none."""
        return last is None or now - last > self.every + (SLOW_LATE_AFTER if self.is_slow else LATE_AFTER)
