"""The day's handful: today's row, what of it is answered, and the row of days before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from carbonlearn.catalogue.rules.programme import Track
from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeAnswer, PracticeDay
from carbonlearn.practice.queries.pool import askable
from carbonlearn.practice.rules.daily import days_in_a_row, next_open
from carbonlearn.question_bank.models import Item

LOOK_BACK = 400  # days


@dataclass(frozen=True, slots=True)
class Today:
    """``items`` is empty until the day is begun; what was retired before it was answered is none of them any more. ``in_a_row`` counts
    finished days up to today or yesterday."""

    items: tuple[str, ...]
    answered: frozenset[str]
    in_a_row: int
    begun: bool = False

    @property
    def next_id(self) -> str | None:
        return next_open(self.items, self.answered)

    @property
    def done(self) -> bool:
        return self.begun and self.next_id is None


def today_of(user_id: str, track: Track, today: date) -> Today:
    """Where somebody is with the day's handful of a track; three statements."""
    rows = list(
        db.session.scalars(
            select(PracticeDay)
            .where(
                PracticeDay.user_id == user_id,
                PracticeDay.job_type == track.job_type,
                PracticeDay.level == track.level,
                PracticeDay.day <= today,
            )
            .order_by(PracticeDay.day.desc())
            .limit(LOOK_BACK)
        )
    )
    finished = {row.day for row in rows if row.done_at is not None}
    row = rows[0] if rows and rows[0].day == today else None
    if row is None:
        return Today((), frozenset(), days_in_a_row(finished, today))
    items, answered = what_is_left(row, track)
    if answered and next_open(items, answered) is None:
        finished.add(today)
    return Today(items, answered, days_in_a_row(finished, today), begun=True)


def what_is_left(row: PracticeDay, track: Track) -> tuple[tuple[str, ...], frozenset[str]]:
    """The items of a day that count, and those of them that were answered: what can no longer be asked holds nobody up."""
    answered = answered_since(row.user_id, tuple(row.items), row.begun_at)
    query = select(Item.id).where(Item.id.in_(row.items), askable(track, row.user_id))
    there = frozenset(db.session.scalars(query)) | answered
    return tuple(item_id for item_id in row.items if item_id in there), answered


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
