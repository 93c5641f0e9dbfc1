"""An item's life by verbs: draft, revise, review by a second person, put to use, retire or discard, take back.

Whoever decides anything about an item holds its row first, so that two people at once come one after the other.

A version is frozen when it is written; an edit is a new version. Points are hundredths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid, Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_code
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import Item, ItemReview, ItemVersion
from carbonlearn.question_bank.rules.item import ItemText, faults
from carbonlearn.question_bank.rules.life import APPROVED, RETURNED, Stage, may_review, unchecked
from carbonlearn.question_bank.services.versions import new_item, new_version


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item belongs: its pool and track; of a presence question the lesson, and its part where it asks about one."""

    pool: str
    job_type: str
    level: str
    lesson_slug: str | None = None
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Besides:
    """What a version says beside its text: the points it tests, when it must be looked at again, the case it belongs to."""

    competence: Sequence[str] = ()
    review_by: date | None = None
    case_version_id: str | None = None


def draft(text: ItemText, place: Place, besides: Besides, *, actor: Actor, now: datetime) -> Item:
    """A new item, not yet live: a second person has to approve it. Raises Invalid with the first fault."""
    _refuse_faults(text, place.pool)
    name = f"{(place.lesson_slug or place.job_type)[:3]}{place.level}-{new_code(6).lower()}"
    item = new_item(name, text, place.job_type, place.level, place.pool, now)
    item.lesson_slug = place.lesson_slug
    _write(item, 1, text, besides, {"part": place.part} if place.part else {}, actor, now)
    record("item:draft", ("item", item.id), now=now, actor_id=actor.user_id, facts={"version": 1})
    return item


def revise(
    item_id: str, text: ItemText, base_number: int, besides: Besides, *, actor: Actor, now: datetime
) -> ItemVersion:
    """A new version of an item, a draft until a second person approves it. What papers use meanwhile stays as it is.

    ``base_number`` is the version that was edited: Conflict ITEM_CHANGED when somebody saved another one since, ITEM_RETIRED for an item
    that is put away.
    """
    item = queries.item(item_id, lock=True)
    _refuse_put_away(item)
    newest = queries.newest_version(item_id)
    if newest.number != base_number:
        raise Conflict("ITEM_CHANGED", number=newest.number)
    _refuse_faults(text, item.pool)
    kept: dict[str, Any] = {name: newest.meta[name] for name in ("facts", "part") if name in newest.meta}
    version = _write(item, newest.number + 1, text, besides, kept, actor, now)
    if item.live_version_id is None:  # what was never in use is found by what its newest text is
        item.type, item.function, item.difficulty = text.type, text.function, text.difficulty
    facts = {"version": version.number}
    record("item:revise", ("item", item.id), now=now, actor_id=actor.user_id, facts=facts)
    return version


