"""Imports and exports of the bank, and the bank's items as files tell of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, select
from sqlalchemy.orm import aliased

from carbonlearn.accounts.models import User
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.question_bank.formats.entry import FileCase, FileItem
from carbonlearn.question_bank.formats.judging_cases import KnownCase
from carbonlearn.question_bank.models import (
    CaseVersion,
    ImportCase,
    Item,
    ItemCase,
    ItemExport,
    ItemImport,
    ItemPicture,
    ItemVersion,
)
from carbonlearn.question_bank.models import ImportRow as Row
from carbonlearn.question_bank.queries.desk import conditions, newest_of_each, review_day
from carbonlearn.question_bank.rules.item import EXAM

AT_ONCE = 500
SHOWN = re.compile(r"\(media:([0-9a-z]{26})\)")
KEPT = timedelta(days=1)

COLUMNS = (
    Item.id,
    Item.external_id,
    Item.pool,
    Item.job_type,
    Item.level,
    Item.status,
    Item.live_version_id,
    Item.type,
    Item.function,
    Item.difficulty,
    ItemVersion.id.label("version_id"),
    ItemVersion.number,
    ItemVersion.case_version_id,
    ItemVersion.stem,
    ItemVersion.options,
    ItemVersion.key,
    ItemVersion.reference,
    ItemVersion.rubric,
    ItemVersion.explanation,
    ItemVersion.source,
    ItemVersion.meta,
    review_day().label("review_by"),
)


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import as the list shows it, with the name of who sent it."""

    row: ItemImport
    sender: str

    @property
    def faults(self) -> int:
        """How many of its items and cases have a fault."""
        counts = (self.row.summary.get(name, {}) for name in ("verdicts", "case_verdicts"))
        return sum(int(found.get("fault", 0)) for found in counts)


def file_import(import_id: str) -> ItemImport:
    """One import. Raises NotFound."""
    found = db.session.get(ItemImport, import_id)
    if found is None:
        raise NotFound("IMPORT_NOT_FOUND")
    return found


def file_imports(after: str = "", limit: int = 31) -> list[ImportLine]:
    """Imports, the newest first, beginning after the one with this id."""
    query = select(ItemImport, User.name).join(User, User.id == ItemImport.created_by)
    query = query.order_by(ItemImport.created_at.desc(), ItemImport.id).limit(limit)
    if after:
        last = file_import(after)
        query = query.where(
            (ItemImport.created_at < last.created_at)
            | ((ItemImport.created_at == last.created_at) & (ItemImport.id > last.id))
        )
    return [ImportLine(row, name) for row, name in db.session.execute(query)]


def import_rows(import_id: str, verdict: str = "", after: int = 0, limit: int = 31) -> list[Row]:
    """Rows of an import in the order of the file."""
    query = select(Row).where(Row.import_id == import_id, Row.number > after)
    if verdict:
        query = query.where(Row.verdict == verdict)
    return list(db.session.scalars(query.order_by(Row.number).limit(limit)))


def exam_items_of_rows(import_id: str, verdict: str = "", after: int = 0, limit: int = 30) -> list[str]:
    """The exam items of the bank that these rows tell of."""
    query = select(Row.item_id, Row.number).where(Row.import_id == import_id, Row.number > after)
    if verdict:
        query = query.where(Row.verdict == verdict)
    page = query.order_by(Row.number).limit(limit).subquery()
    return list(
        db.session.scalars(select(Item.id).join(page, page.c.item_id == Item.id).where(Item.pool == EXAM))
    )


def versions_told(version_ids: list[str]) -> dict[str, FileItem]:
    """Versions by id, as files tell of them; two statements."""
    if not version_ids:
        return {}
    query = select(*COLUMNS).join(Item, Item.id == ItemVersion.item_id).where(ItemVersion.id.in_(version_ids))
    rows = db.session.execute(query).all()
    shown = {row.case_version_id for row in rows}
    cases = {
        row.id: row.external_id for row in db.session.execute(_case_names().where(CaseVersion.id.in_(shown)))
    }
    return {row.version_id: file_item(row, cases.get(row.case_version_id, "")) for row in rows}


def all_import_rows(import_id: str, verdicts: tuple[str, ...] = ()) -> Iterator[Row]:
    """Every row of an import, read piece by piece."""
    query = select(Row).where(Row.import_id == import_id).order_by(Row.number)
    if verdicts:
        query = query.where(Row.verdict.in_(verdicts))
    for row in db.session.scalars(query.execution_options(yield_per=AT_ONCE)):
        yield row
        db.session.expunge(row)


def import_cases(
    import_id: str, verdicts: tuple[str, ...] = (), limit: int | None = None
) -> list[ImportCase]:
    """The cases of an import in the order of the file."""
    query = select(ImportCase).where(ImportCase.import_id == import_id)
    if verdicts:
        query = query.where(ImportCase.verdict.in_(verdicts))
    return list(db.session.scalars(query.order_by(ImportCase.number).limit(limit)))


