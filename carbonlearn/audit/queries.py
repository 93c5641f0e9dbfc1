"""Reading the chain: for the auditor's page and for the walk that proves it whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, cast, column, func, select, table

from carbonlearn.audit.models import AuditEntry, AuditHead
from carbonlearn.audit.rules import first_break
from carbonlearn.infra.db import db, microseconds

BATCH = 1000
DAY = 86_400_000_000  # microseconds
CHINA_AHEAD = 8 * 3_600_000_000
USERS = table("users", column("id"), column("name"))  # by name: accounts stands above the audit chain


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


def break_in_chain() -> int | None:
    """Walk the whole chain up to where it stands now; the first entry that does not fit or is not there, or None."""
    head = db.session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1)).first()
    return first_break(chain(), (head.seq, head.hash)) if head else first_break(chain())


def _fields(row: AuditEntry) -> dict[str, Any]:
    names = ("seq", "source", "actor_id", "action", "subject_type", "subject_id", "base_id", "facts")
    return {name: getattr(row, name) for name in names} | {"at": microseconds(row.at)}


def noted(action: str, subject_id: str) -> dict[str, Any] | None:
    """What the first entry of an act on a thing says; None where there is none."""
    query = select(AuditEntry.facts).where(AuditEntry.subject_id == subject_id, AuditEntry.action == action)
    return db.session.scalar(query.order_by(AuditEntry.seq).limit(1))


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


@dataclass(frozen=True, slots=True)
class DayHead:
    """Where the chain stood at the end of a day (China's): the last entry's number and hash, and how many the day had."""

    last_at: datetime
    seq: int
    hash: str
    entries: int


def page(
    before: int | None, limit: int, action: str, source: str, subject: str
) -> list[tuple[AuditEntry, str | None]]:
    """The newest entries first, older than ``before``, with the actor's name; narrowed to an action's beginning, a source, a subject."""
    query = (
        select(AuditEntry, USERS.c.name)
        .outerjoin(USERS, USERS.c.id == AuditEntry.actor_id)
        .order_by(AuditEntry.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    if action:
        query = query.where(AuditEntry.action.startswith(action, autoescape=True))
    if source:
        query = query.where(AuditEntry.source == source)
    if subject:
        query = query.where((AuditEntry.subject_id == subject) | (AuditEntry.actor_id == subject))
    return [(entry, name) for entry, name in db.session.execute(query)]


def day_heads(limit: int = 7) -> list[DayHead]:
    """The last entry of each day that has any, newest day first."""
    day = (cast(AuditEntry.at, BigInteger) + CHINA_AHEAD) // DAY
    last = (
        select(func.max(AuditEntry.seq).label("seq"), func.count().label("entries"))
        .group_by(day)
        .order_by(func.max(AuditEntry.seq).desc())
        .limit(limit)
        .subquery()
    )
    rows = db.session.execute(
        select(AuditEntry, last.c.entries)
        .join(last, last.c.seq == AuditEntry.seq)
        .order_by(AuditEntry.seq.desc())
    )
    return [DayHead(entry.at, entry.seq, entry.hash, entries) for entry, entries in rows]
