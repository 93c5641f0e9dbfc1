"""Append to the audit chain, inside the unit of work of the act itself: both are stored, or neither."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from carbonlearn.audit.models import AuditEntry, AuditHead
from carbonlearn.audit.rules import GENESIS, link_hash
from carbonlearn.infra.db import db, in_unit_of_work, left_to_the_end, microseconds

# Nearly every act writes here, and two rows need no objects: statements built once, on the tables themselves.
_heads, _entries = cast(Table, AuditHead.__table__), cast(Table, AuditEntry.__table__)
HEAD = select(_heads.c.seq, _heads.c.hash).where(_heads.c.id == 1).with_for_update()
ENTRY = insert(_entries)
MOVE_HEAD = (
    update(_heads).where(_heads.c.id == 1).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)


def record(
    action: str,
    subject: tuple[str, str],
    *,
    now: datetime,
    actor_id: str | None = None,
    source: str = "desk",
    base_id: str | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Append one entry. ``action`` reads ``thing:deed``; ``subject`` is (type, id); ``source`` is desk, learner or job.

    It is linked and written as the last thing of the unit of work, so that the head of the chain is held for a moment only. ``facts``
    hold ids, codes and numbers (whole), never a person's data. Raises RuntimeError outside a unit of work.
    """
    if not in_unit_of_work():
        raise RuntimeError("an audit entry is written in the unit of work of the act")
    db.session.flush()  # what the act wrote comes first, and fails first
    entry = {
        "at": now,
        "source": source,
        "actor_id": actor_id,
        "action": action,
        "subject_type": subject[0],
        "subject_id": subject[1],
        "base_id": base_id,
        "facts": dict(facts or {}),
    }
    left_to_the_end(_append).append(entry)


def hold_chain() -> None:
    """Take the head of the chain already now, until the unit of work ends: the one lock that all acts share."""
    _locked_head()


def _append(entries: list[dict[str, Any]]) -> None:
    """Link the entries of one unit of work to the chain, in the order in which they were recorded."""
    db.session.flush()
    head, before = _locked_head()
    rows = []
    for seq, entry in enumerate(entries, start=head + 1):
        own = link_hash(before, {**entry, "seq": seq, "at": microseconds(entry["at"])})
        rows.append({**entry, "seq": seq, "prev_hash": before, "hash": own})
        before = own
    db.session.execute(ENTRY, rows)
    db.session.execute(MOVE_HEAD, {"new_seq": head + len(rows), "new_hash": before})


def _locked_head() -> tuple[int, str]:
    """Where the chain stands; its row is held until the unit of work ends. The first entry of all makes it."""
    head = db.session.execute(HEAD).one_or_none()
    if head is None:
        # on an empty installation another writer may be first
        with contextlib.suppress(IntegrityError), db.session.begin_nested():
            db.session.execute(insert(_heads), {"id": 1, "seq": 0, "hash": GENESIS})
        head = db.session.execute(HEAD).one()
    return head.seq, head.hash
