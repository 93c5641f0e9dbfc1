"""Which items of the bank a text is like: told when it is written, so that nobody writes an item twice."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlalchemy import Select, select

from carbonlearn.infra import rich
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.question_bank.queries.desk import newest_number
from carbonlearn.question_bank.rules.likeness import NEAR, bare

TOLD = 5
SHORTEST = 6  # characters; below, everything is like everything


@dataclass(frozen=True, slots=True)
class Like:
    """An item that a text is like, and how much, in percent; 100 is the same words."""

    item_id: str
    external_id: str
    pool: str
    stem: str
    percent: int


def like(stem: str, besides: str = "") -> list[Like]:
    """The items, of any pool, whose newest stem is like this one, the likest first; one statement. ``besides`` is the item itself."""
    wanted = bare(rich.plain(stem))
    if len(wanted) < SHORTEST:
        return []
    rows = {row.id: row for row in db.session.execute(_stems()) if row.id != besides}
    texts = {item_id: bare(row.stem) for item_id, row in rows.items()}
    found = process.extract(wanted, texts, scorer=fuzz.ratio, processor=None, score_cutoff=NEAR, limit=TOLD)
    return [
        Like(item_id, rows[item_id].external_id, rows[item_id].pool, rows[item_id].stem, int(score))
        for _, score, item_id in found
    ]


def _stems() -> Select[str, str, str, str]:
    return (
        select(Item.id, Item.external_id, Item.pool, ItemVersion.stem)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == newest_number()))
        .where(Item.status != "retired")
    )
