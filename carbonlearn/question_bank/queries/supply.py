"""What is in use: the items that papers and practice are made of, and the questions of presence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from carbonlearn.catalogue.framework import COMMON
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import CaseVersion, Item, ItemVersion
from carbonlearn.question_bank.queries.enemies import enemies_among
from carbonlearn.question_bank.queries.shipped import PRESENCE
from carbonlearn.question_bank.rules.item import EXAM

Shelf = tuple[str, str]  # job type and level of the occupation


@dataclass(frozen=True, slots=True)
class BankItem:
    """A live item with its frozen text. ``key``, ``rubric`` and the rest below stay on the server until release.

    ``rubric`` lines are {"points": hundredths, "text"}. ``enemies`` are the ids of the items that it must not stand beside.
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
    job_type: str = ""
    level: str = ""
    case_id: str = ""
    case: str = ""  # the text of the case that the item belongs to
    enemies: frozenset[str] = frozenset()


def live_items(job_type: str, level: str, pool: str = EXAM) -> list[BankItem]:
    """The live items of a job type and level of the occupation with those that all job types share, by number; two statements."""
    return live_shelves([(job_type, level)], pool)[job_type, level]


def live_shelves(shelves: Collection[Shelf], pool: str = EXAM) -> dict[Shelf, list[BankItem]]:
    """The same of many job types and levels; two statements however many."""
    wanted = (
        Item.pool == pool,
        Item.status == "live",
        Item.level.in_({level for _, level in shelves}),
        Item.job_type.in_({COMMON, *(job_type for job_type, _ in shelves)}),
    )
    rows = db.session.execute(
        select(Item, ItemVersion, CaseVersion)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .outerjoin(CaseVersion, CaseVersion.id == ItemVersion.case_version_id)
        .where(*wanted)
        .order_by(Item.external_id)
    )
    enemies = enemies_among(select(Item.id).where(*wanted))
    found: dict[Shelf, list[BankItem]] = {shelf: [] for shelf in shelves}
    for item, version, case in rows:
        one = _bank_item(item, version, case, enemies.get(item.id, frozenset()))
        for (job_type, level), own in found.items():
            if one.level == level and one.job_type in (job_type, COMMON):
                own.append(one)
    return found


def _bank_item(
    item: Item, version: ItemVersion, case: CaseVersion | None, enemies: frozenset[str]
) -> BankItem:
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
        job_type=item.job_type,
        level=item.level,
        case_id=case.case_id if case else "",
        case=case.text if case else "",
        enemies=enemies,
    )


def supply(job_type: str, level: str, pool: str = EXAM) -> dict[tuple[str, str], int]:
    """How many live items there are for each (function, type)."""
    rows = db.session.execute(
        select(Item.function, Item.type, func.count())
        .where(Item.pool == pool, Item.level == level, Item.status == "live")
        .where(Item.job_type.in_((job_type, COMMON)))
        .group_by(Item.function, Item.type)
    )
    return {(function, kind): count for function, kind, count in rows}


@dataclass(frozen=True, slots=True)
class PresenceItem:
    """A live presence question: the lesson and the part (number of its heading) that answer it."""

    item_id: str
    version_id: str
    lesson: str
    part: int | None
    stem: str = ""


def presence_items(lesson_slugs: Collection[str]) -> list[PresenceItem]:
    """The live presence questions on these lessons, by number; one statement."""
    rows = db.session.execute(
        select(Item.id, ItemVersion.id, Item.lesson_slug, ItemVersion.meta, ItemVersion.stem)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(Item.pool == PRESENCE, Item.status == "live", Item.lesson_slug.in_(list(lesson_slugs)))
        .order_by(Item.external_id)
    )
    return [
        PresenceItem(item_id, version_id, slug, meta.get("part"), stem)
        for item_id, version_id, slug, meta, stem in rows
    ]


def exposures(item_ids: Iterable[str]) -> dict[str, tuple[int, datetime | None]]:
    """How many sittings showed each of these items as the bank has it, and when last; one statement."""
    query = select(Item.id, Item.exposures, Item.exposed_at).where(Item.id.in_(list(item_ids)))
    return {item_id: (count, last) for item_id, count, last in db.session.execute(query)}
