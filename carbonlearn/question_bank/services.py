"""The item bank changes by verbs: load shipped items, draft, revise, review by a second person, retire.

A version is frozen when it is written; an edit is a new version. Points are hundredths.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.errors import Conflict, Invalid, Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_code, new_id
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import Item, ItemReview, ItemVersion
from carbonlearn.question_bank.rules.item import ItemText, faults, may_review

APPROVED, RETURNED = "approved", "returned"


def load_items(
    items: Iterable[Mapping[str, Any]],
    now: datetime,
    author_id: str | None = None,
    reviewer_id: str | None = None,
) -> int:
    """Bring items of a file into the bank, live; how many were new or changed.

    An entry whose content some version already has is left alone, so loading twice changes nothing and an edit made at the desk
    stays. A changed entry becomes a new live version.
    """
    entries = list(items)
    known = {
        item.external_id: item
        for item in db.session.scalars(
            select(Item).where(Item.external_id.in_([entry["id"] for entry in entries]))
        )
    }
    seen = _digests([item.id for item in known.values()])
    changed = 0
    for entry in entries:
        digest = _digest(entry)
        item = known.get(entry["id"])
        versions = seen.get(item.id, {}) if item else {}
        if digest not in versions:
            number = max(versions.values(), default=0) + 1
            _load_one(entry, digest, item, number, now, author_id, reviewer_id)
            changed += 1
    db.session.flush()
    if changed:
        facts = {"count": changed}
        record("item:load", ("items", "bank"), now=now, actor_id=author_id, source="job", facts=facts)
    return changed


def _digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 over everything that the file says of an item; points as hundredths, days as text."""
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in entry.items()
        if name != "rubric"
    }
    return hashlib.sha256(canonical_json(plain | {"rubric": text_of_entry(entry).rubric})).hexdigest()


def _digests(item_ids: list[str]) -> dict[str, dict[str, int]]:
    """For each item the digest of every version (its own id where it came from the desk), with its number."""
    found: dict[str, dict[str, int]] = {}
    rows = db.session.execute(
        select(ItemVersion.item_id, ItemVersion.id, ItemVersion.number, ItemVersion.meta).where(
            ItemVersion.item_id.in_(item_ids)
        )
    )
    for item_id, version_id, number, meta in rows:
        found.setdefault(item_id, {})[meta.get("sha256", version_id)] = number
    return found


def _load_one(
    entry: Mapping[str, Any],
    digest: str,
    item: Item | None,
    number: int,
    now: datetime,
    author_id: str | None,
    reviewer_id: str | None,
) -> None:
    text = text_of_entry(entry)
    if item is None:
        item = _new_item(entry["id"], text, entry["job_type"], entry["level"], entry.get("pool", "exam"), now)
    version = _version(item, number, text, now, author_id)
    named = {name: entry.get(name, []) for name in ("facts", "competence")}
    version.meta = version.meta | named | {"sha256": digest}
    if entry.get("part"):
        version.meta = version.meta | {"part": entry["part"]}
    version.review_by = entry.get("review_by")
    item.lesson_slug = entry.get("lesson_slug")
    db.session.add(
        ItemReview(version_id=version.id, reviewer_id=reviewer_id, decision=APPROVED, note="", at=now)
    )
    item.type, item.function, item.difficulty = text.type, text.function, text.difficulty
    item.live_version_id = version.id
    item.status = "live"


def text_of_entry(entry: Mapping[str, Any]) -> ItemText:
    """An entry of an item file as a text: whole points become hundredths, one truth value a list."""
    key = entry.get("key", [])
    return ItemText(
        type=entry["type"],
        function=entry["function"],
        difficulty=entry["difficulty"],
        stem=entry["stem"].strip(),
        explanation=entry["explanation"].strip(),
        source=entry["source"].strip(),
        options=dict(entry.get("options", {})),
        key=key if isinstance(key, list) else [key],
        reference=entry.get("reference", "").strip(),
        rubric=[
            {"points": round(line["points"] * 100), "text": line["text"]} for line in entry.get("rubric", [])
        ],
    )


def _new_item(external_id: str, text: ItemText, job_type: str, level: str, pool: str, now: datetime) -> Item:
    item = Item(
        id=new_id(),
        external_id=external_id,
        pool=pool,
        job_type=job_type,
        level=level,
        type=text.type,
        function=text.function,
        difficulty=text.difficulty,
        status="draft",
        created_at=now,
    )
    db.session.add(item)
    db.session.flush()
    return item


def _version(item: Item, number: int, text: ItemText, now: datetime, author_id: str | None) -> ItemVersion:
    version = ItemVersion(
        id=new_id(),
        item_id=item.id,
        number=number,
        stem=text.stem,
        options=dict(text.options),
        key=list(text.key),
        reference=text.reference,
        rubric=[dict(line) for line in text.rubric],
        explanation=text.explanation,
        source=text.source,
        meta={"difficulty": text.difficulty, "function": text.function, "type": text.type},
        author_id=author_id,
        created_at=now,
    )
    db.session.add(version)
    db.session.flush()
    return version


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
    item = _new_item(f"{job_type[:3]}{level}-{new_code(6).lower()}", text, job_type, level, "exam", now)
    version = _version(item, 1, text, now, actor.user_id)
    version.review_by = review_by
    version.meta = version.meta | {"competence": list(competence)}
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
    version = _version(item, newest.number + 1, text, now, actor.user_id)
    version.review_by = review_by
    version.meta = version.meta | {
        name: newest.meta[name] for name in ("facts", "competence", "part") if name in newest.meta
    }
    if competence is not None:
        version.meta = version.meta | {"competence": list(competence)}
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
