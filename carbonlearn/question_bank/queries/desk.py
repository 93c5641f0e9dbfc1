"""What the desk shows of the bank: lists, one item with its history, what waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from carbonlearn.accounts.models import User
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item, ItemReview, ItemVersion
from carbonlearn.question_bank.queries.shipped import PRESENCE


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
