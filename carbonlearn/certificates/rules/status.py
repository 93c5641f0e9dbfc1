"""What a certificate is worth today: folded from the events that happened to it, which are only ever added.

Source: domain paper, "Certificates"; integrity paper 3.1, machine D. The public reason is a category, never the details.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carbonlearn.core.errors import Conflict


class State(StrEnum):
    """UNKNOWN: never issued. REVOKED and SUPERSEDED are final; EXPIRED shows only on what else would be valid or suspended."""

    UNKNOWN = "unknown"
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class Happening(StrEnum):
    """What can happen to a certificate."""

    ISSUED = "issued"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class Category(StrEnum):
    """The public reason: 更正, 违规, 本人申请, 其他."""

    CORRECTION = "correction"
    VIOLATION = "violation"
    HOLDER_REQUEST = "holder_request"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CertificateEvent:
    """One event: what, when, the public category of its reason, and the number that replaces a superseded one."""

    happening: Happening
    at: datetime
    category: Category | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """The state, since when it holds, the category of its reason, and the number that replaces it."""

    state: State
    since: datetime | None = None
    category: Category | None = None
    replaced_by: str | None = None


TABLE: dict[tuple[State, Happening], State] = {
    (State.UNKNOWN, Happening.ISSUED): State.VALID,
    (State.VALID, Happening.SUSPENDED): State.SUSPENDED,
    (State.SUSPENDED, Happening.REINSTATED): State.VALID,
    (State.VALID, Happening.REVOKED): State.REVOKED,
    (State.SUSPENDED, Happening.REVOKED): State.REVOKED,
    (State.VALID, Happening.SUPERSEDED): State.SUPERSEDED,
    (State.SUSPENDED, Happening.SUPERSEDED): State.SUPERSEDED,
}


def step(state: State, happening: Happening) -> State:
    """The state after an event, expiry left aside. Raises Conflict CERTIFICATE_STATUS for what cannot happen in this state."""
    after = TABLE.get((state, happening))
    if after is None:
        raise Conflict("CERTIFICATE_STATUS", status=state.value, event=happening.value)
    return after


def fold(
    events: Iterable[CertificateEvent], now: datetime, expires_at: datetime | None = None
) -> CertificateStatus:
    """The status at ``now`` from the events in the order in which they were recorded; later ones are not yet known at ``now``.

    An event that cannot happen in its state (a second revocation, a reinstatement after one) changes nothing.
    """
    current = CertificateStatus(State.UNKNOWN)
    for event in events:
        after = TABLE.get((current.state, event.happening))
        if after is not None and event.at <= now:
            current = CertificateStatus(after, event.at, event.category, event.replaced_by)
    expired = expires_at is not None and now >= expires_at
    if expired and current.state in (State.VALID, State.SUSPENDED):
        return CertificateStatus(State.EXPIRED, expires_at)
    return current
