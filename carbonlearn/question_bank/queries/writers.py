"""Who wrote a text that waits for a second person: everybody whose words in it nobody else has approved yet."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import (
    CaseVersion,
    ImportCase,
    ImportRow,
    ItemImport,
    ItemReview,
    ItemVersion,
)
from carbonlearn.question_bank.rules.life import APPROVED

TAKEN = ("new", "changed")  # verdicts of rows that became versions


def writers(version: ItemVersion) -> frozenset[str]:
    """The authors of a version, of those before it back to the last that was approved, of its case where no item with that text was
    approved, and whoever sent or took the files that any of them came in with."""
    unread = _unread(version)
    people = {one.author_id for one in unread} | {one.meta.get("sent_by") for one in unread}
    people |= _senders([one.id for one in unread]) | _of_case(version)
    return frozenset(person for person in people if person)


def _unread(version: ItemVersion) -> list[ItemVersion]:
    """The version itself with those that it was made from since somebody approved one."""
    approved = (
        select(func.coalesce(func.max(ItemVersion.number), 0))
        .join(ItemReview, ItemReview.version_id == ItemVersion.id)
        .where(ItemVersion.item_id == version.item_id, ItemVersion.number < version.number)
        .where(ItemReview.decision == APPROVED)
        .scalar_subquery()
    )
    query = select(ItemVersion).where(ItemVersion.item_id == version.item_id)
    return list(
        db.session.scalars(query.where(ItemVersion.number > approved, ItemVersion.number <= version.number))
    )


def _senders(version_ids: list[str]) -> set[str | None]:
    named = select(ImportRow.import_id).where(
        ImportRow.version_id.in_(version_ids), ImportRow.verdict.in_(TAKEN)
    )
    return _people(named)


def _people(imports: Select[str]) -> set[str | None]:
    """Who sent files that were taken, and who had them taken."""
    query = select(ItemImport).where(ItemImport.id.in_(imports), ItemImport.status == "applied")
    rows = list(db.session.scalars(query))
    return {row.created_by for row in rows} | {row.options.get("applied_by") for row in rows}


def _of_case(version: ItemVersion) -> set[str | None]:
    """Who wrote the case, and sent or took the file that it came with, unless it was approved together with some item."""
    read = (
        select(ItemReview.id)
        .join(ItemVersion, ItemVersion.id == ItemReview.version_id)
        .where(ItemVersion.case_version_id == version.case_version_id, ItemReview.decision == APPROVED)
    )
    if version.case_version_id is None or db.session.scalar(read.limit(1)) is not None:
        return set()
    made = select(ImportCase.import_id).where(ImportCase.made_version_id == version.case_version_id)
    return {db.session.get_one(CaseVersion, version.case_version_id).author_id} | _people(made)
