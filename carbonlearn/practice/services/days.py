"""The day's handful: chosen once a day, finished with its last answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.rules.programme import Track
from carbonlearn.core.permissions import Actor
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.queries import OwnPlace
from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeDay
from carbonlearn.practice.queries.answers import card_ids, stats
from carbonlearn.practice.queries.chapters import competence
from carbonlearn.practice.queries.days import what_is_left
from carbonlearn.practice.queries.pool import pool
from carbonlearn.practice.rules.daily import Candidate, handful, next_open
from carbonlearn.practice.rules.radar import Skill


def begin_day(place: OwnPlace, *, actor: Actor, now: datetime) -> PracticeDay | None:
    """Choose today's handful for this learner and track; the one there is already stays. None where there is nothing to ask.

    The choice follows from day, learner and what was answered before, by no random generator.
    """
    user_id, track = actor.user_id, place.track
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    today = local_day(now, str(place.rules.zone))
    known = db.session.get(PracticeDay, (user_id, track.job_type, track.level, today))
    if known is not None:
        return known
    _settle_last(user_id, track, now)
    items, answered, due = pool(track), stats(user_id), card_ids(user_id, now)
    candidates = [Candidate(one.id, one.function, one.id in answered, one.id in due) for one in items]
    chosen = handful(candidates, _weakness(competence(place, items, answered)), f"{user_id}/{today}")
    if not chosen:
        return None
    made = PracticeDay(
        user_id=user_id,
        job_type=track.job_type,
        level=track.level,
        day=today,
        items=list(chosen),
        begun_at=now,
    )
    db.session.add(made)
    return made


def finish_day(user_id: str, track: Track, zone: ZoneInfo, now: datetime) -> None:
    """Note that the day is done when its last item was answered; the answer stands already."""
    row = db.session.get(PracticeDay, (user_id, track.job_type, track.level, local_day(now, str(zone))))
    if row is not None:
        _settle(row, track, now)


def _settle_last(user_id: str, track: Track, now: datetime) -> None:
    """The day begun last is done when all that was open of it has been retired since."""
    mine = (PracticeDay.user_id == user_id) & (PracticeDay.job_type == track.job_type)
    query = select(PracticeDay).where(mine, PracticeDay.level == track.level)
    row = db.session.scalar(query.order_by(PracticeDay.day.desc()).limit(1))
    if row is not None:
        _settle(row, track, now)


def _settle(row: PracticeDay, track: Track, now: datetime) -> None:
    items, answered = what_is_left(row, track)
    if row.done_at is None and answered and next_open(items, answered) is None:
        row.done_at = now


def _weakness(skills: Iterable[Skill]) -> dict[str, float]:
    return {one.function: 1 - one.share for one in skills if one.share is not None}
