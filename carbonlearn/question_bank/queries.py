"""Reading the item bank: what papers are made of, what lists and the editor show, and the items that ship with the program."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.framework import COMMON
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item, ItemReview, ItemVersion

CONTENT = Path(__file__).parent / "content"
CASES = "cases.yaml"  # the stems that several items of a folder share
PRESENCE = "presence"  # the pool, and the folder, of questions asked while studying; the desk's lists are of the others


@dataclass(frozen=True, slots=True)
class BankItem:
    """A live item with its frozen text. ``key``, ``rubric`` and the rest below stay on the server until release.

    ``rubric`` lines are {"points": hundredths, "text"}.
    """

    id: str
    version_id: str
    external_id: str
    type: str
    function: str
    difficulty: int
    stem: str
    options: Mapping[str, str]
    key: tuple[Any, ...]
    reference: str
    rubric: tuple[Mapping[str, Any], ...]
    explanation: str
    source: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of items is narrowed to; empty means all. ``words`` are looked for in stem, number and source."""

    type: str = ""
    function: str = ""
    status: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as the list shows it, with its newest text. ``pending``: a newer version waits for a second person."""

    id: str
    external_id: str
    type: str
    function: str
    difficulty: int
    status: str
    stem: str
    number: int
    review_by: Any
    pending: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in an item's history: its text, who wrote it, what a second person said."""

    version: ItemVersion
    author: str | None
    reviews: list[tuple[ItemReview, str | None]] = field(default_factory=list)


def live_items(job_type: str, level: str, pool: str = "exam") -> list[BankItem]:
    """The live items of a job type and level of the occupation with those that all job types share, by number; one statement."""
    rows = db.session.execute(
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(Item.pool == pool, Item.level == level, Item.status == "live")
        .where(Item.job_type.in_((job_type, COMMON)))
        .order_by(Item.external_id)
    )
    return [_bank_item(item, version) for item, version in rows]


@dataclass(frozen=True, slots=True)
class PresenceItem:
    """A live presence question: the lesson and the part (number of its heading) that answer it."""

    item_id: str
    version_id: str
    lesson: str
    part: int | None


def presence_items(lesson_slugs: Collection[str]) -> list[PresenceItem]:
    """The live presence questions on these lessons, by number; one statement."""
    rows = db.session.execute(
        select(Item.id, ItemVersion.id, Item.lesson_slug, ItemVersion.meta)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(Item.pool == PRESENCE, Item.status == "live", Item.lesson_slug.in_(list(lesson_slugs)))
        .order_by(Item.external_id)
    )
    return [
        PresenceItem(item_id, version_id, slug, meta.get("part")) for item_id, version_id, slug, meta in rows
    ]


def _bank_item(item: Item, version: ItemVersion) -> BankItem:
    return BankItem(
        id=item.id,
        version_id=version.id,
        external_id=item.external_id,
        type=item.type,
        function=item.function,
        difficulty=item.difficulty,
        stem=version.stem,
        options=version.options,
        key=tuple(version.key),
        reference=version.reference,
        rubric=tuple(version.rubric),
        explanation=version.explanation,
        source=version.source,
    )


def _newest() -> ColumnElement[Any]:
    """The number of an item's newest version, as a correlated scalar."""
    other = aliased(ItemVersion)
    return select(func.max(other.number)).where(other.item_id == Item.id).correlate(Item).scalar_subquery()


def item_rows(filters: Filters, after: str = "", limit: int = 31) -> list[ItemRow]:
    """Items with their newest text, by number, beginning after the number ``after``."""
    query = (
        select(Item, ItemVersion)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == _newest()))
        .where(*_conditions(filters))
        .order_by(Item.external_id)
        .limit(limit)
    )
    if after:
        query = query.where(Item.external_id > after)
    return [_row(item, version) for item, version in db.session.execute(query)]


def _row(item: Item, version: ItemVersion) -> ItemRow:
    return ItemRow(
        item.id,
        item.external_id,
        item.type,
        item.function,
        item.difficulty,
        item.status,
        version.stem,
        version.number,
        version.review_by,
        item.status != "retired" and version.id != item.live_version_id,
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Item.pool != PRESENCE]
    if filters.type:
        found.append(Item.type == filters.type)
    if filters.function:
        found.append(Item.function == filters.function)
    if filters.status == "pending":
        found += [Item.status != "retired", _pending()]
    elif filters.status:
        found.append(Item.status == filters.status)
    if filters.words:
        within = (ItemVersion.stem, ItemVersion.source, Item.external_id)
        found.append(or_(*(column.icontains(filters.words, autoescape=True) for column in within)))
    return found


