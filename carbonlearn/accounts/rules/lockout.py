"""When too many sign-ins have failed. Two buckets of their own, never one keyed on the pair: the account, and the address.

The limits are ours: 5 failures in 15 minutes for an account, 30 for an address (a classroom shares one).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT = 5
ADDRESS_LIMIT = 30


def locked_until(
    account_failures: Sequence[datetime], address_failures: Sequence[datetime], now: datetime
) -> datetime | None:
    """Until when the door is shut, or None. Failures are instants in any order; only those of the last window count."""
    ends = (_end(account_failures, ACCOUNT_LIMIT, now), _end(address_failures, ADDRESS_LIMIT, now))
    return max((end for end in ends if end is not None), default=None)


def _end(failures: Sequence[datetime], limit: int, now: datetime) -> datetime | None:
    """The door opens again when the failure that filled the bucket leaves the window."""
    recent = sorted(at for at in failures if now - WINDOW < at <= now)
    return recent[-limit] + WINDOW if len(recent) >= limit else None
