"""Where a place stands for its owner at an instant, and which of several a page is about when the address names none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from carbonlearn.enrolment.rules.expiry import has_lapsed


class Standing(StrEnum):
    """WAITING: not opened yet. OPEN: earns credit. LAPSED: the period has passed, an exam may still be under way. The others are ends."""

    WAITING = "waiting"
    OPEN = "open"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more can be done on the place."""
        return self in (Standing.EXPIRED, Standing.COMPLETED, Standing.WITHDRAWN)

    @property
    def is_current(self) -> bool:
        """Whether something can still be done on it: to study, or to sit."""
        return self in (Standing.OPEN, Standing.LAPSED)


class Standable(Protocol):
    """What choosing needs to know of a place."""

    @property
    def id(self) -> str: ...

    @property
    def standing(self) -> Standing: ...


Place = TypeVar("Place", bound=Standable)
ORDER = (
    Standing.OPEN,
    Standing.LAPSED,
    Standing.COMPLETED,
    Standing.EXPIRED,
    Standing.WAITING,
    Standing.WITHDRAWN,
)


def standing_of(status: str, access_until: datetime | None, now: datetime) -> Standing:
    """Where the place stands now; time ends a period before any record does."""
    if status in ("expired", "completed", "withdrawn"):
        return Standing(status)
    if status != "active":
        return Standing.WAITING
    return Standing.LAPSED if has_lapsed(access_until, now) else Standing.OPEN


def shown_place(own: Sequence[Place], asked: str | None) -> Place | None:
    """The place asked for if it is one's own, else the first that can be gone on with, else the first that ended. ``own``: newest first."""
    named = next((one for one in own if one.id == asked), None)
    ordered = sorted(own, key=lambda one: ORDER.index(one.standing))
    return named or next(iter(ordered), None)
