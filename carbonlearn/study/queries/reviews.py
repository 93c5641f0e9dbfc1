"""The review queue read: facts for the signals, reviews within an actor's reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select

from carbonlearn.accounts.models import User
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db, instant, microseconds
from carbonlearn.study.models import PresenceCheck, StudyRefusal, StudyReview, StudySpan
from carbonlearn.study.rules.rhythm import Rhythm
from carbonlearn.study.rules.signals import CheckFact, RefusalFact, SpanFact


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review with whose it is. ``key`` is where a page that ends with this row goes on."""

    review: StudyReview
    name: str
    enrolment: Enrolment

    @property
    def key(self) -> str:
        return f"{microseconds(self.review.raised_at)}.{self.review.id}"


def reviews(actor: Actor, status: str, after: str, limit: int) -> list[ReviewRow]:
    """At most ``limit`` reviews of a status within the actor's reach, newest first, older than the cursor ``after``."""
    query = _within_reach(actor).where(StudyReview.status == status)
    stamp, _, last_id = after.partition(".")
    if stamp.isdecimal() and len(stamp) <= 17:
        before = instant(int(stamp))
        same = and_(StudyReview.raised_at == before, StudyReview.id < last_id)
        query = query.where(or_(StudyReview.raised_at < before, same))
    rows = db.session.execute(
        query.order_by(StudyReview.raised_at.desc(), StudyReview.id.desc()).limit(limit)
    )
    return [ReviewRow(row[0], row[1], row[2]) for row in rows]


def review_count(actor: Actor, status: str = "open") -> int:
    """How many reviews of a status are within the actor's reach."""
    query = _within_reach(actor).where(StudyReview.status == status)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def review_of(review_id: str, actor: Actor) -> ReviewRow:
    """One review within the actor's reach. Raises NotFound."""
    row = db.session.execute(_within_reach(actor).where(StudyReview.id == review_id)).first()
    if row is None:
        raise NotFound("STUDY_REVIEW_NOT_FOUND")
    return ReviewRow(row[0], row[1], row[2])


def _within_reach(actor: Actor) -> Select[StudyReview, str, Enrolment]:
    query = (
        select(StudyReview, User.name, Enrolment)
        .join(User, User.id == StudyReview.user_id)
        .join(Enrolment, Enrolment.id == StudyReview.enrolment_id)
    )
    bases = actor.reach(Permission.STUDY_READ)
    return query if bases is None else query.where(Enrolment.base_id.in_(bases))


def studied_since(since: datetime) -> list[str]:
    """The enrolments with a beat since an instant."""
    query = select(StudySpan.enrolment_id).where(StudySpan.beat_at >= since).distinct()
    return list(db.session.scalars(query.order_by(StudySpan.enrolment_id)))


def raised(enrolment_id: str, until: datetime | None = None) -> dict[str, datetime]:
    """When each signal was last raised for an enrolment, before ``until`` where it is given; what came before has been told."""
    query = select(StudyReview.signal, StudyReview.raised_at).where(StudyReview.enrolment_id == enrolment_id)
    if until is not None:
        query = query.where(StudyReview.raised_at < until)
    rows = db.session.execute(query.order_by(StudyReview.raised_at))
    return {row.signal: row.raised_at for row in rows}


def facts_of(enrolment_id: str, since: datetime) -> tuple[list[SpanFact], list[CheckFact], list[RefusalFact]]:
    """What the signals are found in, each in order of time; void spans are settled already."""
    spans = db.session.scalars(
        select(StudySpan)
        .where(StudySpan.enrolment_id == enrolment_id, ~StudySpan.is_void, StudySpan.started_at >= since)
        .order_by(StudySpan.started_at, StudySpan.id)
    )
    refusals = db.session.execute(
        select(StudyRefusal.reason, StudyRefusal.from_at)
        .where(StudyRefusal.enrolment_id == enrolment_id, StudyRefusal.from_at >= since)
        .order_by(StudyRefusal.from_at)
    )
    return (
        [_span_fact(span) for span in spans],
        list(_check_facts(enrolment_id, since)),
        [RefusalFact(*row) for row in refusals],
    )


def _span_fact(span: StudySpan) -> SpanFact:
    rhythm = Rhythm(
        span.beats, span.rhythm_sum_ms, span.rhythm_sq, span.told_sum_ms, span.told_sq, span.told_rhythm
    )
    return SpanFact(span.started_at, span.beat_at, span.credited_ms, rhythm)


def _check_facts(enrolment_id: str, since: datetime) -> Iterator[CheckFact]:
    checks = db.session.scalars(
        select(PresenceCheck)
        .where(
            PresenceCheck.enrolment_id == enrolment_id,
            PresenceCheck.answered_at.is_not(None),
            PresenceCheck.asked_at >= since,
        )
        .order_by(PresenceCheck.asked_at, PresenceCheck.attempt)
    )
    for check in checks:
        if check.answered_at is not None:
            yield CheckFact(
                check.asked_at, check.answered_at, bool(check.correct), check.attempt, len(check.order)
            )
