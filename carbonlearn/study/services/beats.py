"""Beats that do more than go on: the first of a span, a jump, a pause, a gap, a lost lease, a repeat, one that reaches a ceiling.

Judged by the rule. A beat's time is cut at midnight and at the edges of quiet hours, and each piece is judged by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from carbonlearn.accounts.queries import actor_of_session
from carbonlearn.core.errors import Conflict, Refused, SignInNeeded
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.infra.db import db
from carbonlearn.study import queries
from carbonlearn.study.models import StudySession, StudySpan
from carbonlearn.study.queries.decisions import newest_decision
from carbonlearn.study.rules.credit import (
    BRIDGE_MS,
    BeatFacts,
    BeatReason,
    BeatVerdict,
    SpanFacts,
    Step,
    judge,
    needs_free_ground,
)
from carbonlearn.study.rules.day import is_quiet, pieces
from carbonlearn.study.rules.ground import uncovered
from carbonlearn.study.rules.rhythm import Rhythm
from carbonlearn.study.services.nonce import check_nonce
from carbonlearn.study.services.presence import ask_when_due, presence_row, question_of, reason_while
from carbonlearn.study.services.refusals import note_refusal
from carbonlearn.study.services.replies import BeatReply, Claim, Decided, reply
from carbonlearn.study.services.scene import Scene, locked_lease, scene_of

MILLISECOND = timedelta(milliseconds=1)


def judge_beat(session_id: str, token_hash: str, claim: Claim, now: datetime) -> BeatReply:
    """Judge a beat by the rule and write what follows. A beat heard before changes nothing and is answered with how things stand.

    Raises SignInNeeded, NotFound for a foreign session, Conflict (BEAT_OUT_OF_ORDER) for one that skips others.
    """
    told_seconds = check_nonce(session_id, claim.seq, claim.nonce)
    actor = _actor(token_hash, now)
    lease = locked_lease(actor.user_id)
    session = queries.own_session(session_id, actor)
    scene = scene_of(session, lease, presence_row(session.enrolment_id))
    last_seq = scene.last_seq
    if claim.seq > last_seq + 1:
        raise Conflict("BEAT_OUT_OF_ORDER", expected=last_seq + 1)
    if claim.seq <= last_seq:
        return _standing(scene, last_seq, _reason_of_repeat(scene, now))
    verdict = _judge_pieces(scene, claim, now, told_seconds * 1000)
    ask_when_due(scene, now)
    scene.set_ceiling(now)
    heard = claim.seq if verdict.evidence else last_seq
    return _standing(scene, heard, reason_while(scene, verdict.reason))


def _actor(token_hash: str, now: datetime) -> Actor:
    actor = actor_of_session(token_hash, now)
    if actor is None:
        raise SignInNeeded("SIGN_IN_NEEDED")
    if not actor.may(Permission.STUDY_OWN):
        raise Refused("NOT_PERMITTED", permission=str(Permission.STUDY_OWN))
    return actor


def _judge_pieces(scene: Scene, claim: Claim, now: datetime, told_ms: int) -> BeatVerdict:
    """The verdict on the last piece of the beat's time; each is written as it is judged."""
    for start, end in _pieces(scene, now):
        scene.begin_day(start)
        facts = _facts(scene, claim, start, end)
        if needs_free_ground(facts):
            facts = _with_free_ground(facts, scene.session)
        verdict = judge(facts)
        rhythm = (facts.elapsed_ms, told_ms) if verdict.step is Step.EXTEND else None
        _apply(verdict, scene, claim.seq, start, end, rhythm)
        note_refusal(scene.session, verdict.reason, claim, verdict.credit_ms, start, end)
    return verdict


def _pieces(scene: Scene, now: datetime) -> list[tuple[datetime, datetime]]:
    heard = scene.heard
    if (now - heard) // MILLISECOND > BRIDGE_MS:
        return [(heard, now)]  # a gap earns nothing, however it is cut
    return pieces(heard, now, scene.zone, scene.limits.quiet_hours)


