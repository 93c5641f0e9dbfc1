"""What a sitting ends as: worked out from its deadline and its answers alone, so that whoever looks or closes finds the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from carbonlearn.sittings.rules.deadline import completed_at, is_over
from carbonlearn.sittings.rules.machine import By, Event, Status, step
from carbonlearn.sittings.rules.receipt import answers_hash, code_of


@dataclass(frozen=True, slots=True)
class Ending:
    """The status, when it counts as completed, the hash of all that was answered, and the code read out from it."""

    status: str
    ended_at: datetime
    answers_hash: str
    receipt_code: str


def ending_of(
    sitting_id: str, status: Status, deadline: datetime | None, answers: Mapping[int, Any], now: datetime
) -> Ending:
    """The end of a sitting with these final answers, now; never later than its deadline."""
    digest = answers_hash(sitting_id, answers)
    ended_at = now if deadline is None else completed_at(deadline, now)
    return Ending(status.value, ended_at, digest, code_of(digest))


def is_overdue(status: str, deadline: datetime | None, now: datetime) -> bool:
    """Whether a sitting has timed out, though its row may not say so yet."""
    return status == Status.RUNNING and deadline is not None and is_over(deadline, now)


def timed_out() -> Status:
    """The status that an overdue sitting has."""
    return step(Status.RUNNING, Event.DEADLINE, By.SYSTEM)
