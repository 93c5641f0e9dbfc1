"""How far an attempt is that has begun: running, handed in, or its result released.

Exams do not know the stages above them. The factory names the one query that does, and everything here asks it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from flask import Flask, current_app

AttemptState = Literal["running", "awaiting", "released"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A released result, in hundredths of a point."""

    result_id: str
    total: int
    pass_points: int
    passed: bool

    @property
    def short_by(self) -> int:
        """Hundredths of a point that are lacking to a pass; 0 for a pass."""
        return 0 if self.passed else max(0, self.pass_points - self.total)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The newest begun sitting of an enrolment in an examination. ``outcome`` is there once the result is released, never before."""

    booking_id: str
    sitting_id: str
    state: AttemptState
    must_submit_by: datetime | None
    results_due: date | None
    outcome: Outcome | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still runs or waits for its result."""
        return self.state != "released"


AttemptQuery = Callable[[str, str, datetime], Attempt | None]
"""For this enrolment and examination at this instant."""

_KEY = "carbonlearn_attempts"


def init_app(app: Flask, source: AttemptQuery) -> None:
    """The query that is asked."""
    app.extensions[_KEY] = source


def attempt_of(enrolment_id: str, paper: str, now: datetime) -> Attempt | None:
    """The newest begun attempt of an enrolment at an examination, by its key; None where none has begun."""
    source: AttemptQuery = current_app.extensions[_KEY]
    return source(enrolment_id, paper, now)