def review(
    item_id: str,
    number: int,
    decision: str,
    note: str,
    *,
    checks: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> ItemReview:
    """A second person's word on the newest version: approved means that it may be put to use, returned asks for another.

    ``checks`` says what was looked at (``rules.life.CHECKS``). Raises Refused ITEM_OWN_DRAFT for whoever wrote any of it
    (``queries.writers``), Conflict ITEM_CHANGED for an older version, ITEM_REVIEWED when it is decided, Invalid ITEM_NOTE_NEEDED for a
    return without a word and ITEM_CHECKS_NEEDED for an approval that left something out.
    """
    item, version = queries.item(item_id, lock=True), queries.newest_version(item_id)
    _refuse_put_away(item)
    if version.number != number:
        raise Conflict("ITEM_CHANGED", number=version.number)
    if item.live_version_id == version.id or _last_word(version.id) is not None:
        raise Conflict("ITEM_REVIEWED")
    if not may_review(queries.writers(version), actor.user_id):
        raise Refused("ITEM_OWN_DRAFT")
    if decision == RETURNED and not note:
        raise Invalid("ITEM_NOTE_NEEDED", field="note")
    if decision == APPROVED and unchecked(checks):
        raise Invalid("ITEM_CHECKS_NEEDED", field="checks")
    found = ItemReview(
        version_id=version.id,
        reviewer_id=actor.user_id,
        decision=decision,
        note=note,
        checks=dict(checks),
        at=now,
    )
    db.session.add(found)
    if decision == APPROVED and item.status == "draft":
        item.status = "reviewed"
    act = "item:approve" if decision == APPROVED else "item:return"
    record(act, ("item", item.id), now=now, actor_id=actor.user_id, facts={"version": number})
    db.session.flush()
    return found


def put_to_use(item_id: str, *, actor: Actor, now: datetime) -> Item:
    """The newest version, reviewed by a second person, is what new papers use from now on.

    Raises Conflict ITEM_NOT_REVIEWED while it is not approved, Refused ITEM_OWN_DRAFT for whoever wrote any of it.
    """
    item, version = queries.item(item_id, lock=True), queries.newest_version(item_id)
    stage = queries.stage(item, version)
    if stage is not Stage.REVIEWED:
        raise Conflict("ITEM_NOT_REVIEWED")
    if not may_review(queries.writers(version), actor.user_id):
        raise Refused("ITEM_OWN_DRAFT")
    item.live_version_id, item.status = version.id, "live"
    for name in ("type", "function", "difficulty"):
        setattr(item, name, version.meta.get(name, getattr(item, name)))
    facts = {"version": version.number}
    record("item:activate", ("item", item.id), now=now, actor_id=actor.user_id, facts=facts)
    return item


def retire(item_id: str, *, actor: Actor, now: datetime) -> Item:
    """Take an item out of future papers; papers made before keep its text. Raises Conflict when it is not live."""
    item = queries.item(item_id, lock=True)
    if item.status != "live":
        raise Conflict("ITEM_NOT_LIVE")
    item.status = "retired"
    record("item:retire", ("item", item.id), now=now, actor_id=actor.user_id)
    return item


def discard(item_id: str, *, actor: Actor, now: datetime) -> Item:
    """Put away an item that never was in use, so that it waits for nobody. Raises Conflict ITEM_IN_USE, ITEM_RETIRED."""
    item = queries.item(item_id, lock=True)
    _refuse_put_away(item)
    if item.live_version_id is not None:
        raise Conflict("ITEM_IN_USE")
    item.status = "retired"
    record("item:discard", ("item", item.id), now=now, actor_id=actor.user_id)
    return item


def reinstate(item_id: str, *, actor: Actor, now: datetime) -> Item:
    """Take an item back that was put away: into use with the version that was live, or as the draft that it was.

    Raises Conflict when it is not retired.
    """
    item = queries.item(item_id, lock=True)
    if item.status != "retired":
        raise Conflict("ITEM_NOT_RETIRED")
    if item.live_version_id is None:
        approved = _last_word(queries.newest_version(item_id).id) == APPROVED
        item.status = "reviewed" if approved else "draft"
    else:
        item.status = "live"
    record("item:reinstate", ("item", item.id), now=now, actor_id=actor.user_id)
    return item


def _write(
    item: Item,
    number: int,
    text: ItemText,
    besides: Besides,
    meta: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> ItemVersion:
    return new_version(
        item,
        number,
        text,
        now,
        actor.user_id,
        points=besides.competence,
        meta=meta,
        review_by=besides.review_by,
        case_version_id=besides.case_version_id,
    )


def _last_word(version_id: str) -> str | None:
    query = select(ItemReview.decision).where(
        ItemReview.version_id == version_id, ItemReview.decision.in_((APPROVED, RETURNED))
    )
    return db.session.scalar(query.order_by(ItemReview.at.desc()).limit(1))


def _refuse_put_away(item: Item) -> None:
    if item.status == "retired":
        raise Conflict("ITEM_RETIRED")


def _refuse_faults(text: ItemText, pool: str) -> None:
    for name, code in faults(text, pool):
        raise Invalid(code, field=name)
