"""By when a sitting must be handed in, and which answers still count. One clock decides: the server's, at arrival.

Source: integrity paper 3.1 (start, save, deadline rows) and architecture paper, "One clock".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carbonlearn.core.decision import YES, Decision, no

GRACE = timedelta(seconds=5)
LATE_WINDOW = timedelta(minutes=10)
NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Times:
    """What fixes a deadline. ``allowance`` was agreed before the exam, ``extension`` during it; ``start_jitter`` is the longest
    time by which the system itself may have held a candidate back at the start."""

    started_at: datetime
    duration: timedelta
    window_end: datetime
    start_jitter: timedelta = NOTHING
    allowance: timedelta = NOTHING
    extension: timedelta = NOTHING

    def __post_init__(self) -> None:
        if min(self.duration, self.start_jitter, self.allowance, self.extension) < NOTHING:
            raise ValueError("no length of time in a sitting is negative")


def must_submit_by(times: Times) -> datetime:
    """The paper's minutes from the start, but not past the window's end; agreed time is added to whichever comes first.

    So a late starter loses minutes, while an allowance or an extension is never eaten by the end of the window.
    """
    own = times.started_at + times.duration
    window = times.window_end + times.start_jitter
    return min(own, window) + times.allowance + times.extension


def remaining(deadline: datetime, now: datetime) -> timedelta:
    """Time left on the candidate's clock, never negative; the grace is not shown."""
    return max(NOTHING, deadline - now)


def accepts(arrived_at: datetime, deadline: datetime, grace: timedelta = GRACE) -> Decision:
    """Whether an answer that arrived then counts: up to deadline + grace, both included. Code: after_deadline."""
    if arrived_at <= deadline + grace:
        return YES
    return no("after_deadline", deadline=deadline, late_by=arrived_at - deadline)


def is_over(deadline: datetime, now: datetime, grace: timedelta = GRACE) -> bool:
    """Whether the sitting has timed out: exactly when an answer arriving now would no longer count."""
    return not accepts(now, deadline, grace)


def completed_at(deadline: datetime, now: datetime) -> datetime:
    """When a sitting that ends now counts as completed: never after its deadline, however late it is found."""
    return min(deadline, now)


def may_start(now: datetime, window_start: datetime, absent_from: datetime) -> Decision:
    """From the start of the window up to the instant from which one is absent, which is too late. Codes: start_not_open,
    start_too_late (with the minutes after the start)."""
    if now < window_start:
        return no("start_not_open", opens_at=window_start)
    if now < absent_from:
        return YES
    minutes = (absent_from - window_start) // timedelta(minutes=1)
    return no("start_too_late", closed_at=absent_from, minutes=minutes)


def is_absent(now: datetime, absent_from: datetime) -> bool:
    """Whether a candidate who has not started is absent: exactly when starting is too late."""
    return now >= absent_from


def may_close(ended_at: datetime, now: datetime, late_window: timedelta = LATE_WINDOW) -> bool:
    """Whether the time for late batches is over, so that the answers are frozen."""
    return now >= ended_at + late_window
