"""How often items were shown, told from above when an exam is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, update

from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item


def note_exposures(counted: Iterable[tuple[str, int, datetime]]) -> int:
    """(item, sittings in all, when last) as counted; how many items changed by it."""
    changed = 0
    for item_id, count, last in counted:
        same = or_(Item.exposures != count, Item.exposed_at.is_(None), Item.exposed_at != last)
        found = db.session.execute(
            update(Item).where(Item.id == item_id, same).values(exposures=count, exposed_at=last)
        )
        changed += int(found.rowcount)  # type: ignore[attr-defined]
    return changed
