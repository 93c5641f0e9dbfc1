"""Reading released answers item by item, and the figures that were made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from carbonlearn.catalogue.framework import COMMON
from carbonlearn.catalogue.models import ProgrammeVersion
from carbonlearn.catalogue.queries import current_version, programmes, rules_of
from carbonlearn.core.errors import NotFound
from carbonlearn.exams.models import ExamWindow, Paper, PaperItem
from carbonlearn.exams.queries.blueprints import Asked, asked_of
from carbonlearn.exams.queries.feasibility import report_of
from carbonlearn.exams.queries.pools import pool_name
from carbonlearn.infra.db import db
from carbonlearn.marking.models import Mark, Release, Result
from carbonlearn.question_bank import queries as bank
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.question_bank.rules.item import PRESENCE
from carbonlearn.reports.models import ItemStatistic
from carbonlearn.reports.rules.item_statistics import Answered
from carbonlearn.sittings.models import Response, Sitting

SETTLED = ("auto", "final")  # the marks that a result was made of
LAST = 2000  # beyond any discrimination in thousandths


@dataclass(frozen=True, slots=True)
class Suspect:
    """An item whose answers look odd."""

    item_id: str
    external_id: str
    stem: str
    answers: int
    facility: int
    discrimination: int | None
    flags: list[str]


@dataclass(frozen=True, slots=True)
class Stale:
    """A version whose figures lack results, with how many acts of release there are of the windows that examined it."""

    version_id: str
    item_id: str
    releases: int


def stale_versions(limit: int) -> list[Stale]:
    """What was examined in windows of which more was released than its figures were made of."""
    acts = func.count(func.distinct(Release.id))
    query = (
        select(PaperItem.item_version_id, PaperItem.item_id, acts)
        .join(Paper, Paper.id == PaperItem.paper_id)
        .join(Release, Release.window_id == Paper.window_id)
        .outerjoin(ItemStatistic, ItemStatistic.version_id == PaperItem.item_version_id)
        .group_by(PaperItem.item_version_id, PaperItem.item_id, ItemStatistic.releases)
        .having(acts != func.coalesce(ItemStatistic.releases, 0))
        .order_by(PaperItem.item_version_id)
        .limit(limit)
    )
    return [Stale(*row) for row in db.session.execute(query)]


def released_answers(version_ids: Sequence[str]) -> dict[str, list[Answered]]:
    """The released answers to each version, in two statements: points with the rest of the paper, and what was chosen."""
    sat = (
        select(Sitting.id)
        .join(PaperItem, PaperItem.paper_id == Sitting.paper_id)
        .where(PaperItem.item_version_id.in_(version_ids))
    )
    marked = (
        select(func.max(Mark.id))
        .where(Mark.role.in_(SETTLED), Mark.sitting_id.in_(sat))
        .group_by(Mark.sitting_id, Mark.item_number)
    )
    rows = db.session.execute(
        select(
            PaperItem.item_version_id,
            PaperItem.number,
            PaperItem.points.label("possible"),
            Sitting.id.label("sitting"),
            Mark.points,
            Result.total,
        )
        .join(Sitting, Sitting.paper_id == PaperItem.paper_id)
        .join(Result, Result.sitting_id == Sitting.id)
        .join(Mark, (Mark.sitting_id == Sitting.id) & (Mark.item_number == PaperItem.number))
        .where(
            PaperItem.item_version_id.in_(version_ids), Result.release_id.is_not(None), Mark.id.in_(marked)
        )
        .order_by(Sitting.id)
    ).all()
    chosen = _chosen({(row.sitting, row.number) for row in rows})
    found: dict[str, list[Answered]] = {version_id: [] for version_id in version_ids}
    for row in rows:
        letters = chosen.get((row.sitting, row.number), ())
        found[row.item_version_id].append(Answered(row.points, row.possible, row.total - row.points, letters))
    return found


def _chosen(wanted: set[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, ...]]:
    """The options that stood at the end, for answers that are letters or a truth value."""
    sittings, numbers = {one[0] for one in wanted}, {one[1] for one in wanted}
    rows = db.session.execute(
        select(Response.sitting_id, Response.item_number, Response.value)
        .where(Response.sitting_id.in_(sittings), Response.item_number.in_(numbers))
        .order_by(Response.revision)
    )
    return {(sitting, number): _letters(json.loads(value)) for sitting, number, value in rows}


def _letters(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("T" if value else "F",)
    return tuple(value) if isinstance(value, list) else ()


def texts_of(version_ids: Iterable[str]) -> dict[str, ItemVersion]:
    """Item versions by id."""
    query = select(ItemVersion).where(ItemVersion.id.in_(list(version_ids)))
    return {version.id: version for version in db.session.scalars(query)}


def statistics_of_item(item_id: str) -> list[tuple[ItemStatistic, int]]:
    """The figures of an item's versions with their numbers, newest first."""
    query = (
        select(ItemStatistic, ItemVersion.number)
        .join(ItemVersion, ItemVersion.id == ItemStatistic.version_id)
        .where(ItemStatistic.item_id == item_id)
        .order_by(ItemVersion.number.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def suspects(limit: int) -> list[Suspect]:
    """Live items whose figures ask for a look, those that discriminate least first."""
    query = (
        select(
            Item.id,
            Item.external_id,
            ItemVersion.stem,
            ItemStatistic.answers,
            ItemStatistic.facility,
            ItemStatistic.discrimination,
            ItemStatistic.flags,
        )
        .join(ItemStatistic, ItemStatistic.version_id == Item.live_version_id)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(Item.status == "live")
        .order_by(func.coalesce(ItemStatistic.discrimination, LAST), Item.external_id)
    )
    found = [Suspect(*row) for row in db.session.execute(query)]
    return [one for one in found if one.flags and one.flags != ["few"]][:limit]


@dataclass(frozen=True, slots=True)
class Shelf:
    """How many live items of a pool there are for a track, a function, a type and a difficulty."""

    pool: str
    job_type: str
    level: str
    function: str
    type: str
    difficulty: int
    count: int


def shelves() -> list[Shelf]:
    """The whole bank in one statement."""
    columns = (Item.pool, Item.job_type, Item.level, Item.function, Item.type, Item.difficulty)
    query = (
        select(*columns, func.count()).where(Item.status == "live", Item.pool != PRESENCE).group_by(*columns)
    )
    return [Shelf(*row) for row in db.session.execute(query)]


def taken_by_papers(
    job_type: str, level: str, now: datetime, forms: bool = True
) -> dict[tuple[str, str], int]:
    """By function and type: how many items the papers of one window take at most, over every blueprint in force that draws on these items.

    Of a blueprint that cannot stand yet what it lacks counts with what there is. ``forms`` False: one paper, as a mock is.
    """
    most: dict[tuple[str, str], int] = {}
    for asked in _asked_of_items(job_type, level, now):
        for place, count in _taken(asked, asked.blueprint.drawing.forms if forms else 1).items():
            most[place] = max(count, most.get(place, 0))
    return most


def _asked_of_items(job_type: str, level: str, now: datetime) -> Iterator[Asked]:
    """What every programme asks today in papers that draw on a track's items; what is common to all job types is drawn on by each."""
    for version in _versions(now):
        for track in rules_of(version.id).tracks():
            if pool_name(track) == (job_type, level) or (job_type, pool_name(track)[1]) == (COMMON, level):
                for spec in rules_of(version.id).papers(track.level):
                    yield asked_of(version.id, track.job_type, track.level, spec.slug, now)


def _versions(now: datetime) -> Iterator[ProgrammeVersion]:
    for programme in programmes():
        with suppress(NotFound):  # announced, and not in force yet
            yield current_version(programme.key, now)


def _taken(asked: Asked, forms: int) -> dict[tuple[str, str], int]:
    found = report_of(asked)
    taken = {
        (function, kind): count * forms
        for function, row in (found.matrix or {}).items()
        for kind, count in row.items()
    }
    for lack in found.lacks:
        _first, stock, lacking = found.cell(lack.function, lack.type)
        taken[lack.function, lack.type] = stock + lacking
    return taken


def review_days() -> list[tuple[date | None, int]]:
    """(day by which they must be looked at, how many live items)."""
    days = (
        select(bank.review_day().label("day"))
        .join(Item, Item.live_version_id == ItemVersion.id)
        .where(Item.status == "live", Item.pool != PRESENCE)
        .subquery()
    )
    query = select(days.c.day, func.count()).group_by(days.c.day)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def most_shown(limit: int) -> list[tuple[str, str, int, datetime | None]]:
    """(item, number, sittings, last) of the live items that most sittings showed."""
    query = (
        select(Item.id, Item.external_id, Item.exposures, Item.exposed_at)
        .where(Item.status == "live", Item.exposures > 0)
        .order_by(Item.exposures.desc(), Item.external_id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


def exposure_of(ended_since: datetime, now: datetime) -> list[tuple[str, int, datetime]]:
    """(item, sittings that showed it in all, end of the last of their windows) for items of windows that ended lately."""
    lately = (
        select(PaperItem.item_id)
        .join(Paper, Paper.id == PaperItem.paper_id)
        .join(ExamWindow, ExamWindow.id == Paper.window_id)
        .where(ExamWindow.ends_at > ended_since, ExamWindow.ends_at <= now)
    )
    query = (
        select(PaperItem.item_id, func.count(Sitting.id), func.max(ExamWindow.ends_at))
        .join(Sitting, Sitting.paper_id == PaperItem.paper_id)
        .join(ExamWindow, ExamWindow.id == Sitting.window_id)
        .where(PaperItem.item_id.in_(lately), Sitting.started_at.is_not(None), ExamWindow.ends_at <= now)
        .group_by(PaperItem.item_id)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]
