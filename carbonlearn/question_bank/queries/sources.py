"""Documents that items cite, what changed in them, and how many items cite each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Citation, Item, ItemVersion, Source, SourceChange
from carbonlearn.question_bank.queries.desk import OWNER, changed_under, citing
from carbonlearn.question_bank.rules.citation import joined


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A document as the list shows it: when it changed last, or will, and how many items cite it."""

    id: str
    title: str
    changed_on: date | None
    items: int


def source(source_id: str) -> Source:
    """One document. Raises NotFound."""
    found = db.session.get(Source, source_id)
    if found is None:
        raise NotFound("SOURCE_NOT_FOUND")
    return found


def source_rows(words: str = "", after: str = "", limit: int = 31) -> list[SourceRow]:
    """Documents by title, beginning after the title ``after``; one statement."""
    changed = (
        select(func.max(SourceChange.changed_on))
        .where(SourceChange.source_id == Source.id)
        .correlate(Source)
        .scalar_subquery()
    )
    items = citing(Source.id, func.count(OWNER.id.distinct())).correlate(Source).scalar_subquery()
    query = select(Source.id, Source.title, changed, items).where(Source.title > after)
    if words:
        query = query.where(Source.title.icontains(joined(words), autoescape=True))
    return [SourceRow(*row) for row in db.session.execute(query.order_by(Source.title).limit(limit))]


def changes(source_id: str) -> list[tuple[SourceChange, str | None]]:
    """Every change of a document with who noted it, the last noted first."""
    query = (
        select(SourceChange, User.name)
        .outerjoin(User, User.id == SourceChange.noted_by)
        .where(SourceChange.source_id == source_id)
        .order_by(SourceChange.noted_at.desc(), SourceChange.id.desc())
    )
    return [(change, name) for change, name in db.session.execute(query)]


def changes_under(item_id: str, today: date) -> list[tuple[Source, SourceChange]]:
    """What has changed in the documents that an item's version in use cites since it was written or last confirmed, the latest first."""
    query = (
        select(Source, SourceChange)
        .select_from(Item)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .join(Citation, Citation.version_id == ItemVersion.id)
        .join(SourceChange, SourceChange.source_id == Citation.source_id)
        .join(Source, Source.id == SourceChange.source_id)
        .where(Item.id == item_id, *changed_under(ItemVersion, today))
        .order_by(SourceChange.changed_on.desc(), SourceChange.id.desc())
    )
    return [(source, change) for source, change in db.session.execute(query)]
