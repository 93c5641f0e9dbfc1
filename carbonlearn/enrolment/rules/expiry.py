"""When the record says that a place has lapsed, and until when its access may be extended.

Source: domain paper, "Life of an enrolment" and "Who may sit": access lasts the programme's period, the retake half-year reaches past it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from carbonlearn.core.decision import YES, Decision, no
from carbonlearn.enrolment.rules.admission import By, Event, Status, may

LONGEST_EXTENSION = timedelta(days=366)
"""From now on, at most: a place that is needed for longer is a new one (ours)."""

BOOKED = "booked"
RETAKE = "retake"
SITTING = "sitting"
RESULT = "result"
"""What may still be under way on a place: a place held in a window, a retake that can be used, a sitting that is running or not
yet released, and a pass whose certificate is not issued yet."""

EARNED = frozenset({SITTING, RESULT})
"""What was sat for cannot be taken away by ending the place."""


def has_lapsed(access_until: datetime | None, now: datetime) -> bool:
    """Whether the access period has passed; without an end it never does."""
    return access_until is not None and access_until <= now


def may_expire(
    status: Status, access_until: datetime | None, pending: Collection[str], now: datetime
) -> Decision:
    """Whether the place is over: active, its period passed, and nothing under way that reaches past it.

    Reason codes: enrolment_status, access_open, and pending (what).
    """
    if not may(status, Event.EXPIRE, By.SYSTEM):
        return no("enrolment_status", status=status.value)
    if not has_lapsed(access_until, now):
        return no("access_open", access_until=access_until)
    return no("pending", what=tuple(sorted(pending))) if pending else YES


def may_withdraw(pending: Collection[str]) -> Decision:
    """Whether nothing stands in the way of ending the place early. Reason code: withdrawal_unreleased (what)."""
    held = EARNED.intersection(pending)
    return no("withdrawal_unreleased", what=tuple(sorted(held))) if held else YES


def extension_fault(access_until: datetime | None, until: datetime, now: datetime) -> str | None:
    """A stable code for what is wrong with a new end of access, or None: it has to be later than now and than the old end."""
    if until <= now or (access_until is not None and until <= access_until):
        return "EXTENSION_NOT_LATER"
    return "EXTENSION_TOO_LONG" if until > now + LONGEST_EXTENSION else None
