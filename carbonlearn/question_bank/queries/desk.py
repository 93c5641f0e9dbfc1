"""What the desk shows of the bank: lists, one item with its history, what waits, what is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from carbonlearn.accounts.models import User
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import (
    CaseVersion,
    Citation,
    Item,
    ItemLook,
    ItemPoint,
    ItemReview,
    ItemVersion,
    SourceChange,
)
from carbonlearn.question_bank.queries.shipped import PRESENCE
from carbonlearn.question_bank.rules.item import DIFFICULTIES
from carbonlearn.question_bank.rules.life import APPROVED, CONFIRMED, RETURNED, Stage, day_of, stage_of

DUE = "due"
LEVELS = {str(level): level for level in DIFFICULTIES}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of items is narrowed to; empty means all (of every pool but the presence questions, which have their own).

    ``status`` is draft, live, retired, a stage (waiting, returned, reviewed) or due; ``words`` are looked for in stem, number and source;
    ``author`` wrote the newest text; ``today`` is the day by which reviews are due.
    """

    pool: str = ""
    job_type: str = ""
    level: str = ""
    type: str = ""
    function: str = ""
    difficulty: str = ""
    point: str = ""
    source: str = ""
    case: str = ""
    lesson: str = ""
    status: str = ""
    words: str = ""
    author: str = ""
    today: date | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as the list shows it: its newest text, what that is, and where it stands."""

    id: str
    external_id: str
    pool: str
    type: str
    function: str
    difficulty: int
    status: str
    stem: str
    number: int
    review_by: Any
    stage: Stage
    exposures: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in an item's history: its text, who wrote it, what a second person said."""

    version: ItemVersion
    author: str | None
    reviews: list[tuple[ItemReview, str | None]] = field(default_factory=list)


def newest_number() -> ColumnElement[Any]:
    """The number of an item's newest version, as a correlated scalar."""
    other = aliased(ItemVersion)
    return select(func.max(other.number)).where(other.item_id == Item.id).correlate(Item).scalar_subquery()


def item_rows(filters: Filters, after: str = "", limit: int = 31) -> list[ItemRow]:
    """Items with their newest text, by number, beginning after the number ``after``; one statement."""
    query = newest_of_each(Item, ItemVersion, _word(), review_day()).where(*conditions(filters))
    query = query.order_by(Item.external_id).limit(limit)
    if after:
        query = query.where(Item.external_id > after)
    return [_row(*row) for row in db.session.execute(query)]


def item_count(filters: Filters) -> int:
    """How many items the filters leave."""
    return db.session.scalar(newest_of_each(func.count(Item.id)).where(*conditions(filters))) or 0


def newest_of_each(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Item)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == newest_number()))
    )


def _word() -> ColumnElement[Any]:
    """The last decision about a version, as a correlated scalar."""
    query = select(ItemReview.decision).where(
        ItemReview.version_id == ItemVersion.id, ItemReview.decision.in_((APPROVED, RETURNED))
    )
    return query.order_by(ItemReview.at.desc()).limit(1).correlate(ItemVersion).scalar_subquery()


def _row(item: Item, version: ItemVersion, word: str | None, review_by: date | None) -> ItemRow:
    return ItemRow(
        item.id,
        item.external_id,
        item.pool,
        version.meta.get("type", item.type),
        version.meta.get("function", item.function),
        version.meta.get("difficulty", item.difficulty),
        item.status,
        version.stem,
        version.number,
        review_by,
        stage_of(item.status, newest_is_live=version.id == item.live_version_id, decision=word),
        item.exposures,
    )


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    plain = ("job_type", "level", "type", "function")
    found: list[ColumnElement[bool]] = [
        getattr(Item, name) == getattr(filters, name) for name in plain if getattr(filters, name)
    ]
    found.append(Item.pool == filters.pool if filters.pool else Item.pool != PRESENCE)
    if filters.difficulty:
        found.append(Item.difficulty == LEVELS.get(filters.difficulty, 0))
    if filters.lesson:
        found.append(Item.lesson_slug == filters.lesson)
    if filters.author:
        found.append(ItemVersion.author_id == filters.author)
    if filters.words:
        within = (ItemVersion.stem, ItemVersion.source, Item.external_id)
        found.append(or_(*(column.icontains(filters.words, autoescape=True) for column in within)))
    return [*found, *_links(filters), *_state(filters)]


