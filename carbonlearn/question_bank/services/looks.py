"""Who looked at the keys of exam items: noted at each look, since whoever knows a key may sell it."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item, ItemLook
from carbonlearn.question_bank.rules.item import EXAM


def note_look(item_id: str, place: str, *, actor: Actor, now: datetime, refused: bool = False) -> None:
    """Note that somebody opened an exam item, or tried to; items of other pools, and numbers that do not exist, leave no trace."""
    item = db.session.get(Item, item_id)
    if item is not None and item.pool == EXAM:
        db.session.add(ItemLook(item_id=item_id, user_id=actor.user_id, place=place, refused=refused, at=now))
