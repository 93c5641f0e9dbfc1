"""When a candidate may check in for a window, and from when who has not begun is absent.

Source: integrity paper, "Life of a sitting"; the minutes are the programme's (``ExamDay``). Every stretch of time is half open: at its
last instant it is over, so that nobody may begin and be absent at once. A window shorter than a limit bounds it.
"""

from __future__ import annotations

from datetime import datetime

from carbonlearn.catalogue.rules.exam_day import ExamDay


def check_in_opens_at(starts_at: datetime, day: ExamDay) -> datetime:
    """From when a candidate may check in."""
    return starts_at - day.check_in_opens


def check_in_closes_at(starts_at: datetime, ends_at: datetime, day: ExamDay) -> datetime:
    """From when a candidate may not check in any more; never after the window."""
    return min(starts_at + day.check_in_closes, ends_at)


def absent_from(starts_at: datetime, ends_at: datetime, day: ExamDay) -> datetime:
    """From when a candidate who has not begun is absent; never after the window."""
    return min(starts_at + day.absent_after, ends_at)


def may_enter(starts_at: datetime, ends_at: datetime, now: datetime, day: ExamDay) -> bool:
    """Whether the way to the waiting room and the sitting is shown now."""
    return check_in_opens_at(starts_at, day) <= now < ends_at
