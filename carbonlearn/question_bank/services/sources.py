"""A document that items cite has changed: noted once; what cites it is to be looked at again until somebody revises or confirms it."""

from __future__ import annotations

from datetime import date, datetime

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import ItemReview, ItemVersion, Source
from carbonlearn.question_bank.rules.life import CONFIRMED


def note_change(source_id: str, changed_on: date, note: str, *, actor: Actor, now: datetime) -> Source:
    """From the day of the change on, what cites the document and is older is due for review.

    Raises NotFound, Invalid SOURCE_NOTE_NEEDED without a word on what changed.
    """
    source = queries.source(source_id)
    if not note:
        raise Invalid("SOURCE_NOTE_NEEDED", field="note")
    source.changed_on, source.changed_at, source.note = changed_on, now, note
    facts = {"changed_on": changed_on.isoformat()}
    record("source:change", ("source", source.id), now=now, actor_id=actor.user_id, facts=facts)
    return source


def confirm(item_id: str, review_by: date | None, note: str, *, actor: Actor, now: datetime) -> ItemVersion:
    """The item in use has been looked at again and still holds; ``review_by`` is when to look the next time.

    Raises Conflict ITEM_NOT_LIVE, Invalid ITEM_REVIEW_BY_PAST for a day that is over.
    """
    item = queries.item(item_id)
    if item.status != "live" or item.live_version_id is None:
        raise Conflict("ITEM_NOT_LIVE")
    if review_by is not None and review_by <= now.date():
        raise Invalid("ITEM_REVIEW_BY_PAST", field="review_by")
    version = db.session.get_one(ItemVersion, item.live_version_id)
    version.review_by = review_by
    word = ItemReview(
        version_id=version.id, reviewer_id=actor.user_id, decision=CONFIRMED, note=note, checks={}, at=now
    )
    db.session.add(word)
    facts = {"version": version.number, "review_by": review_by.isoformat() if review_by else None}
    record("item:confirm", ("item", item.id), now=now, actor_id=actor.user_id, facts=facts)
    return version
