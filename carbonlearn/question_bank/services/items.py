"""The item bank changes by verbs: draft, revise, review by a second person, retire.

A version is frozen when it is written; an edit is a new version. Points are hundredths.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid, Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_code
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import Item, ItemReview, ItemVersion
from carbonlearn.question_bank.rules.item import APPROVED, RETURNED, ItemText, faults, may_review
from carbonlearn.question_bank.services.versions import new_item, new_version


def draft(
    text: ItemText,
    job_type: str,
    level: str,
    *,
    competence: Sequence[str] = (),
    review_by: date | None,
    actor: Actor,
    now: datetime,
) -> Item:
    """A new item, not yet live: a second person has to approve it. ``competence``: codes of the framework's points.

    Raises Invalid with the first fault.
    """
    _refuse_faults(text)
    item = new_item(f"{job_type[:3]}{level}-{new_code(6).lower()}", text, job_type, level, "exam", now)
    new_version(item, 1, text, now, actor.user_id, points=competence, review_by=review_by)
    record("item:draft", ("item", item.id), now=now, actor_id=actor.user_id, facts={"version": 1})
    return item


def revise(
    item_id: str,
    text: ItemText,
    base_number: int,
    *,
    competence: Sequence[str] | None = None,
    review_by: date | None,
    actor: Actor,
    now: datetime,
) -> ItemVersion:
    """A new version of an item, a draft until a second person approves it. What papers use meanwhile stays as it is.

    ``base_number`` is the version that was edited: Conflict ITEM_CHANGED when somebody saved another one since.
    """
    item = queries.item(item_id)
    newest = queries.newest_version(item_id)
    if newest.number != base_number:
        raise Conflict("ITEM_CHANGED", number=newest.number)
    _refuse_faults(text)
    version = new_version(
        item,
        newest.number + 1,
        text,
        now,
        actor.user_id,
        points=newest.meta.get("competence", []) if competence is None else competence,
        meta={name: newest.meta[name] for name in ("facts", "part") if name in newest.meta},
        case_version_id=newest.case_version_id,
        review_by=review_by,
    )
    record(
        "item:revise", ("item", item.id), now=now, actor_id=actor.user_id, facts={"version": version.number}
    )
    return version


def review(item_id: str, number: int, decision: str, note: str, *, actor: Actor, now: datetime) -> ItemReview:
    """A second person's word on the newest version: approved makes it live, returned asks for another.

    Raises Refused ITEM_OWN_DRAFT for the author, Conflict ITEM_CHANGED for an older version, ITEM_REVIEWED when it is decided,
    Invalid ITEM_NOTE_NEEDED for a return without a word.
    """
    item, version = queries.item(item_id), queries.newest_version(item_id)
    if version.number != number:
        raise Conflict("ITEM_CHANGED", number=version.number)
    if item.live_version_id == version.id or _is_reviewed(version.id):
        raise Conflict("ITEM_REVIEWED")
    if not may_review(version.author_id, actor.user_id):
        raise Refused("ITEM_OWN_DRAFT")
    if decision == RETURNED and not note:
        raise Invalid("ITEM_NOTE_NEEDED", field="note")
    found = ItemReview(version_id=version.id, reviewer_id=actor.user_id, decision=decision, note=note, at=now)
    db.session.add(found)
    if decision == APPROVED:
        _go_live(item, version)
    record(
        "item:approve" if decision == APPROVED else "item:return",
        ("item", item.id),
        now=now,
        actor_id=actor.user_id,
        facts={"version": number},
    )
    return found


def _is_reviewed(version_id: str) -> bool:
    return db.session.scalar(select(ItemReview.id).where(ItemReview.version_id == version_id)) is not None


def _go_live(item: Item, version: ItemVersion) -> None:
    item.live_version_id, item.status = version.id, "live"
    for name in ("type", "function", "difficulty"):
        setattr(item, name, version.meta.get(name, getattr(item, name)))


def retire(item_id: str, *, actor: Actor, now: datetime) -> Item:
    """Take an item out of future papers; papers made before keep its text. Raises Conflict when it is not live."""
    item = queries.item(item_id)
    if item.status != "live":
        raise Conflict("ITEM_NOT_LIVE")
    item.status = "retired"
    record("item:retire", ("item", item.id), now=now, actor_id=actor.user_id)
    return item


def _refuse_faults(text: ItemText) -> None:
    for name, code in faults(text):
        raise Invalid(code, field=name)
