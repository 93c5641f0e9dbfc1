"""What people decided about study: the span under decision, its history with names, the reviews of one enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.models import Lesson
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study.models import StudyDecision, StudyReview, StudySpan

LARGEST_ID = 2**63 - 1  # what the column can hold; a larger number in an address names no row


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision about a span: void or restored, why, by whom, when."""

    void: bool
    reason: str
    by: str
    at: datetime


def span_within(span_id: int, actor: Actor, permission: Permission) -> tuple[StudySpan, Lesson]:
    """A span of a learner in a base where the actor has the permission. Raises NotFound for any other."""
    if span_id > LARGEST_ID:
        raise NotFound("STUDY_SPAN_NOT_FOUND")
    query = (
        select(StudySpan, Lesson)
        .join(Lesson, Lesson.id == StudySpan.lesson_id)
        .join(Enrolment, Enrolment.id == StudySpan.enrolment_id)
        .where(StudySpan.id == span_id)
    )
    reach = actor.reach(permission)
    found = db.session.execute(query if reach is None else query.where(Enrolment.base_id.in_(reach))).first()
    if found is None:
        raise NotFound("STUDY_SPAN_NOT_FOUND")
    return found[0], found[1]


def newest_decision(enrolment_id: str, since: datetime) -> tuple[int, bool, int, str] | None:
    """What was decided last after an instant: number, void or restored, how many milliseconds it moved, and why."""
    found = db.session.scalar(
        select(StudyDecision)
        .where(StudyDecision.enrolment_id == enrolment_id, StudyDecision.at > since)
        .order_by(StudyDecision.id.desc())
        .limit(1)
    )
    if found is None:
        return None
    moved = db.session.scalar(
        select(func.sum(StudySpan.credited_ms))
        .join(StudyDecision, StudyDecision.span_id == StudySpan.id)
        .where(
            StudyDecision.enrolment_id == enrolment_id,
            StudyDecision.at == found.at,
            StudyDecision.void == found.void,
        )
    )
    return found.id, found.void, int(moved or 0), found.reason


def decisions_of(span_ids: list[int]) -> dict[int, list[DecisionLine]]:
    """What was decided about spans, oldest first, in one statement."""
    rows = db.session.execute(
        select(StudyDecision, User.name)
        .join(User, User.id == StudyDecision.decided_by)
        .where(StudyDecision.span_id.in_(span_ids))
        .order_by(StudyDecision.id)
    )
    found: dict[int, list[DecisionLine]] = {}
    for decision, name in rows:
        line = DecisionLine(decision.void, decision.reason, name, decision.at)
        found.setdefault(decision.span_id, []).append(line)
    return found


def reviews_of(enrolment_id: str) -> list[StudyReview]:
    """The reviews of one enrolment, newest first."""
    query = select(StudyReview).where(StudyReview.enrolment_id == enrolment_id)
    return list(db.session.scalars(query.order_by(StudyReview.raised_at.desc(), StudyReview.id)))


def decider_name(review: StudyReview) -> str:
    """Who settled a review; empty while it is open."""
    if review.decided_by is None:
        return ""
    return db.session.scalar(select(User.name).where(User.id == review.decided_by)) or ""
