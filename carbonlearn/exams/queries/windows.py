"""Windows with the places taken in them, for the learner's list and the desk's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from carbonlearn.catalogue.models import Programme
from carbonlearn.core.errors import NotFound
from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.infra.db import db

TAKEN = ("held", "used")
LEARNER_WINDOWS = 5
DEMONSTRATION_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A window, its programme's names, and how many places are taken."""

    window: ExamWindow
    programme: str
    programme_en: str
    demonstration: bool
    booked: int

    @property
    def places_left(self) -> int:
        """Places still free; never below zero, even where a window was moved into a smaller room."""
        return max(0, self.window.capacity - self.booked)


def window_by_id(window_id: str, *, lock: bool = False) -> ExamWindow:
    """One window. ``lock`` holds its row until the unit of work ends, so that places are counted by one at a time. Raises NotFound."""
    query = select(ExamWindow).where(ExamWindow.id == window_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    window = db.session.scalar(query)
    if window is None:
        raise NotFound("WINDOW_NOT_FOUND")
    return window


def windows_between(
    first: datetime, last: datetime, programme_key: str | None, now: datetime
) -> list[WindowRow]:
    """The windows that start from ``first`` up to, not including, ``last``; of one programme when given. One statement.

    Of a demonstration's windows, which come every few minutes, only the present ones and those that somebody booked.
    """
    telling = ~Programme.demonstration | (ExamWindow.starts_at > now - DEMONSTRATION_KEPT) | _booked.exists()
    wanted = [ExamWindow.starts_at >= first, ExamWindow.starts_at < last, telling]
    if programme_key:
        wanted.append(ExamWindow.programme_key == programme_key)
    return _rows(*wanted)


def windows_for_learner(
    programme_key: str, paper: str, now: datetime, limit: int = LEARNER_WINDOWS
) -> list[WindowRow]:
    """The next windows of an examination that have not begun; cancelled ones too, so that the reason is read."""
    wanted = (ExamWindow.programme_key == programme_key, ExamWindow.paper == paper)
    return _rows(*wanted, ExamWindow.starts_at > now, limit=limit)


def window_row(window_id: str) -> WindowRow:
    """One window as the desk shows it. Raises NotFound."""
    found = _rows(ExamWindow.id == window_id)
    if not found:
        raise NotFound("WINDOW_NOT_FOUND")
    return found[0]


_booked = select(Booking.id).where(Booking.window_id == ExamWindow.id, Booking.status.in_(TAKEN))


def _rows(*wanted: ColumnElement[bool], limit: int | None = None) -> list[WindowRow]:
    taken = _booked.with_only_columns(func.count()).scalar_subquery()
    query = (
        select(ExamWindow, Programme.name, Programme.en, Programme.demonstration, taken)
        .join(Programme, Programme.key == ExamWindow.programme_key)
        .where(*wanted)
        .order_by(ExamWindow.starts_at, Programme.position, ExamWindow.id)
        .limit(limit)
    )
    return [WindowRow(*row) for row in db.session.execute(query)]
