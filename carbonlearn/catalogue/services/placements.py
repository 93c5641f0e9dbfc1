"""Which lessons stand in a course, in which order, and which of them are open to everybody. Learners keep what they earned."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries
from carbonlearn.catalogue.models import LessonPlacement
from carbonlearn.catalogue.rules.programme import course_slugs
from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db

UP, DOWN = "up", "down"


def place(
    programme_key: str, course_slug: str, lesson_slug: str, *, actor: Actor, now: datetime
) -> LessonPlacement:
    """Put a lesson at the end of a course; one that was taken out comes back. Standing there already, it stays where it is."""
    data = queries.current_version(programme_key, now).data
    if course_slug not in course_slugs(data):
        raise Invalid("COURSE_UNKNOWN", field="course")
    lesson = queries.desk_lesson(lesson_slug)
    row = db.session.scalar(
        select(LessonPlacement).where(
            LessonPlacement.programme_key == programme_key,
            LessonPlacement.course_slug == course_slug,
            LessonPlacement.lesson_id == lesson.id,
        )
    )
    if row is None:
        row = LessonPlacement(
            programme_key=programme_key,
            course_slug=course_slug,
            lesson_id=lesson.id,
            meta={},
            removed_at=None,
        )
        db.session.add(row)
    elif row.removed_at is None:
        return row
    standing = queries.course_lessons(programme_key, course_slug)
    row.position = max((one.placement.position for one in standing), default=0) + 1
    row.removed_at = None
    row.meta = {**(row.meta or {}), "desk": True}
    db.session.flush()
    _record("lesson:place", row, actor, now)
    return row


def take_out(placement_id: str, *, actor: Actor, now: datetime) -> LessonPlacement:
    """Take a lesson out of a course. Nothing that was earned is touched."""
    row = queries.placement(placement_id)
    row.removed_at = now
    _record("lesson:take_out", row, actor, now)
    return row


def move(placement_id: str, direction: str, *, actor: Actor, now: datetime) -> LessonPlacement:
    """One place up or down; at the end it stays. The course's lessons are numbered anew from 1."""
    row = queries.placement(placement_id)
    if direction not in (UP, DOWN):
        raise Invalid("INVALID_FIELD", field="direction", rule="up_or_down")
    order = [one.placement for one in queries.course_lessons(row.programme_key, row.course_slug)]
    here = order.index(row)
    there = here - 1 if direction == UP else here + 1
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
    for position, one in enumerate(order, 1):
        one.position = position
    _record("lesson:move", row, actor, now, position=row.position)
    return row


def set_trial(placement_id: str, on: bool, *, actor: Actor, now: datetime) -> LessonPlacement:
    """Open a lesson to everybody in this programme, or to its learners alone."""
    row = queries.placement(placement_id)
    row.meta = {**row.meta, "trial": on}
    _record("lesson:trial", row, actor, now, trial=int(on))
    return row


def _record(action: str, row: LessonPlacement, actor: Actor, now: datetime, **facts: object) -> None:
    named = {"programme": row.programme_key, "course": row.course_slug, "lesson": row.lesson_id, **facts}
    record(action, ("placement", row.id), now=now, actor_id=actor.user_id, facts=named)
