"""A lesson is revised while people study it: nobody loses credit, and what was studied whole stays so."""

from __future__ import annotations

from datetime import datetime

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.models import Lesson, LessonVersion
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as db_
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import queries
from tests.factories.people import actor_of
from tests.factories.study import Device, set_due


def test_a_lesson_studied_whole_stays_so_when_a_longer_version_comes(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    enrolment = queries.studied_enrolments(actor_of(learner, clock.now()))[0]
    set_due(enrolment.id, 10**9)
    device.open(lesson)
    device.follow(580)
    assert is_done(enrolment, lesson)
    revise(lesson, 900_000, clock.now())
    assert queries.credited_ms(enrolment.id) == 580_000
    assert is_done(enrolment, lesson)


def test_a_lesson_half_studied_is_not_whole_because_a_longer_version_comes(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    enrolment = queries.studied_enrolments(actor_of(learner, clock.now()))[0]
    set_due(enrolment.id, 10**9)
    device.open(lesson)
    device.follow(500)
    revise(lesson, 900_000, clock.now())
    device.open(lesson)
    device.at = 500_000
    device.follow(100)
    assert queries.credited_ms(enrolment.id) == 600_000
    assert not is_done(enrolment, lesson)
    revise(lesson, 300_000, clock.now())
    assert queries.credited_ms(enrolment.id) == 600_000
    assert is_done(enrolment, lesson)


def is_done(enrolment: Enrolment, slug: str) -> bool:
    lessons = [one for course in queries.courses_of(enrolment) for one in course.lessons]
    return next(one.complete for one in lessons if one.row.slug == slug)


def revise(slug: str, length_ms: int, now: datetime) -> None:
    """Publish a version of another length, current at once."""
    with unit_of_work():
        lesson = db_.session.scalars(select(Lesson).where(Lesson.slug == slug)).one()
        before = db_.session.get_one(LessonVersion, lesson.current_version_id)
        version = LessonVersion(
            lesson_id=lesson.id, number=before.number + 1, sha256="1" * 64, summary="", html=before.html, media={},
            outline=[{"title": "甲", "anchor": "part-1", "from_ms": 0, "to_ms": length_ms}], meta=before.meta,
            length_ms=length_ms, published_at=now, effective_from=now,
        )  # fmt: skip
        db_.session.add(version)
        db_.session.flush()
        lesson.current_version_id, lesson.length_ms = version.id, length_ms


def test_a_lesson_of_ten_hours_is_reckoned_like_any_other(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    enrolment = queries.studied_enrolments(actor_of(learner, clock.now()))[0]
    device.open(lesson)
    device.follow(40)
    revise(lesson, 36_000_000, clock.now())
    device.open(lesson)
    device.at = 100_000
    device.follow(20)
    assert not is_done(enrolment, lesson)
