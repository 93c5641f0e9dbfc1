"""Who looked at the keys of exam items: noted at each look, since whoever knows a key may sell it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert

from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item, ItemLook
from carbonlearn.question_bank.rules.item import EXAM


def note_look(item_id: str, place: str, *, actor: Actor, now: datetime, refused: bool = False) -> None:
    """Note that somebody opened an exam item, or tried to; items of other pools, and numbers that do not exist, leave no trace."""
    item = db.session.get(Item, item_id)
    if item is not None and item.pool == EXAM:
        db.session.add(ItemLook(item_id=item_id, user_id=actor.user_id, place=place, refused=refused, at=now))


def note_looks(exam_items: Sequence[str], place: str, *, actor: Actor, now: datetime) -> None:
    """Note that somebody saw the keys of several exam items at once; one statement."""
    told = {"user_id": actor.user_id, "place": place, "refused": False, "at": now}
    if exam_items:
        db.session.execute(insert(ItemLook), [told | {"item_id": item_id} for item_id in exam_items])
