"""Append to the audit chain, inside the unit of work of the act itself: both are stored, or neither."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.models import AuditEntry, AuditHead
from carbonlearn.audit.rules import GENESIS, link_hash
from carbonlearn.infra.db import db, in_unit_of_work, microseconds


def record(
    action: str,
    subject: tuple[str, str],
    *,
    now: datetime,
    actor_id: str | None = None,
    source: str = "desk",
    base_id: str | None = None,
    facts: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry. ``action`` reads ``thing:deed``; ``subject`` is (type, id); ``source`` is desk, learner or job.

    ``facts`` hold ids, codes and numbers (whole), never a person's data. Raises RuntimeError outside a unit of work.
    """
    if not in_unit_of_work():
        raise RuntimeError("an audit entry is written in the unit of work of the act")
    head = _locked_head()
    fields = {
        "seq": head.seq + 1,
        "at": microseconds(now),
        "source": source,
        "actor_id": actor_id,
        "action": action,
        "subject_type": subject[0],
        "subject_id": subject[1],
        "base_id": base_id,
        "facts": facts or {},
    }
    own = link_hash(head.hash, fields)
    entry = AuditEntry(**{**fields, "at": now}, prev_hash=head.hash, hash=own)
    db.session.add(entry)
    head.seq, head.hash = head.seq + 1, own
    db.session.flush()
    return entry


def _locked_head() -> AuditHead:
    head = db.session.scalar(select(AuditHead).where(AuditHead.id == 1).with_for_update())
    if head is None:
        head = AuditHead(id=1, seq=0, hash=GENESIS)
        db.session.add(head)
        db.session.flush()
    return head
