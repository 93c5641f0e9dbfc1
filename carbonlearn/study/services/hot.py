"""The usual beat, which only goes on from the last: one UPDATE that carries every check in its WHERE.

Session, owner, lease, access, order of beats, time passed and the span's ceiling are all looked at by the statement itself; no object
is made. A beat that would reach the ceiling (covered ground, a presence check, the day's cap) or that comes at or after the instant of
recheck is not the usual one.
``carbonlearn.study.rules.credit`` stays the law: a property test holds the two equal.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import Flask, current_app
from sqlalchemy import BigInteger, Table, bindparam, exists, or_, select, type_coerce, update

from carbonlearn.accounts.models import LoginSession, User
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import UtcDateTime, execute_hot, least, microseconds
from carbonlearn.study.models import IS_OPEN, StudyLease, StudySpan
from carbonlearn.study.queries import ACTIVE
from carbonlearn.study.rules.credit import BRIDGE_MS, CONTIGUITY_MS, BeatReason
from carbonlearn.study.services.nonce import check_nonce
from carbonlearn.study.services.replies import BeatReply, Claim, reply

_span = cast(Table, StudySpan.__table__)
_now = bindparam("now", type_=UtcDateTime)
_now_us = bindparam("now_us", type_=BigInteger)
_to = bindparam("claimed_to", type_=BigInteger)
_elapsed = (_now_us - type_coerce(_span.c.beat_at, BigInteger)) // 1000
_told = bindparam("told_ms", type_=BigInteger)
_growth = least(_to - _span.c.to_ms, _elapsed)
_lease_current = select(StudyLease.generation).where(StudyLease.user_id == _span.c.user_id).scalar_subquery()
_signed_in = exists().where(
    LoginSession.token_hash == bindparam("token"),
    LoginSession.user_id == _span.c.user_id,
    LoginSession.revoked_at.is_(None),
    LoginSession.expires_at > _now,
    User.id == LoginSession.user_id,
    User.disabled_at.is_(None),
)
_access_open = exists().where(
    Enrolment.id == _span.c.enrolment_id,
    Enrolment.status == ACTIVE,
    Enrolment.access_from <= _now,
    or_(Enrolment.access_until.is_(None), Enrolment.access_until > _now),
)
EXTEND = (
    update(_span)
    .where(
        _span.c.session_id == bindparam("session"),
        IS_OPEN,
        _span.c.seq == bindparam("seq_before", type_=BigInteger),
        _span.c.generation == _lease_current,
        _elapsed <= BRIDGE_MS,
        bindparam("claimed_from", type_=BigInteger) <= _span.c.to_ms + CONTIGUITY_MS,
        _growth > 0,
        _span.c.to_ms + _growth < _span.c.limit_ms,
        _span.c.recheck_at > _now,
        _signed_in,
        _access_open,
    )
    .values(
        to_ms=_span.c.to_ms + _growth,
        credited_ms=_span.c.credited_ms + _growth,
        seq=bindparam("seq_now", type_=BigInteger),
        beat_at=_now,
        beats=_span.c.beats + 1,
        rhythm_sum_ms=_span.c.rhythm_sum_ms + _elapsed,
        rhythm_sq=_span.c.rhythm_sq + _elapsed * _elapsed,
        told_sum_ms=_span.c.told_sum_ms + _told,
        told_sq=_span.c.told_sq + _told * _told,
        told_rhythm=_span.c.told_rhythm + _elapsed * _told,
    )
    .returning(
        _span.c.from_ms,
        _span.c.to_ms,
        _span.c.generation,
        _span.c.lesson_before_ms + _span.c.credited_ms,
        _span.c.enrolment_before_ms + _span.c.credited_ms,
    )
)


def extend_span(session_id: str, token_hash: str, claim: Claim, now: datetime) -> BeatReply | None:
    """The hot path: grow the open span by one statement. None when this beat is not the usual one and must be judged.

    Raises Invalid (NONCE_WRONG) before anything is read.
    """
    told_seconds = check_nonce(session_id, claim.seq, claim.nonce)
    if not (claim.visible and claim.playing and claim.from_ms < claim.to_ms):
        return None
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    row = execute_hot(
        app,
        EXTEND,
        {
            "session": session_id,
            "token": token_hash,
            "seq_before": claim.seq - 1,
            "seq_now": claim.seq,
            "claimed_from": claim.from_ms,
            "claimed_to": claim.to_ms,
            "told_ms": told_seconds * 1000,
            "now": now,
            "now_us": microseconds(now),
        },
    )
    if row is None:
        return None
    from_ms, to_ms, generation, lesson, enrolment = tuple(row)
    return reply(
        session_id, claim.seq, BeatReason.COUNTING, generation, lesson, enrolment, [(from_ms, to_ms)]
    )
