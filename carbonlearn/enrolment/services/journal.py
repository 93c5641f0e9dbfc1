"""What was decided about a place, and by whom: the review that the desk reads, the entry of the audit chain."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.audit.services import record
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment, EnrolmentReview
from carbonlearn.infra.db import db

MAX_REASON = 300


def note_review(
    enrolment: Enrolment, stage: str, decision: str, reasons: dict[str, str], actor: Actor, now: datetime
) -> None:
    db.session.add(
        EnrolmentReview(
            enrolment_id=enrolment.id,
            stage=stage,
            decision=decision,
            reasons=reasons,
            reviewer_id=actor.user_id,
            at=now,
        )
    )
    db.session.flush()


def record_act(
    action: str, enrolment: Enrolment, actor: Actor, now: datetime, facts: dict[str, object] | None = None
) -> None:
    record(
        action,
        ("enrolment", enrolment.id),
        now=now,
        actor_id=actor.user_id,
        base_id=enrolment.base_id,
        facts=facts,
    )