def _facts(scene: Scene, claim: Claim, start: datetime, end: datetime) -> BeatFacts:
    span = scene.span
    return BeatFacts(
        length_ms=scene.length_ms,
        elapsed_ms=max(0, (end - start) // MILLISECOND),
        from_ms=claim.from_ms,
        to_ms=claim.to_ms,
        span=SpanFacts(span.from_ms, span.to_ms, span.ground_ms) if span else None,
        visible=claim.visible,
        playing=claim.playing,
        lease_current=scene.lease_current,
        access_open=queries.is_access_open(scene.enrolment, end),
        session_open=scene.session.closed_at is None
        or not scene.lease_current,  # a take-over closes; that is the reason to tell
        presence_held=scene.check is not None,
        quiet=is_quiet(start, scene.zone, scene.limits.quiet_hours),
        cap_left_ms=scene.cap_left(start),
    )


def _with_free_ground(facts: BeatFacts, session: StudySession) -> BeatFacts:
    covered = queries.coverage(session.enrolment_id, session.lesson_id)
    return replace(facts, free=uncovered(covered, facts.length_ms))


def _reason_of_repeat(scene: Scene, now: datetime) -> BeatReason:
    """Why a beat that was heard before earns nothing now: the refusal that stands, else that time simply has not passed twice."""
    if not scene.lease_current:
        return BeatReason.LEASE_LOST
    if scene.session.closed_at is not None:
        return BeatReason.SESSION_CLOSED
    if not queries.is_access_open(scene.enrolment, now):
        return BeatReason.ACCESS_CLOSED
    if scene.check is not None:
        return BeatReason.PRESENCE_DUE
    return BeatReason.COUNTING if scene.span else BeatReason.PAUSED


def _apply(
    verdict: BeatVerdict,
    scene: Scene,
    seq: int,
    start: datetime,
    end: datetime,
    rhythm: tuple[int, int] | None,
) -> None:
    """Write the verdict on one piece. Totals of the others are taken when a span opens."""
    if verdict.step in (Step.OPEN, Step.CLOSE):
        scene.close_span()
    if verdict.step is Step.OPEN and verdict.span is not None:
        scene.span = _new_span(scene.session, verdict.span, seq, start, end)
    elif verdict.step is Step.EXTEND and verdict.span is not None and scene.span is not None:
        _extend(scene.span, verdict.span.to_ms, rhythm)
    if verdict.evidence:
        heard = scene.span if scene.span is not None else scene.session
        heard.seq, heard.beat_at = seq, max(start, end)
    db.session.flush()


def _extend(span: StudySpan, to_ms: int, rhythm: tuple[int, int] | None) -> None:
    span.limit_ms = max(span.limit_ms, to_ms)
    span.to_ms, span.credited_ms = to_ms, to_ms - span.from_ms
    if rhythm:
        so_far = Rhythm(
            span.beats, span.rhythm_sum_ms, span.rhythm_sq, span.told_sum_ms, span.told_sq, span.told_rhythm
        )
        kept = so_far.with_beat(*rhythm)
        span.beats, span.rhythm_sum_ms, span.rhythm_sq = kept.beats, kept.sum_ms, kept.sq
        span.told_sum_ms, span.told_sq, span.told_rhythm = kept.told_sum_ms, kept.told_sq, kept.told_rhythm


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
        ground_ms=ground.limit_ms,
        credited_ms=ground.to_ms - ground.from_ms,
        lesson_before_ms=queries.lesson_ms(session.enrolment_id, session.lesson_id),
        enrolment_before_ms=queries.credited_ms(session.enrolment_id),
        started_at=started,
        beat_at=now,
        is_open=True,
        is_void=False,
    )
    db.session.add(span)
    return span


def _standing(scene: Scene, seq: int, reason: BeatReason) -> BeatReply:
    painted = [(scene.span.from_ms, scene.span.to_ms)] if scene.span else []
    decided = newest_decision(scene.session.enrolment_id, scene.session.opened_at)
    return reply(
        scene.session.id,
        seq,
        reason,
        scene.session.generation,
        scene.lesson_total(),
        scene.enrolment_total(),
        painted,
        question_of(scene.check, scene.session.lesson_id) if scene.lease_current else None,
        Decided(*decided) if decided else None,
        queries.coverage(scene.session.enrolment_id, scene.session.lesson_id) if decided else None,
    )
