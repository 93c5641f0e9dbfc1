"""A document that items cite has changed: noted once; what cites it is to be looked at again until somebody revises or confirms it."""

from __future__ import annotations

from datetime import date, datetime

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import ItemReview, ItemVersion, SourceChange
from carbonlearn.question_bank.rules.life import CONFIRMED, counts_from, day_of


def note_change(source_id: str, changed_on: date, note: str, *, actor: Actor, now: datetime) -> SourceChange:
    """From the day of the change on, what cites the document and is older is due for review. Changes noted before keep standing.

    Raises NotFound, Invalid SOURCE_NOTE_NEEDED without a word on what changed.
    """
    source = queries.source(source_id)
    if not note:
        raise Invalid("SOURCE_NOTE_NEEDED", field="note")
    change = SourceChange(
        source_id=source.id,
        changed_on=changed_on,
        counts_from=counts_from(changed_on, now),
        note=note,
        noted_by=actor.user_id,
        noted_at=now,
    )
    db.session.add(change)
    facts = {"changed_on": changed_on.isoformat()}
    record("source:change", ("source", source.id), now=now, actor_id=actor.user_id, facts=facts)
    return change


def confirm(item_id: str, review_by: date | None, note: str, *, actor: Actor, now: datetime) -> ItemReview:
    """The item in use has been looked at again and still holds; ``review_by`` is when to look the next time, None the day that stands.

    Raises Conflict ITEM_NOT_IN_USE, Invalid ITEM_REVIEW_BY_PAST for a day that is over, whether it is given or stands.
    """
    item = queries.item(item_id, lock=True)
    if item.status != "live" or item.live_version_id is None:
        raise Conflict("ITEM_NOT_IN_USE")
    version = db.session.get_one(ItemVersion, item.live_version_id)
    next_day = review_by or queries.review_day_of(version)
    if next_day is not None and next_day <= day_of(now):
        raise Invalid("ITEM_REVIEW_BY_PAST", field="review_by")
    word = ItemReview(
        version_id=version.id,
        reviewer_id=actor.user_id,
        decision=CONFIRMED,
        note=note,
        checks={},
        review_by=next_day,
        at=now,
    )
    db.session.add(word)
    facts = {"version": version.number, "review_by": next_day.isoformat() if next_day else None}
    record("item:confirm", ("item", item.id), now=now, actor_id=actor.user_id, facts=facts)
    return word
