"""Every act on a sitting is written twice in the same transaction: in its own journal, and in the audit chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from carbonlearn.audit.services import record
from carbonlearn.infra.db import db
from carbonlearn.sittings.models import Sitting, SittingEvent

LEARNER, JOB = "learner", "job"


def note(
    sitting: Sitting,
    event: str,
    *,
    at: datetime,
    now: datetime,
    actor_id: str | None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write one event. ``at`` is when it counts as having happened, ``now`` when it was found; without an actor a job found it."""
    source = LEARNER if actor_id else JOB
    db.session.add(
        SittingEvent(sitting_id=sitting.id, event=event, at=at, actor_id=actor_id, facts=facts or {})
    )
    record(
        f"sitting:{event}",
        ("sitting", sitting.id),
        now=now,
        actor_id=actor_id,
        source=source,
        base_id=sitting.base_id,
        facts=facts,
    )
