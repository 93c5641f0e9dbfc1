"""Which version of a lesson holds follows from time; the lesson's row is the fold that lists read, moved here and nowhere else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from carbonlearn.catalogue import queries
from carbonlearn.catalogue.models import Lesson, LessonVersion
from carbonlearn.infra.db import db


def newest_number(lesson_id: str) -> int:
    """The number of the newest version, whether it holds already or not; 0 when there is none."""
    return (
        db.session.scalar(select(func.max(LessonVersion.number)).where(LessonVersion.lesson_id == lesson_id))
        or 0
    )


def turn(lesson: Lesson, now: datetime) -> bool:
    """Let the lesson's row say what holds at this instant; whether that is another version than before."""
    db.session.flush()
    version_id = db.session.scalar(select(queries.version_at(now)).where(Lesson.id == lesson.id))
    if version_id is None or version_id == lesson.current_version_id:
        return False
    version = db.session.get_one(LessonVersion, version_id)
    lesson.current_version_id, lesson.length_ms = version.id, version.length_ms
    for name in ("kind", "title", "en"):
        setattr(lesson, name, (version.source or {}).get(name, getattr(lesson, name)))
    db.session.flush()
    return True


def due_lessons(now: datetime) -> list[str]:
    """Lessons whose row does not yet say what holds."""
    holds = queries.version_at(now)
    return list(
        db.session.scalars(
            select(Lesson.id).where(holds.is_not(None), holds.is_distinct_from(Lesson.current_version_id))
        )
    )


def turn_if_due(lesson_id: str, now: datetime) -> int:
    """One lesson of the sweep: 1 when it was turned."""
    return int(turn(db.session.get_one(Lesson, lesson_id), now))
