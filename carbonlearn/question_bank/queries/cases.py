"""Cases that several items share, and the items of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import CaseVersion, Item, ItemCase, ItemVersion
from carbonlearn.question_bank.queries.desk import newest_number, newest_of_each, versions_of_case
from carbonlearn.question_bank.queries.shipped import PRESENCE


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as the list shows it: its newest text and how many items belong to it."""

    id: str
    external_id: str
    pool: str
    job_type: str
    level: str
    number: int
    text: str
    items: int


def case(case_id: str) -> tuple[ItemCase, CaseVersion]:
    """A case with its newest text. Raises NotFound."""
    row = db.session.execute(_newest().where(ItemCase.id == case_id)).first()
    if row is None:
        raise NotFound("CASE_NOT_FOUND")
    return row[0], row[1]


def case_text(version_id: str | None) -> str:
    """The text of the case that a version was written for; empty where it has none."""
    found = db.session.get(CaseVersion, version_id) if version_id else None
    return found.text if found else ""


def case_of_version(version_id: str | None) -> str:
    """The case that a text belongs to; empty where there is none."""
    found = db.session.get(CaseVersion, version_id) if version_id else None
    return found.case_id if found else ""


def case_rows(after: str = "", limit: int = 31) -> list[CaseRow]:
    """Cases by number, beginning after the number ``after``; one statement."""
    rows = db.session.execute(
        _newest(_items()).where(ItemCase.external_id > after).order_by(ItemCase.external_id).limit(limit)
    )
    return [
        CaseRow(
            case.id,
            case.external_id,
            case.pool,
            case.job_type,
            case.level,
            version.number,
            version.text,
            count,
        )
        for case, version, count in rows
    ]


def cases_for(pool: str, job_type: str, level: str) -> list[tuple[str, str, str]]:
    """(id, number, text) of the cases that an item of this pool and track may belong to."""
    query = _newest().where(ItemCase.pool == pool, ItemCase.job_type == job_type, ItemCase.level == level)
    rows = db.session.execute(query.order_by(ItemCase.external_id))
    return [(case.id, case.external_id, version.text) for case, version in rows]


def newest_of_case(case_id: str) -> Select[Item, ItemVersion]:
    """Items whose newest version belongs to a case, with that version; not those that are put away, which nobody revises."""
    return (
        select(Item, ItemVersion)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == newest_number()))
        .where(ItemVersion.case_version_id.in_(versions_of_case(case_id)), Item.status != "retired")
        .order_by(Item.external_id)
    )


def _newest(*columns: Any) -> Select[Any]:
    other = aliased(CaseVersion)
    number = (
        select(func.max(other.number))
        .where(other.case_id == ItemCase.id)
        .correlate(ItemCase)
        .scalar_subquery()
    )
    joined = (CaseVersion.case_id == ItemCase.id) & (CaseVersion.number == number)
    return select(ItemCase, CaseVersion, *columns).join(CaseVersion, joined)


def _items() -> Any:
    """How many items belong to a case: those whose newest text does, as its page and the bank's list say it."""
    text = aliased(CaseVersion)
    return (
        newest_of_each(func.count(Item.id))
        .join(text, text.id == ItemVersion.case_version_id)
        .where(text.case_id == ItemCase.id, Item.pool != PRESENCE)
        .correlate(ItemCase)
        .scalar_subquery()
    )
