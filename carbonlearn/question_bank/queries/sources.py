"""Documents that items cite, and how many items in use cite each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Citation, Item, Source


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A document as the list shows it."""

    id: str
    title: str
    changed_on: date | None
    note: str
    items: int


def source(source_id: str) -> Source:
    """One document. Raises NotFound."""
    found = db.session.get(Source, source_id)
    if found is None:
        raise NotFound("SOURCE_NOT_FOUND")
    return found


def source_rows(words: str = "", after: str = "", limit: int = 31) -> list[SourceRow]:
    """Documents by title, beginning after the title ``after``, each with how many live items cite it; one statement."""
    cited = (
        select(func.count())
        .select_from(Citation)
        .join(Item, Item.live_version_id == Citation.version_id)
        .where(Citation.source_id == Source.id, Item.status == "live")
        .correlate(Source)
        .scalar_subquery()
    )
    query = select(Source.id, Source.title, Source.changed_on, Source.note, cited).where(Source.title > after)
    if words:
        query = query.where(Source.title.icontains(words, autoescape=True))
    return [SourceRow(*row) for row in db.session.execute(query.order_by(Source.title).limit(limit))]
