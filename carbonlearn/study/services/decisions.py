"""A person decides about study: spans are made void or count again, with a reason; reviews are settled. Nothing else takes credit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study import queries
from carbonlearn.study.models import StudyDecision, StudyReview, StudySpan
from carbonlearn.study.queries.decisions import LARGEST_ID
from carbonlearn.study.rules.day import day_bounds
from carbonlearn.study.services.presence import bring_forward
from carbonlearn.study.services.scene import locked_lease
from carbonlearn.study.services.sessions import close_open_spans

KEPT, VOIDED = "kept", "voided"
SHORTEST_REASON, LONGEST_REASON = 4, 500


def void_spans(
    enrolment_id: str,
    span_ids: Sequence[int],
    reason: str,
    *,
    actor: Actor,
    now: datetime,
    review_id: str | None = None,
) -> int:
    """Let spans count no more; how many did until now. Their ground may be earned again.

    What the learner has open goes on in a span of its own with fresh totals: no time honestly followed is lost by a decision about other
    time. Raises NotFound out of the actor's reach, Refused
    (STUDY_OWN_DECISION) for one's own study, Invalid (STUDY_REASON_NEEDED, STUDY_SPANS_UNKNOWN).
    """
    enrolment = _under_decision(enrolment_id, reason, actor, now)
    changed = [span for span in _spans(enrolment_id, span_ids) if not span.is_void]
    for span in changed:
        _decide(span, True, reason, actor, now, review_id)
    if changed:
        bring_forward(enrolment_id)
        _record("study:void", enrolment, changed, actor, now)
    return len(changed)


def restore_spans(
    enrolment_id: str, span_ids: Sequence[int], reason: str, *, actor: Actor, now: datetime
) -> int:
    """Let void spans count again; how many did not. All of them or none.

    Raises Conflict (SPAN_EARNED_AGAIN) when part of the ground was followed again meanwhile, since no ground earns twice, or
    (SPAN_BEYOND_CAP) when the day would then count more than its cap; else as ``void_spans``.
    """
    enrolment = _under_decision(enrolment_id, reason, actor, now)
    changed = [span for span in _spans(enrolment_id, span_ids) if span.is_void]
    for span in changed:
        if _is_covered(span):
            raise Conflict("SPAN_EARNED_AGAIN", span=span.id)
        _decide(span, False, reason, actor, now, None)
        _keep_within_cap(span, enrolment)
    if changed:
        _record("study:restore", enrolment, changed, actor, now)
    return len(changed)


def decide_review(
    review_id: str, reason: str, *, void: Sequence[int] = (), actor: Actor, now: datetime
) -> StudyReview:
    """Settle a review: kept as it is, or with the spans named made void. Raises Conflict (STUDY_REVIEW_DECIDED) a second time."""
    review = queries.review_of(review_id, actor).review
    enrolment = _under_decision(review.enrolment_id, reason, actor, now)
    db.session.refresh(review)  # under the lease: of two who settle it, the second reads what the first said
    if review.status != "open":
        raise Conflict("STUDY_REVIEW_DECIDED")
    if void:
        void_spans(review.enrolment_id, void, reason, actor=actor, now=now, review_id=review.id)
    review.status, review.reason = VOIDED if void else KEPT, reason.strip()[:LONGEST_REASON]
    review.decided_by, review.decided_at = actor.user_id, now
    facts = {"signal": review.signal, "status": review.status}
    record(
        "study:review", ("study_review", review.id), now=now, actor_id=actor.user_id, base_id=enrolment.base_id, facts=facts
    )  # fmt: skip
    return review


def _under_decision(enrolment_id: str, reason: str, actor: Actor, now: datetime) -> Enrolment:
    """The enrolment, its learner's lease held and open spans closed: the next beat of who is studying opens one with fresh totals."""
    enrolment = db.session.get(Enrolment, enrolment_id)
    if enrolment is None or not actor.may_in(Permission.STUDY_DECIDE, enrolment.base_id):
        raise NotFound("ENROLMENT_NOT_FOUND")
    if enrolment.user_id == actor.user_id:
        raise Refused("STUDY_OWN_DECISION")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid("STUDY_REASON_NEEDED", field="reason")
    locked_lease(enrolment.user_id)
    close_open_spans(enrolment.user_id)
    return enrolment


def _spans(enrolment_id: str, span_ids: Sequence[int]) -> list[StudySpan]:
    known = [span_id for span_id in span_ids if 0 < span_id <= LARGEST_ID]
    found = db.session.scalars(
        select(StudySpan)
        .where(StudySpan.enrolment_id == enrolment_id, StudySpan.id.in_(known))
        .order_by(StudySpan.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not found or len(found) != len(set(span_ids)):
        raise Invalid("STUDY_SPANS_UNKNOWN", field="spans")
    return list(found)


def _is_covered(span: StudySpan) -> bool:
    """Whether some of the span's ground counts by another span."""
    ground = queries.coverage(span.enrolment_id, span.lesson_id)
    return any(start < span.to_ms and end > span.from_ms for start, end in ground)


def _keep_within_cap(span: StudySpan, enrolment: Enrolment) -> None:
    """Refuse what lets the learner's day, over all enrolments, count more than the programme's cap."""
    rules = catalogue.rules_of(enrolment.programme_version_id)
    cap = rules.study.daily_cap_ms
    begin, end = day_bounds(local_day(span.started_at, rules.zone.key), rules.zone.key)
    if cap is not None and queries.learner_ms_between(enrolment.user_id, begin, end) > cap:
        raise Conflict("SPAN_BEYOND_CAP", span=span.id)


def _decide(
    span: StudySpan, void: bool, reason: str, actor: Actor, now: datetime, review_id: str | None
) -> None:
    span.is_void = void
    db.session.add(
        StudyDecision(
            span_id=span.id,
            enrolment_id=span.enrolment_id,
            void=void,
            reason=reason.strip()[:LONGEST_REASON],
            decided_by=actor.user_id,
            review_id=review_id,
            at=now,
        )
    )
    db.session.flush()


def _record(
    action: str, enrolment: Enrolment, spans: Sequence[StudySpan], actor: Actor, now: datetime
) -> None:
    facts = {"spans": [span.id for span in spans], "credited_ms": sum(span.credited_ms for span in spans)}
    record(action, ("enrolment", enrolment.id), now=now, actor_id=actor.user_id, base_id=enrolment.base_id, facts=facts)  # fmt: skip