def _pending() -> ColumnElement[bool]:
    live = aliased(ItemVersion)
    number = select(live.number).where(live.id == Item.live_version_id).correlate(Item).scalar_subquery()
    return func.coalesce(number, 0) < _newest()


def item_count(filters: Filters) -> int:
    """How many items the filters leave."""
    query = select(func.count()).select_from(Item)
    if filters.words:
        query = query.join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == _newest()))
    return db.session.scalar(query.where(*_conditions(filters))) or 0


def supply(job_type: str, level: str, pool: str = "exam") -> dict[tuple[str, str], int]:
    """How many live items there are for each (function, type)."""
    rows = db.session.execute(
        select(Item.function, Item.type, func.count())
        .where(Item.pool == pool, Item.level == level, Item.status == "live")
        .where(Item.job_type.in_((job_type, COMMON)))
        .group_by(Item.function, Item.type)
    )
    return {(function, kind): count for function, kind, count in rows}


def stocked() -> list[tuple[str, str]]:
    """The job types and levels for which there is any live item."""
    query = select(Item.job_type, Item.level).where(Item.status == "live", Item.pool != PRESENCE)
    rows = db.session.execute(query.distinct())
    return [(row[0], row[1]) for row in rows]


def item(item_id: str) -> Item:
    """One item. Raises NotFound."""
    found = db.session.get(Item, item_id)
    if found is None:
        raise NotFound("ITEM_NOT_FOUND")
    return found


def newest_version(item_id: str) -> ItemVersion:
    """The newest text of an item, live or not. Raises NotFound."""
    found = db.session.scalar(
        select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number.desc()).limit(1)
    )
    if found is None:
        raise NotFound("ITEM_NOT_FOUND")
    return found


def history(item_id: str) -> list[VersionRow]:
    """Every version of an item, newest first, with authors and reviews; two statements."""
    versions = db.session.execute(
        select(ItemVersion, User.name)
        .outerjoin(User, User.id == ItemVersion.author_id)
        .where(ItemVersion.item_id == item_id)
        .order_by(ItemVersion.number.desc())
    )
    rows = {version.id: VersionRow(version, author) for version, author in versions}
    reviews = db.session.execute(
        select(ItemReview, User.name)
        .outerjoin(User, User.id == ItemReview.reviewer_id)
        .where(ItemReview.version_id.in_(rows))
        .order_by(ItemReview.at)
    )
    for review, name in reviews:
        rows[review.version_id].reviews.append((review, name))
    return list(rows.values())


def due_for_review(now: datetime) -> int:
    """How many live items have passed the day by which their source must be looked at again."""
    query = (
        select(func.count())
        .select_from(Item)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(Item.status == "live", ItemVersion.review_by < now.date())
    )
    return db.session.scalar(query) or 0


@lru_cache(maxsize=1)
def shipped_items() -> list[dict[str, Any]]:
    """The items that ship with the program, each with the pool, job type and level of its folder (``<pool>/<job type>-<level>``)."""
    return [
        common | entry
        for folder, common in _folders()
        for path in sorted(folder.glob("*.yaml"))
        if path.name != CASES
        for entry in yaml.safe_load(path.read_text("utf-8"))
    ]


@lru_cache(maxsize=1)
def shipped_cases() -> list[dict[str, Any]]:
    """The cases that ship with the program, with pool, job type and level like the items."""
    return [
        common | entry
        for folder, common in _folders()
        for path in folder.glob(CASES)
        for entry in yaml.safe_load(path.read_text("utf-8"))
    ]


def _folders() -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for folder in sorted(path for path in CONTENT.glob("*/*-[1-5]") if path.is_dir()):
        job_type, level = folder.name.rsplit("-", 1)
        found.append((folder, {"pool": folder.parent.name, "job_type": job_type, "level": level}))
    return found


@lru_cache(maxsize=1)
def shipped_presence() -> list[dict[str, Any]]:
    """The presence questions that ship with the program, as entries for the same loader."""
    return [entry for path in sorted((CONTENT / PRESENCE).glob("*.yaml")) for entry in presence_entries(path)]


def presence_entries(path: Path) -> list[dict[str, Any]]:
    """The questions of one presence file; what a question of the bank needs besides does not apply to them."""
    data = yaml.safe_load(path.read_text("utf-8"))
    common = {"pool": PRESENCE, "job_type": "", "level": "", "function": "", "difficulty": 1, "source": ""}
    return [common | {"lesson_slug": data["lesson"]} | entry for entry in data["items"]]
