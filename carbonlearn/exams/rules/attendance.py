"""When a candidate may check in for a window, and from when who has not begun is absent.

Source: integrity paper, "Life of a sitting": from 45 minutes before to 10 minutes after the start; absent 30 minutes after it. A window
shorter than that bounds both.
"""

from __future__ import annotations

from datetime import datetime, timedelta

CHECK_IN_OPENS = timedelta(minutes=45)
CHECK_IN_CLOSES = timedelta(minutes=10)
ABSENT_AFTER = timedelta(minutes=30)


def check_in_opens_at(starts_at: datetime) -> datetime:
    """From when a candidate may check in."""
    return starts_at - CHECK_IN_OPENS


def check_in_closes_at(starts_at: datetime, ends_at: datetime) -> datetime:
    """Until when a candidate may check in; never after the window."""
    return min(starts_at + CHECK_IN_CLOSES, ends_at)


def absent_from(starts_at: datetime, ends_at: datetime) -> datetime:
    """From when a candidate who has not begun is absent; never after the window."""
    return min(starts_at + ABSENT_AFTER, ends_at)


def may_enter(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether the way to the waiting room and the sitting is shown now."""
    return check_in_opens_at(starts_at) <= now < ends_at
