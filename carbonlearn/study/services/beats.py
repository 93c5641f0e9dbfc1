"""Beats that do more than go on: the first of a span, a jump, a pause, a gap, a lost lease, a repeat. Judged by the rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from carbonlearn.accounts.queries import actor_of_session
from carbonlearn.catalogue.models import LessonVersion
from carbonlearn.core.errors import Conflict, Refused, SignInNeeded
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study import queries
from carbonlearn.study.models import StudyLease, StudySession, StudySpan
from carbonlearn.study.rules.credit import (
    BeatFacts,
    BeatReason,
    BeatVerdict,
    SpanFacts,
    Step,
    judge,
    needs_free_ground,
)
from carbonlearn.study.rules.ground import uncovered
from carbonlearn.study.services.nonce import check_nonce
from carbonlearn.study.services.replies import BeatReply, Claim, reply

MILLISECOND = timedelta(milliseconds=1)


def judge_beat(session_id: str, token_hash: str, claim: Claim, now: datetime) -> BeatReply:
    """Judge a beat by the rule and write what follows. A beat heard before changes nothing and is answered with how things stand.

    Raises SignInNeeded, NotFound for a foreign session, Conflict (BEAT_OUT_OF_ORDER) for one that skips others.
    """
    check_nonce(session_id, claim.seq, claim.nonce)
    actor = _actor(token_hash, now)
    lease = db.session.scalar(select(StudyLease).where(StudyLease.user_id == actor.user_id).with_for_update())
    session = queries.own_session(session_id, actor)
    span = queries.open_span(session_id, lock=True)
    last_seq = max(session.seq, span.seq if span else 0)
    if claim.seq > last_seq + 1:
        raise Conflict("BEAT_OUT_OF_ORDER", expected=last_seq + 1)
    facts = _facts(session, span, lease, claim, now)
    if claim.seq <= last_seq:
        return _standing(session, span, last_seq, _reason_of_repeat(facts))
    if needs_free_ground(facts):
        facts = _with_free_ground(facts, session)
    verdict = judge(facts)
    span = _apply(verdict, session, span, claim, now)
    refused = not verdict.evidence
    return _standing(session, span, last_seq if refused else claim.seq, verdict.reason)


def _actor(token_hash: str, now: datetime) -> Actor:
    actor = actor_of_session(token_hash, now)
    if actor is None:
        raise SignInNeeded("SIGN_IN_NEEDED")
    if not actor.may(Permission.STUDY_OWN):
        raise Refused("NOT_PERMITTED", permission=str(Permission.STUDY_OWN))
    return actor


def _facts(
    session: StudySession, span: StudySpan | None, lease: StudyLease | None, claim: Claim, now: datetime
) -> BeatFacts:
    heard = max(session.beat_at, span.beat_at) if span else session.beat_at
    enrolment = db.session.get_one(Enrolment, session.enrolment_id)
    lease_current = lease is not None and lease.generation == session.generation
    return BeatFacts(
        length_ms=db.session.get_one(LessonVersion, session.lesson_version_id).length_ms,
        elapsed_ms=max(0, (now - heard) // MILLISECOND),
        from_ms=claim.from_ms,
        to_ms=claim.to_ms,
        span=SpanFacts(span.from_ms, span.to_ms, span.limit_ms) if span else None,
        visible=claim.visible,
        playing=claim.playing,
        lease_current=lease_current,
        access_open=queries.is_access_open(enrolment, now),
        session_open=session.closed_at is None
        or not lease_current,  # a take-over closes; that is the reason to tell
    )


def _with_free_ground(facts: BeatFacts, session: StudySession) -> BeatFacts:
    covered = queries.coverage(session.enrolment_id, session.lesson_id)
    return replace(facts, free=uncovered(covered, facts.length_ms))


def _reason_of_repeat(facts: BeatFacts) -> BeatReason:
    """Why a beat that was heard before earns nothing now: the refusal that stands, else that time simply has not passed twice."""
    if not facts.lease_current:
        return BeatReason.LEASE_LOST
    if not facts.session_open:
        return BeatReason.SESSION_CLOSED
    return BeatReason.COUNTING if facts.access_open and facts.span else BeatReason.PAUSED


def _apply(
    verdict: BeatVerdict, session: StudySession, span: StudySpan | None, claim: Claim, now: datetime
) -> StudySpan | None:
    """Write the verdict; the span that is open afterwards. Totals of the others are taken when a span opens."""
    started = max(session.beat_at, span.beat_at) if span else session.beat_at
    if verdict.step in (Step.OPEN, Step.CLOSE) and span is not None:
        span.is_open = False
        session.seq, session.beat_at = span.seq, started
        db.session.flush()
        span = None
    if verdict.step is Step.OPEN and verdict.span is not None:
        span = _new_span(session, verdict.span, claim.seq, started, now)
    elif verdict.step is Step.EXTEND and verdict.span is not None and span is not None:
        span.to_ms, span.credited_ms = verdict.span.to_ms, verdict.span.to_ms - span.from_ms
    if verdict.evidence:
        heard = span if span is not None else session
        heard.seq, heard.beat_at = claim.seq, max(now, started)
    db.session.flush()
    return span


def _new_span(
    session: StudySession, ground: SpanFacts, seq: int, started: datetime, now: datetime
) -> StudySpan:
    span = StudySpan(
        session_id=session.id,
        user_id=session.user_id,
        enrolment_id=session.enrolment_id,
        lesson_id=session.lesson_id,
        generation=session.generation,
        seq=seq,
        from_ms=ground.from_ms,
        to_ms=ground.to_ms,
        limit_ms=ground.limit_ms,
        credited_ms=ground.to_ms - ground.from_ms,
        lesson_before_ms=_lesson_total(session),
        enrolment_before_ms=queries.credited_ms(session.enrolment_id),
        started_at=started,
        beat_at=now,
        is_open=True,
    )
    db.session.add(span)
    return span


def _lesson_total(session: StudySession) -> int:
    total = db.session.scalar(
        select(func.sum(StudySpan.credited_ms)).where(
            StudySpan.enrolment_id == session.enrolment_id, StudySpan.lesson_id == session.lesson_id
        )
    )
    return int(total or 0)


def _standing(session: StudySession, span: StudySpan | None, seq: int, reason: BeatReason) -> BeatReply:
    lesson = span.lesson_before_ms + span.credited_ms if span else _lesson_total(session)
    enrolment = (
        span.enrolment_before_ms + span.credited_ms if span else queries.credited_ms(session.enrolment_id)
    )
    painted = [(span.from_ms, span.to_ms)] if span else []
    return reply(session.id, seq, reason, session.generation, lesson, enrolment, painted)
