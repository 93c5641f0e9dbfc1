"""What was claimed and earned nothing, written down: one row for refusals of one session and reason that follow on each other."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from carbonlearn.infra.db import db
from carbonlearn.study.models import StudyRefusal, StudySession
from carbonlearn.study.rules.credit import BeatReason
from carbonlearn.study.rules.refusal import lost_ms
from carbonlearn.study.services.replies import Claim

MILLISECOND = timedelta(milliseconds=1)
TOLD = frozenset(
    {
        BeatReason.PAUSED,
        BeatReason.HIDDEN,
        BeatReason.GAP,
        BeatReason.ALREADY_CREDITED,
        BeatReason.LEASE_LOST,
        BeatReason.ACCESS_CLOSED,
        BeatReason.DAILY_CAP,
        BeatReason.QUIET_HOURS,
        BeatReason.SESSION_CLOSED,
    }
)
"""A hold for presence is told by its check, a lesson followed to its end by the ledger."""


def note_refusal(
    session: StudySession, reason: BeatReason, claim: Claim, credited_ms: int, start: datetime, end: datetime
) -> None:
    """Write what of a beat was refused: the time from ``start`` to ``end``, less what it credited."""
    newest = _newest(session.id)
    follows = newest is not None and newest.reason == reason and newest.until_at >= start
    if follows and newest is not None:
        start = max(start, newest.until_at)  # refusals without evidence begin where the last one was told
    lost = lost_ms((end - start) // MILLISECOND, claim.from_ms, claim.to_ms, credited_ms)
    if reason not in TOLD or (credited_ms and not lost):
        return
    if newest is not None and follows:
        newest.until_at, newest.lost_ms = max(newest.until_at, end), newest.lost_ms + lost
        newest.from_ms = min(newest.from_ms, claim.from_ms)
        newest.to_ms, newest.beats = max(newest.to_ms, claim.to_ms), newest.beats + 1
    else:
        db.session.add(_row(session, reason, claim, lost, start, max(start, end)))
    db.session.flush()


def _newest(session_id: str) -> StudyRefusal | None:
    return db.session.scalar(
        select(StudyRefusal)
        .where(StudyRefusal.session_id == session_id)
        .order_by(StudyRefusal.id.desc())
        .limit(1)
    )


def _row(
    session: StudySession, reason: BeatReason, claim: Claim, lost: int, start: datetime, end: datetime
) -> StudyRefusal:
    return StudyRefusal(
        enrolment_id=session.enrolment_id,
        user_id=session.user_id,
        session_id=session.id,
        lesson_id=session.lesson_id,
        reason=reason.value,
        from_at=start,
        until_at=end,
        lost_ms=lost,
        from_ms=claim.from_ms,
        to_ms=claim.to_ms,
        beats=1,
    )
