"""How many failed sign-ins are borne: five in fifteen minutes for an account, thirty for an address (a classroom is one address).

Source: threats paper 6.6, rate limits. The account bucket counts names that do not exist as well, so that it tells nobody which do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from carbonlearn.core.decision import YES, Decision, Reason, decided

SPAN = timedelta(minutes=15)


class Bucket(StrEnum):
    """What failures are counted by."""

    ACCOUNT = "account"
    ADDRESS = "address"


LIMITS: Mapping[Bucket, int] = {Bucket.ACCOUNT: 5, Bucket.ADDRESS: 30}


@dataclass(frozen=True, slots=True)
class Lockout:
    """The decision and, when refused, from when a try is heard again."""

    decision: Decision
    retry_at: datetime | None = None


def decide(
    failures: Mapping[Bucket, Iterable[datetime]],
    now: datetime,
    limits: Mapping[Bucket, int] = LIMITS,
    span: timedelta = SPAN,
) -> Lockout:
    """Whether a sign-in is tried at all. A failure counts until ``span`` after it; tries made while locked do not count.

    Codes: locked_account, locked_address, with ``retry_at``; with both, the later time holds.
    """
    until = {bucket: _locked_until(failures.get(bucket, ()), now, limits[bucket], span) for bucket in Bucket}
    locked = {bucket: at for bucket, at in until.items() if at is not None}
    if not locked:
        return Lockout(YES)
    reasons = [Reason(f"locked_{bucket}", {"retry_at": at}) for bucket, at in locked.items()]
    return Lockout(decided(reasons), max(locked.values()))


def _locked_until(
    failures: Iterable[datetime], now: datetime, limit: int, span: timedelta
) -> datetime | None:
    recent = sorted(at for at in failures if now < at + span)
    return recent[-limit] + span if len(recent) >= limit else None
