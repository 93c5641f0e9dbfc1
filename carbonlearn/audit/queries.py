"""Reading the chain: for the auditor's page and for the walk that proves it whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from carbonlearn.audit.models import AuditEntry
from carbonlearn.infra.db import db, microseconds

BATCH = 1000


def chain() -> Iterator[tuple[dict[str, Any], str, str]]:
    """All entries in order, as (fields, prev_hash, hash), read in batches."""
    last = 0
    while True:
        rows = db.session.scalars(
            select(AuditEntry).where(AuditEntry.seq > last).order_by(AuditEntry.seq).limit(BATCH)
        ).all()
        if not rows:
            return
        for row in rows:
            yield _fields(row), row.prev_hash, row.hash
        last = rows[-1].seq
        db.session.expunge_all()


def _fields(row: AuditEntry) -> dict[str, Any]:
    names = ("seq", "source", "actor_id", "action", "subject_type", "subject_id", "base_id", "facts")
    return {name: getattr(row, name) for name in names} | {"at": microseconds(row.at)}


def count() -> int:
    """How many entries the chain has."""
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def latest(before: int | None, limit: int, action: str = "") -> list[AuditEntry]:
    """The newest entries first, older than ``before``; only of one action when given."""
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    if action:
        query = query.where(AuditEntry.action.startswith(action))
    return list(db.session.scalars(query))
