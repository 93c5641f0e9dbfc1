"""Windows, learners ready to book, and hours studied, made through the services or as plain rows of the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue.models import Lesson, LessonVersion
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import services
from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.tokens import new_id
from carbonlearn.study.models import StudySession, StudySpan
from tests.factories.enrolment import GDCPA, Desk, load_catalogue
from tests.factories.people import actor_of

CLASS_HOUR_MS = 45 * 60 * 1000
THRESHOLD_MS = 80 * CLASS_HOUR_MS


class Hall:
    """A base and the association with a catalogue, holidays and every window of its programmes."""

    def __init__(self, now: datetime, *keys: str) -> None:
        self.now = now
        load_catalogue(now, *(keys or (GDCPA,)))
        self.desk = Desk(now)
        self.actor = self.desk.association_actor
        with unit_of_work():
            services.load_holidays(now)
            services.materialise_windows(now)

    def learner(self, credited_ms: int = 0, **changes: Any) -> tuple[Actor, Enrolment]:
        """A learner whose account is open, with a first attempt and this much credit."""
        enrolment = self.desk.open_account(**changes)
        with unit_of_work():
            enrolment = db.session.get_one(Enrolment, enrolment.id)
            services.ensure_entitlements(enrolment, self.now)
            if credited_ms:
                add_credit(enrolment, credited_ms, self.now)
        return actor_of(self.desk.learner_of(enrolment), self.now), db.session.get_one(
            Enrolment, enrolment.id
        )

    def window(self, day: str, programme: str = GDCPA) -> ExamWindow:
        """The window whose rule day (or own slot) begins so."""
        return db.session.scalars(
            select(ExamWindow).where(ExamWindow.programme_key == programme, ExamWindow.slot.startswith(day))
        ).one()


def add_credit(
    enrolment: Enrolment, credited_ms: int, at: datetime, *, until: datetime | None = None
) -> None:
    """A closed span of the ledger, begun ``at`` and last heard of ``until`` then. Runs in the caller's unit of work."""
    lesson, version_id = _long_lesson(credited_ms, at)
    session = StudySession(
        user_id=enrolment.user_id,
        enrolment_id=enrolment.id,
        lesson_id=lesson.id,
        lesson_version_id=version_id,
        generation=1,
        beat_at=at,
        opened_at=at,
        closed_at=at,
        device="Android",
    )
    db.session.add(session)
    db.session.flush()
    db.session.add(
        StudySpan(
            session_id=session.id,
            user_id=enrolment.user_id,
            enrolment_id=enrolment.id,
            lesson_id=lesson.id,
            generation=1,
            seq=1,
            from_ms=0,
            to_ms=credited_ms,
            limit_ms=credited_ms,
            credited_ms=credited_ms,
            lesson_before_ms=0,
            enrolment_before_ms=0,
            started_at=at,
            beat_at=until or at,
            is_open=False,
        )
    )
    db.session.flush()


def _long_lesson(length_ms: int, at: datetime) -> tuple[Lesson, str]:
    slug = f"long-{new_id()}"
    lesson = Lesson(slug=slug, kind="article", title="长课", en="Long lesson", length_ms=length_ms)
    db.session.add(lesson)
    db.session.flush()
    version = LessonVersion(
        lesson_id=lesson.id,
        number=1,
        sha256="0" * 64,
        summary="",
        html="",
        outline=[],
        media={},
        meta={},
        length_ms=length_ms,
        published_at=at,
    )
    db.session.add(version)
    db.session.flush()
    return lesson, version.id


def book(window: ExamWindow, actor: Actor, now: datetime) -> Booking:
    """A place taken, in a unit of work of its own."""
    with unit_of_work():
        booking_id = services.book(window.id, actor=actor, now=now).id
    return db.session.get_one(Booking, booking_id)


def actions(subject_id: str) -> list[str]:
    """The audit entries about a thing, in order."""
    query = select(AuditEntry.action).where(AuditEntry.subject_id == subject_id).order_by(AuditEntry.seq)
    return list(db.session.scalars(query))


def entry(action: str) -> AuditEntry:
    """The newest audit entry of an action."""
    return db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq.desc()).limit(1)
    ).one()


def after(window: ExamWindow, **step: float) -> datetime:
    """An instant so long after the window's start."""
    return window.starts_at + timedelta(**step)