def held_import(import_id: str) -> ItemImport:
    """One import, held until the unit of work is over, so that who decides about it is alone. Raises NotFound."""
    query = select(ItemImport).where(ItemImport.id == import_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("IMPORT_NOT_FOUND")
    return found


def export(export_id: str, actor: Actor) -> ItemExport:
    """One's own export. Raises NotFound for anybody else's."""
    found = db.session.get(ItemExport, export_id)
    if found is None or found.created_by != actor.user_id:
        raise NotFound("EXPORT_NOT_FOUND")
    return found


def own_exports(actor: Actor, now: datetime) -> list[ItemExport]:
    """One's exports of the last day, the newest first."""
    query = select(ItemExport).where(
        ItemExport.created_by == actor.user_id, ItemExport.created_at > now - KEPT
    )
    return list(db.session.scalars(query.order_by(ItemExport.created_at.desc()).limit(20)))


def bank_items(found: list[ColumnElement[bool]] | None = None) -> Iterator[tuple[Any, FileItem]]:
    """Items with their newest text, by number, read piece by piece: the row, and what a file would say. Two statements."""
    cases = {row.id: (row.external_id, row.newest) for row in db.session.execute(_case_names())}
    query = newest_of_each(*COLUMNS).where(*(found or [])).order_by(Item.external_id)
    for row in db.session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield row, file_item(row, *cases.get(row.case_version_id, ("", 0)))


def items_of_list(filters: Any, written_by: datetime) -> Iterator[FileItem]:
    """What a list shows, all of it whose text was there at an instant."""
    found = [*conditions(filters), ItemVersion.created_at <= written_by]
    return (item for _row, item in bank_items(found))


def _case_names() -> Select[str, str, int]:
    """Of each version of a case: the case's number, and that of its newest version."""
    other = aliased(CaseVersion)
    newest = select(func.max(other.number)).where(other.case_id == ItemCase.id).correlate(ItemCase)
    query = select(CaseVersion.id, ItemCase.external_id, newest.scalar_subquery().label("newest"))
    return query.join(ItemCase, ItemCase.id == CaseVersion.case_id)


def newest_cases() -> dict[str, KnownCase]:
    """Every case by its number, with its newest text."""
    query = (
        select(
            ItemCase.external_id,
            ItemCase.id,
            CaseVersion.id.label("version_id"),
            CaseVersion.number,
            CaseVersion.text,
            ItemCase.pool,
            ItemCase.job_type,
            ItemCase.level,
        )
        .join(CaseVersion, CaseVersion.case_id == ItemCase.id)
        .order_by(CaseVersion.number)
    )
    return {row[0]: KnownCase(*row[1:]) for row in db.session.execute(query)}


def cases_of_list(filters: Any) -> list[FileCase]:
    """The cases that the items of a list name, each with its newest text."""
    query = newest_of_each(ItemVersion.case_version_id).where(
        *conditions(filters), ItemVersion.case_version_id.is_not(None)
    )
    named = select(CaseVersion.case_id).where(CaseVersion.id.in_(query))
    newest = (
        select(func.max(CaseVersion.number))
        .where(CaseVersion.case_id == ItemCase.id)
        .correlate(ItemCase)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(ItemCase.external_id, CaseVersion.text)
        .join(CaseVersion, (CaseVersion.case_id == ItemCase.id) & (CaseVersion.number == newest))
        .where(ItemCase.id.in_(named))
        .order_by(ItemCase.external_id)
    )
    return [FileCase(row.external_id, row.text) for row in rows]


def file_item(row: Any, case: str, case_version: int = 0) -> FileItem:
    """A version as a file tells of it. ``case_version``: the one whose text goes along."""
    meta = row.meta
    return FileItem(
        id=row.external_id,
        type=meta.get("type", row.type),
        stem=row.stem,
        options=dict(sorted(row.options.items())),
        key=list(row.key),
        reference=row.reference,
        rubric=[{"points": one["points"], "text": one["text"]} for one in row.rubric],
        explanation=row.explanation,
        source=row.source,
        pool=row.pool,
        job_type=row.job_type,
        level=row.level,
        function=meta.get("function", row.function),
        difficulty=meta.get("difficulty", row.difficulty),
        competence=list(meta.get("competence", [])),
        facts=list(meta.get("facts", [])),
        case=case,
        review_by=row.review_by.isoformat() if row.review_by else "",
        version=row.number,
        case_version=case_version,
    )


def pictures_by_hash(hashes: set[str]) -> dict[str, str]:
    """The ids of pictures that the bank has, by what they hold."""
    query = select(ItemPicture.sha256, ItemPicture.id).where(ItemPicture.sha256.in_(hashes))
    return {row.sha256: row.id for row in db.session.execute(query)}


def picture_hash(picture_id: str) -> str | None:
    """Where the storage keeps a picture."""
    return db.session.scalar(select(ItemPicture.sha256).where(ItemPicture.id == picture_id))


def pictures_shown() -> set[str]:
    """The ids of all pictures that any text of the bank shows, in whatever version."""
    texts = (
        ItemVersion.stem,
        ItemVersion.explanation,
        ItemVersion.reference,
        cast(ItemVersion.options, Text),
    )
    queries = [select(text).where(text.contains("(media:")) for text in (*texts, CaseVersion.text)]
    return {
        name
        for query in queries
        for text in db.session.scalars(query.execution_options(yield_per=AT_ONCE))
        for name in SHOWN.findall(text)
    }


def pictures_awaited(picture_ids: set[str], statuses: tuple[str, ...]) -> set[str]:
    """Those of the ids that files of these statuses show, which are not taken yet."""
    waiting = select(ItemImport.id).where(ItemImport.status.in_(statuses))
    texts = ((Row.import_id, cast(Row.entry, Text)), (ImportCase.import_id, ImportCase.text))
    return {
        name
        for name in picture_ids
        for import_id, text in texts
        if db.session.scalar(select(import_id).where(import_id.in_(waiting), text.contains(name)).limit(1))
    }


def pictures_known(picture_ids: set[str]) -> set[str]:
    """Those of the ids that there are."""
    return set(db.session.scalars(select(ItemPicture.id).where(ItemPicture.id.in_(picture_ids))))
