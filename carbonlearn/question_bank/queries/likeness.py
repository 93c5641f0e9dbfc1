"""Which items of the bank a text is like: told when it is written, so that nobody writes an item twice."""

from __future__ import annotations

from collections.abc import Collection
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
AT_ONCE = 500
_WORDS: dict[str, str] = {}  # of the newest versions, as they were when somebody asked last


@dataclass(frozen=True, slots=True)
class Like:
    """An item that a text is like, and how much, in percent; 100 is the same words."""

    item_id: str
    external_id: str
    pool: str
    stem: str
    percent: int


def like(stem: str, besides: str = "") -> list[Like]:
    """The items, of any pool, whose newest stem is like this one, the likest first. ``besides`` is the item itself.

    It is asked while people type: the words of a version, which never change, are made out once in each process.
    """
    wanted = bare(rich.plain(stem))
    if len(wanted) < SHORTEST:
        return []
    newest = {
        item_id: version_id for item_id, version_id in db.session.execute(_newest()) if item_id != besides
    }
    words = _words_of(newest.values())
    texts = {version_id: words[version_id] for version_id in newest.values()}
    found = process.extract(wanted, texts, scorer=fuzz.ratio, processor=None, score_cutoff=NEAR, limit=TOLD)
    percents = {version_id: int(score) for _, score, version_id in found}
    query = select(Item.id, Item.external_id, Item.pool, ItemVersion.stem, ItemVersion.id)
    rows = db.session.execute(
        query.join(ItemVersion, ItemVersion.item_id == Item.id).where(ItemVersion.id.in_(percents))
    )
    told = [Like(*row[:4], percents[row[4]]) for row in rows]
    return sorted(told, key=lambda one: (-one.percent, one.external_id))


def _words_of(version_ids: Collection[str]) -> dict[str, str]:
    """What versions ask, as words to compare, by version; those that are not known are read, a few hundred at a time."""
    known = dict(_WORDS)
    missing = [version_id for version_id in version_ids if version_id not in known]
    for start in range(0, len(missing), AT_ONCE):
        query = select(ItemVersion.id, ItemVersion.stem).where(
            ItemVersion.id.in_(missing[start : start + AT_ONCE])
        )
        known |= {version_id: bare(rich.plain(stem)) for version_id, stem in db.session.execute(query)}
    if missing:
        _WORDS.clear()
        _WORDS.update({version_id: known[version_id] for version_id in version_ids if version_id in known})
    return known


def _newest() -> Select[str, str]:
    return (
        select(Item.id, ItemVersion.id)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == newest_number()))
        .where(Item.status != "retired")
    )