def _links(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.point:
        found.append(_linked(ItemPoint, ItemPoint.point.startswith(filters.point, autoescape=True)))
    if filters.source:
        found.append(Item.id.in_(citing(filters.source, OWNER.id)))
    if filters.case:
        found.append(ItemVersion.case_version_id.in_(versions_of_case(filters.case)))
    return found


def _linked(model: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(model.version_id == ItemVersion.id, condition)


OWNER, CITER = aliased(Item), aliased(ItemVersion)
"""Items that cite a document, and the versions in which they do."""


def citing(source: Any, *columns: Any) -> Select[Any]:
    """What cites a document: the items (``OWNER``) whose text in use or newest text names it."""
    other = aliased(ItemVersion)
    newest = (
        select(func.max(other.number)).where(other.item_id == OWNER.id).correlate(OWNER).scalar_subquery()
    )
    return (
        select(*columns)
        .select_from(OWNER)
        .join(CITER, CITER.item_id == OWNER.id)
        .join(Citation, Citation.version_id == CITER.id)
        .where(Citation.source_id == source, OWNER.pool != PRESENCE)
        .where(or_(CITER.id == OWNER.live_version_id, CITER.number == newest))
    )


def versions_of_case(case_id: str) -> Select[Any]:
    """The ids of every text of a case."""
    return select(CaseVersion.id).where(CaseVersion.case_id == case_id)


def _state(filters: Filters) -> list[ColumnElement[bool]]:
    in_use = ItemVersion.id == func.coalesce(Item.live_version_id, "")
    alive = and_(Item.status != "retired", ~in_use)
    states = {
        Stage.WAITING: [alive, _word().is_(None)],
        Stage.RETURNED: [alive, _word() == RETURNED],
        Stage.REVIEWED: [alive, _word() == APPROVED],
    }
    if filters.status == DUE and filters.today:
        return [Item.status == "live", due_condition(filters.today)]
    if filters.status in states:
        return states[Stage(filters.status)]
    return [Item.status == filters.status] if filters.status else []


def due_condition(today: date) -> ColumnElement[bool]:
    """That the version in use is to be looked at again: its day has passed, or something it cites has changed since it was written or
    last confirmed. A change that is noted ahead counts when its day comes, whatever was confirmed until then."""
    live = aliased(ItemVersion)
    changed = exists().where(*changed_under(live, today))
    return exists().where(live.id == Item.live_version_id, or_(review_day(live) < today, changed))


def changed_under(version: Any, today: date) -> tuple[ColumnElement[bool], ...]:
    """That a version cites (``Citation``) what has changed (``SourceChange``) since it was written or last confirmed."""
    word = aliased(ItemReview)
    confirmed = (
        select(func.max(word.at))
        .where(word.version_id == version.id, word.decision == CONFIRMED)
        .scalar_subquery()
    )
    return (
        Citation.version_id == version.id,
        SourceChange.source_id == Citation.source_id,
        SourceChange.changed_on <= today,
        SourceChange.counts_from > func.coalesce(confirmed, version.created_at),
    )


def review_day(version: Any = ItemVersion) -> ColumnElement[Any]:
    """The day by which a version must be looked at: the last that a confirmation named, else its own."""
    word = aliased(ItemReview)
    named = select(word.review_by).where(
        word.version_id == version.id, word.decision == CONFIRMED, word.review_by.is_not(None)
    )
    last = named.order_by(word.at.desc()).limit(1).correlate(version).scalar_subquery()
    return func.coalesce(last, version.review_by, type_=Date)


def review_day_of(version: ItemVersion) -> date | None:
    """The day by which one version must be looked at."""
    return db.session.scalar(select(review_day()).where(ItemVersion.id == version.id))


def item(item_id: str, *, lock: bool = False) -> Item:
    """One item; with ``lock`` held until the unit of work ends, so that what is decided about it is decided once. Raises NotFound."""
    query = select(Item).where(Item.id == item_id)
    held = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(held) if lock else db.session.get(Item, item_id)
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


def stage(item: Item, version: ItemVersion) -> Stage:
    """Where the newest version of an item stands."""
    word = db.session.scalar(select(_word()).select_from(ItemVersion).where(ItemVersion.id == version.id))
    return stage_of(item.status, newest_is_live=version.id == item.live_version_id, decision=word)


def is_due(item: Item, today: date) -> bool:
    """Whether an item in use must be looked at again."""
    query = select(Item.id).where(Item.id == item.id, Item.status == "live", due_condition(today))
    return db.session.scalar(query) is not None


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


def looks(item_id: str, limit: int = 20) -> list[tuple[ItemLook, str]]:
    """The last looks at an exam item, each with who it was, the latest first."""
    query = (
        select(ItemLook, User.name).join(User, User.id == ItemLook.user_id).where(ItemLook.item_id == item_id)
    )
    rows = db.session.execute(query.order_by(ItemLook.at.desc(), ItemLook.id.desc()).limit(limit))
    return [(look, name) for look, name in rows]


def due_for_review(now: datetime) -> int:
    """How many live items must be looked at again."""
    return item_count(Filters(status=DUE, today=day_of(now)))
