"""Opening and closing study sessions. Opening one anywhere takes the lease over, and with it the right to earn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from carbonlearn.catalogue.models import Lesson
from carbonlearn.core.errors import Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.study import queries
from carbonlearn.study.models import IS_OPEN, StudyLease, StudySession, StudySpan
from carbonlearn.study.rules.credit import BRIDGE_MS
from carbonlearn.study.rules.ground import Stretch, uncovered
from carbonlearn.study.services.nonce import summons
from carbonlearn.study.services.presence import presence_row, question_of
from carbonlearn.study.services.replies import Question
from carbonlearn.study.services.scene import Scene, locked_lease, scene_of

SILENCE = timedelta(minutes=10)
BRIDGE = timedelta(milliseconds=BRIDGE_MS)
END_MS = 1_000


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What earned on another device until now: the device's coarse name, the lesson's slug and titles."""

    device: str
    lesson: str
    title: str
    en: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """What a device needs to earn: the session, its first nonce, what is painted already and where to go on. All in milliseconds.

    ``presence`` is a question that waits from before; ``reason`` is counting, or why nothing can be earned now.
    """

    session: str
    generation: int
    seq: int
    nonce: str
    interval_s: int
    length_ms: int
    credited_ms_lesson: int
    credited_ms_enrolment: int
    covered: list[Stretch]
    resume_ms: int
    presence: Question | None
    taken_over: TakenOver | None
    reason: str


def open_session(
    lesson_slug: str, enrolment_id: str | None, actor: Actor, now: datetime, device: str
) -> OpenedSession:
    """Open a lesson on this device and take the lease over; whatever earned elsewhere stops and keeps what it earned.

    Raises NotFound for a lesson outside the actor's tracks, Refused (ACCESS_CLOSED) when the access period does not run.
    """
    place = queries.place_of(lesson_slug, actor, now, enrolment_id)
    if not place.access_open:
        raise Refused("ACCESS_CLOSED")
    session_id = new_id()
    lease = _take_lease(actor.user_id, session_id)
    taken_over = _earning_elsewhere(actor, now)
    began = max(now, _close_open_sessions(actor.user_id, now))
    session = StudySession(
        id=session_id,
        user_id=actor.user_id,
        enrolment_id=place.enrolment.id,
        lesson_id=place.lesson.id,
        lesson_version_id=place.version.id,
        generation=lease.generation,
        seq=0,
        beat_at=began,
        opened_at=now,
        device=device[:80],
        login_hash=actor.session_hash or None,
    )
    db.session.add(session)
    db.session.flush()
    return _opened(scene_of(session, lease, presence_row(place.enrolment.id)), taken_over, now)


def close_session(session_id: str, actor: Actor, now: datetime) -> StudySession:
    """End a session of one's own; a second time changes nothing. Raises NotFound for anybody else's."""
    locked_lease(actor.user_id)
    session = queries.own_session(session_id, actor)
    _close(session, now)
    return session


def close_if_silent(session_id: str, now: datetime) -> bool:
    """End a session whose span had no beat for ten minutes; False when it was heard of meanwhile."""
    session = db.session.get_one(StudySession, session_id)
    locked_lease(session.user_id)
    span = queries.open_span(session_id, lock=True)
    if span is None or span.beat_at > now - SILENCE:
        return False
    _close(session, now)
    return True


def _opened(scene: Scene, taken_over: TakenOver | None, now: datetime) -> OpenedSession:
    session, length_ms = scene.session, scene.length_ms
    covered = queries.coverage(session.enrolment_id, session.lesson_id)
    nonce, seconds = summons(session.id, 1)
    return OpenedSession(
        session=session.id,
        generation=session.generation,
        seq=0,
        nonce=nonce,
        interval_s=seconds,
        length_ms=length_ms,
        credited_ms_lesson=sum(end - start for start, end in covered),
        credited_ms_enrolment=queries.credited_ms(session.enrolment_id),
        covered=covered,
        resume_ms=_resume(queries.last_position(session.enrolment_id, session.lesson_id), covered, length_ms),
        presence=question_of(scene.check, session.lesson_id),
        taken_over=taken_over,
        reason=scene.standstill(now).value,
    )


def _resume(position: int, covered: list[Stretch], length_ms: int) -> int:
    """Where to go on: where it was left; for a lesson left at its end, the first ground not followed yet, else its beginning."""
    if position < length_ms - END_MS:
        return position
    gaps = uncovered(covered, length_ms)
    return gaps[0][0] if gaps and gaps[0][0] < length_ms - END_MS else 0


def _take_lease(user_id: str, session_id: str) -> StudyLease:
    """Raise the learner's generation. Two devices opening at once are queued by the lease's row, the first time by its key."""
    lease = locked_lease(user_id) or _first_lease(user_id, session_id)
    lease.generation, lease.session_id = lease.generation + 1, session_id
    db.session.flush()
    return lease


def _first_lease(user_id: str, session_id: str) -> StudyLease:
    lease = StudyLease(user_id=user_id, generation=0, session_id=session_id)
    try:
        with db.session.begin_nested():
            db.session.add(lease)
    except IntegrityError:  # another device was first, and has committed by now
        return db.session.get_one(StudyLease, user_id, with_for_update=True)
    return lease


def _earning_elsewhere(actor: Actor, now: datetime) -> TakenOver | None:
    """What another sign-in of the learner has open, when it was heard of within the bridge."""
    row = db.session.execute(
        select(StudySession.device, StudySession.login_hash, Lesson.slug, Lesson.title, Lesson.en)
        .join(Lesson, Lesson.id == StudySession.lesson_id)
        .outerjoin(StudySpan, (StudySpan.session_id == StudySession.id) & IS_OPEN)
        .where(
            StudySession.user_id == actor.user_id,
            StudySession.closed_at.is_(None),
            func.coalesce(StudySpan.beat_at, StudySession.beat_at) > now - BRIDGE,
        )
        .order_by(StudySession.opened_at.desc())
        .limit(1)
    ).first()
    if row is None or row.login_hash in (None, actor.session_hash):
        return None
    return TakenOver(row.device, row.slug, row.title, row.en)


def close_open_spans(user_id: str) -> list[datetime]:
    """Close the learner's open spans, leaving the last word of each with its session; up to when each was credited."""
    closed = db.session.execute(
        update(StudySpan)
        .where(StudySpan.user_id == user_id, StudySpan.is_open)
        .values(is_open=False)
        .returning(StudySpan.session_id, StudySpan.seq, StudySpan.beat_at)
    ).all()
    for session_id, seq, beat_at in closed:
        db.session.execute(
            update(StudySession).where(StudySession.id == session_id).values(seq=seq, beat_at=beat_at)
        )
    return [row.beat_at for row in closed]


def _close_open_sessions(user_id: str, now: datetime) -> datetime:
    """Close whatever the learner has open; the latest instant up to which anything was credited."""
    credited_until = close_open_spans(user_id)
    db.session.execute(
        update(StudySession)
        .where(StudySession.user_id == user_id, StudySession.closed_at.is_(None))
        .values(closed_at=now)
    )
    return max(credited_until, default=now)


def _close(session: StudySession, now: datetime) -> None:
    """Close the span, leaving its last word (seq and evidence) with the session."""
    span = queries.open_span(session.id, lock=True)
    if span is not None:
        span.is_open = False
        session.seq, session.beat_at = span.seq, max(span.beat_at, session.beat_at)
    session.closed_at = session.closed_at or now
    db.session.flush()
