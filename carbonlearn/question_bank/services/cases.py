"""Cases that several items share: written, and revised together with the items that belong to them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_code, new_id
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import CaseVersion, Item, ItemCase, ItemVersion
from carbonlearn.question_bank.rules.item import MAX_CASE, MIN_CASE
from carbonlearn.question_bank.services.versions import index_versions

COPIED = (
    "stem", "options", "key", "reference", "rubric", "explanation", "source", "meta",
)  # fmt: skip


def write_case(text: str, pool: str, job_type: str, level: str, *, actor: Actor, now: datetime) -> ItemCase:
    """A new case, for items that are written afterwards. Raises Invalid CASE_LENGTH."""
    _refuse_length(text)
    name = f"{job_type[:3]}{level}-case-{new_code(4).lower()}"
    version = written(name, text, (pool, job_type, level), author_id=actor.user_id, now=now)
    return db.session.get_one(ItemCase, version.case_id)


def revise_case(case_id: str, text: str, base_number: int, *, actor: Actor, now: datetime) -> int:
    """Another text for a case: every item that belongs to it gets a new version with it, a draft to be approved like any other.

    What papers use meanwhile stays as it is. How many items got one. Raises Conflict CASE_CHANGED when somebody else was faster.
    """
    _hold(case_id)
    _case, newest = queries.case(case_id)
    if newest.number != base_number:
        raise Conflict("CASE_CHANGED", number=newest.number)
    _refuse_length(text)
    _made, carried = revised(case_id, text, author_id=actor.user_id, now=now)
    return len(carried)


def written(
    name: str, text: str, place: tuple[str, str, str], *, author_id: str, now: datetime
) -> CaseVersion:
    """A new case of this number (``place``: pool, job type, level), whoever asks for it; its first version."""
    pool, job_type, level = place
    case = ItemCase(id=new_id(), external_id=name, pool=pool, job_type=job_type, level=level, created_at=now)
    db.session.add(case)
    db.session.flush()
    version = _version(case, 1, text, author_id, now)
    record("case:write", ("case", case.id), now=now, actor_id=author_id, facts={"number": name})
    return version


def revised(
    case_id: str, text: str, *, author_id: str, now: datetime, besides: Collection[str] = ()
) -> tuple[CaseVersion, list[str]]:
    """Another text for a case, whoever asks for it, and a version with it for each of its items but those ``besides``, which get one of
    their own: the text, and the ids of those versions."""
    _hold(case_id)
    case, newest = queries.case(case_id)
    version = _version(case, newest.number + 1, text, author_id, now)
    rows = [
        (item, old)
        for item, old in db.session.execute(queries.newest_of_case(case_id))
        if item.id not in besides
    ]
    carried = [_carry(item, old, version, author_id, now) for item, old in rows]
    facts = {"version": version.number, "items": len(rows)}
    record("case:revise", ("case", case.id), now=now, actor_id=author_id, facts=facts)
    return version, carried


def _hold(case_id: str) -> None:
    """The case and its items are held until the unit of work is over, so that who decides about them is alone."""
    db.session.execute(select(ItemCase.id).where(ItemCase.id == case_id).with_for_update())
    items = select(Item.id).where(Item.id.in_(queries.newest_of_case(case_id).with_only_columns(Item.id)))
    db.session.execute(items.order_by(Item.id).with_for_update())


def _version(case: ItemCase, number: int, text: str, author_id: str, now: datetime) -> CaseVersion:
    version = CaseVersion(
        id=new_id(), case_id=case.id, number=number, text=text, author_id=author_id, created_at=now
    )
    db.session.add(version)
    db.session.flush()
    return version


def _carry(item: Item, old: ItemVersion, case: CaseVersion, author_id: str, now: datetime) -> str:
    values = {name: getattr(old, name) for name in COPIED}
    values["meta"] = {name: value for name, value in old.meta.items() if name not in ("sha256", "sent_by")}
    version = ItemVersion(
        id=new_id(),
        item_id=item.id,
        number=old.number + 1,
        case_version_id=case.id,
        review_by=queries.review_day_of(old),
        author_id=author_id,
        created_at=now,
        **values,
    )
    db.session.add(version)
    db.session.flush()
    index_versions([{"id": version.id, "meta": version.meta, "source": version.source}])
    return version.id


def _refuse_length(text: str) -> None:
    if not MIN_CASE <= len(text) <= MAX_CASE:
        raise Invalid("CASE_LENGTH", field="text")
