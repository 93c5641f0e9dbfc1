"""Two at once: a lesson opened for the first time on two devices, a review that two people settle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.errors import DomainError
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import queries, services
from carbonlearn.study.models import StudyReview, StudySession
from tests.factories.people import actor_of, make_user
from tests.factories.study import Device


def at_once(app: Flask, acts: Sequence[Callable[[], Any]]) -> list[str]:
    """What came of acts begun at the same moment, each in a unit of work: "done", or the code of the refusal."""
    together = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        with app.app_context():
            together.wait(timeout=20)
            try:
                with unit_of_work():
                    act()
                return "done"
            except DomainError as refused:
                return refused.code
            finally:
                database.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_a_first_lesson_opened_on_four_devices_at_once_is_opened_on_each(
    app: Flask, db: SQLAlchemy, learner: User, lesson: str, clock: SettableClock
) -> None:
    actor, now = actor_of(learner, clock.now()), clock.now()
    db.session.rollback()
    acts = [lambda: services.open_session(lesson, None, actor, now, "phone")] * 4
    assert at_once(app, acts) == ["done"] * 4
    generations = db.session.scalars(select(StudySession.generation).order_by(StudySession.generation))
    assert list(generations) == [1, 2, 3, 4]
    assert db.session.scalar(select(func.count()).where(StudySession.closed_at.is_(None))) == 1


def test_a_review_is_settled_once_however_many_press_at_once(
    app: Flask, db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(40)
    now = clock.now()
    enrolment = queries.studied_enrolments(actor_of(learner, now))[0]
    people = [actor_of(make_user(Role.BASE_ADMIN, now=now, base_id=enrolment.base_id), now) for _ in range(4)]
    with unit_of_work():
        review = StudyReview(
            enrolment_id=enrolment.id, user_id=learner.id, signal="unbroken", local_day=now.date(), evidence={},
            raised_at=now, status="open", reason="",
        )  # fmt: skip
        database.session.add(review)
        database.session.flush()
        review_id = review.id
    db.session.rollback()

    def settle(one: Any) -> Callable[[], Any]:
        return lambda: services.decide_review(review_id, "看过证据，保留", actor=one, now=now)

    assert at_once(app, [settle(one) for one in people]) == ["STUDY_REVIEW_DECIDED"] * 3 + ["done"]
    told = select(func.count()).where(AuditEntry.action == "study:review")
    assert db.session.scalar(told) == 1
