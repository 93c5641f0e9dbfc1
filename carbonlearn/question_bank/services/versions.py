"""How an item and a version of it are written, whoever asks for it: the row, what it tests, what it cites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.models import Citation, Item, ItemPoint, ItemVersion, Source
from carbonlearn.question_bank.rules.citation import cited
from carbonlearn.question_bank.rules.item import ItemText


def new_item(external_id: str, text: ItemText, job_type: str, level: str, pool: str, now: datetime) -> Item:
    """The row of a new item, a draft without a version."""
    values = item_values(external_id, text, now)
    item = Item(**values, pool=pool, job_type=job_type, level=level, status="draft")
    db.session.add(item)
    db.session.flush()
    return item


def new_version(
    item: Item,
    number: int,
    text: ItemText,
    now: datetime,
    author_id: str | None,
    *,
    points: Iterable[str] = (),
    meta: Mapping[str, Any] | None = None,
    **columns: Any,
) -> ItemVersion:
    """A version with what it tests and cites. ``meta`` and ``columns`` (case, review by) are what else is known of it."""
    values = version_values(item.id, number, text, now, author_id)
    told = dict(meta or {}) | {"competence": list(dict.fromkeys(points))}
    version = ItemVersion(**(values | columns | {"meta": values["meta"] | told}))
    db.session.add(version)
    db.session.flush()
    index_versions([{"id": version.id, "meta": version.meta, "source": version.source}])
    return version


def item_values(external_id: str, text: ItemText, now: datetime) -> dict[str, Any]:
    """The columns of a new item that follow from its text."""
    return {
        "id": new_id(),
        "external_id": external_id,
        "type": text.type,
        "function": text.function,
        "difficulty": text.difficulty,
        "exposures": 0,
        "created_at": now,
    }


def version_values(
    item_id: str, number: int, text: ItemText, now: datetime, author_id: str | None
) -> dict[str, Any]:
    """The columns of a version that follow from its text."""
    return {
        "id": new_id(),
        "item_id": item_id,
        "number": number,
        "stem": text.stem,
        "options": dict(text.options),
        "key": list(text.key),
        "reference": text.reference,
        "rubric": [dict(line) for line in text.rubric],
        "explanation": text.explanation,
        "source": text.source,
        "meta": {"difficulty": text.difficulty, "function": text.function, "type": text.type},
        "author_id": author_id,
        "created_at": now,
    }


def index_versions(versions: Iterable[Mapping[str, Any]]) -> None:
    """Note what versions test and cite, so that they are found by it; once, when they are written."""
    points: list[dict[str, Any]] = []
    citations: list[tuple[str, str, str]] = []
    for version in versions:
        tested = dict.fromkeys(version["meta"].get("competence", []))
        points += [{"version_id": version["id"], "point": point} for point in tested]
        citations += [(version["id"], title, detail) for title, detail in cited(version["source"]).items()]
    sources = _sources({title for _, title, _ in citations})
    rows = [
        {"version_id": version_id, "source_id": sources[title], "detail": detail}
        for version_id, title, detail in citations
    ]
    for model, values in ((ItemPoint, points), (Citation, rows)):
        if values:
            db.session.execute(insert(model), values)


def _sources(titles: set[str]) -> dict[str, str]:
    """The ids of documents by title; those that were not known are known from now on."""
    query = select(Source.title, Source.id).where(Source.title.in_(titles))
    known = {row.title: row.id for row in db.session.execute(query)}
    fresh = {title: new_id() for title in sorted(titles - known.keys())}
    if fresh:
        rows = [{"id": source_id, "title": title} for title, source_id in fresh.items()]
        db.session.execute(insert(Source), rows)
    return known | fresh
