"""Who may study what, loaded through the actor: places, lessons of a track, sessions and their open span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import Lesson, LessonVersion
from carbonlearn.catalogue.queries import LessonRow
from carbonlearn.catalogue.rules.programme import CourseSpec, ProgrammeRules
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study.models import IS_OPEN, StudySession, StudySpan

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lesson stands for a learner: the enrolment it would be credited to, and the course it belongs to there."""

    enrolment: Enrolment
    rules: ProgrammeRules
    course: CourseSpec
    lesson: Lesson
    version: LessonVersion
    access_open: bool


def is_access_open(enrolment: Enrolment, now: datetime) -> bool:
    """Whether the enrolment earns credit at this instant."""
    begun = enrolment.access_from is not None and enrolment.access_from <= now
    lapsed = enrolment.access_until is not None and enrolment.access_until <= now
    return enrolment.status == ACTIVE and begun and not lapsed


def studied_enrolments(actor: Actor) -> list[Enrolment]:
    """The actor's enrolments whose account was opened, the one opened last first."""
    return list(
        db.session.scalars(
            select(Enrolment)
            .where(Enrolment.user_id == actor.user_id, Enrolment.access_from.is_not(None))
            .order_by(Enrolment.access_from.desc(), Enrolment.id)
        )
    )


def place_of(slug: str, actor: Actor, now: datetime, enrolment_id: str | None = None) -> Place:
    """The lesson in the enrolment named, else in the newest one whose track teaches it, an open one before a closed one.

    Raises NotFound for a lesson that is not in the actor's tracks, as for one that does not exist.
    """
    lesson, version = catalogue.lesson_by_slug(slug)
    found = [
        Place(enrolment, rules, course, lesson, version, is_access_open(enrolment, now))
        for enrolment in studied_enrolments(actor)
        if enrolment_id in (None, enrolment.id)
        for rules in [catalogue.rules_of(enrolment.programme_version_id)]
        for course in _courses_with(enrolment, rules, lesson.id)
    ]
    if not found:
        raise NotFound("LESSON_NOT_IN_TRACK", lesson=slug)
    return next((place for place in found if place.access_open), found[0])


def _courses_with(enrolment: Enrolment, rules: ProgrammeRules, lesson_id: str) -> Iterator[CourseSpec]:
    slugs = {row.course_slug for row in catalogue.lesson_rows(enrolment.programme_key) if row.id == lesson_id}
    return (course for course in rules.courses(enrolment.job_type) if course.slug in slugs)


def track_lessons(enrolment: Enrolment) -> list[LessonRow]:
    """The lessons of the enrolment's track, in the order of its courses."""
    rules = catalogue.rules_of(enrolment.programme_version_id)
    order = {course.slug: index for index, course in enumerate(rules.courses(enrolment.job_type))}
    rows = [row for row in catalogue.lesson_rows(enrolment.programme_key) if row.course_slug in order]
    return sorted(rows, key=lambda row: (order[row.course_slug], row.position, row.slug))


def own_session(session_id: str, actor: Actor) -> StudySession:
    """A study session of the actor's own. Raises NotFound for anybody else's."""
    found = db.session.scalar(
        select(StudySession).where(StudySession.id == session_id, StudySession.user_id == actor.user_id)
    )
    if found is None:
        raise NotFound("STUDY_SESSION_NOT_FOUND")
    return found


def open_span(session_id: str, *, lock: bool = False) -> StudySpan | None:
    """The span that grows, if there is one. ``lock`` holds it against a beat on the hot path until the unit of work ends."""
    query = select(StudySpan).where(StudySpan.session_id == session_id, IS_OPEN)
    return db.session.scalar(query.with_for_update() if lock else query)


def silent_session_ids(before: datetime, limit: int) -> list[str]:
    """Sessions whose open span has had no beat since ``before``."""
    return list(
        db.session.scalars(
            select(StudySpan.session_id)
            .where(IS_OPEN, StudySpan.beat_at < before)
            .order_by(StudySpan.beat_at)
            .limit(limit)
        )
    )
