"""The day's handful: today's row, what of it is answered, and the row of days before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeAnswer, PracticeDay
from carbonlearn.practice.rules.daily import days_in_a_row, next_open

LOOK_BACK = 400  # days


@dataclass(frozen=True, slots=True)
class Today:
    """``items`` is empty until the day is begun. ``in_a_row`` counts finished days up to today or yesterday."""

    items: tuple[str, ...]
    answered: frozenset[str]
    in_a_row: int

    @property
    def begun(self) -> bool:
        return bool(self.items)

    @property
    def next_id(self) -> str | None:
        return next_open(self.items, self.answered)

    @property
    def done(self) -> bool:
        return self.begun and self.next_id is None


def today_of(user_id: str, job_type: str, level: str, today: date) -> Today:
    """Where somebody is with the day's handful of a track; two statements."""
    rows = list(
        db.session.scalars(
            select(PracticeDay)
            .where(
                PracticeDay.user_id == user_id,
                PracticeDay.job_type == job_type,
                PracticeDay.level == level,
                PracticeDay.day <= today,
            )
            .order_by(PracticeDay.day.desc())
            .limit(LOOK_BACK)
        )
    )
    finished = {row.day for row in rows if row.done_at is not None}
    row = rows[0] if rows and rows[0].day == today else None
    items = tuple(row.items) if row else ()
    answered = answered_since(user_id, items, row.begun_at) if row else frozenset()
    return Today(items, answered, days_in_a_row(finished, today))


def answered_since(user_id: str, items: tuple[str, ...], begun_at: datetime) -> frozenset[str]:
    """Which of the day's items were answered as such since it was begun."""
    return frozenset(
        db.session.scalars(
            select(PracticeAnswer.item_id).where(
                PracticeAnswer.user_id == user_id,
                PracticeAnswer.mode == "daily",
                PracticeAnswer.item_id.in_(items),
                PracticeAnswer.answered_at >= begun_at,
            )
        )
    )
