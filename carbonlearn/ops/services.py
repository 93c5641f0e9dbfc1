"""What only the top of the house may do: move the clock of a test installation."""

from __future__ import annotations

from datetime import timedelta

from carbonlearn.infra.db import ONE_MICROSECOND, db
from carbonlearn.infra.models import ClockOffset


def clock_offset() -> timedelta:
    """How far the clock of this test installation runs ahead."""
    row = db.session.get(ClockOffset, 1)
    return timedelta(microseconds=row.microseconds) if row else timedelta(0)


def set_clock_offset(offset: timedelta) -> None:
    """Every process sees it from its next request or tick."""
    row = db.session.get(ClockOffset, 1)
    if row is None:
        row = ClockOffset(id=1, microseconds=0)
        db.session.add(row)
    row.microseconds = offset // ONE_MICROSECOND
