"""The book of wrong answers and the stars, as lists of what may be asked on a track."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from carbonlearn.catalogue.rules.programme import Track
from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeCard, PracticeStar
from carbonlearn.practice.queries.pool import askable
from carbonlearn.question_bank.models import Item, ItemVersion

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class BookRow:
    """An item of the book: how often it went wrong, and when its turn is. Of a star only the item."""

    item_id: str
    stem: str
    type: str
    function: str
    wrong: int = 0
    due_at: datetime | None = None


def book_rows(user_id: str, track: Track) -> list[BookRow]:
    """What stands in somebody's book, whose turn is first first."""
    rows = db.session.execute(
        select(Item.id, ItemVersion.stem, Item.type, Item.function, PracticeCard.wrong, PracticeCard.due_at)
        .join(PracticeCard, PracticeCard.item_id == Item.id)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(_in_book(user_id, track))
        .order_by(PracticeCard.due_at, Item.id)
        .limit(MOST_ROWS)
    )
    return [BookRow(*row) for row in rows]


def next_due(user_id: str, track: Track, due_by: datetime) -> str | None:
    """The item of the book whose turn came first; None when none is due by then."""
    return db.session.scalar(
        select(PracticeCard.item_id)
        .join(Item, Item.id == PracticeCard.item_id)
        .where(_in_book(user_id, track), PracticeCard.due_at <= due_by)
        .order_by(PracticeCard.due_at, PracticeCard.item_id)
        .limit(1)
    )


def card_count(user_id: str, track: Track, due_by: datetime | None = None) -> int:
    """How many items stand in somebody's book; with ``due_by`` those whose turn has come by then."""
    query = select(func.count()).select_from(PracticeCard).join(Item, Item.id == PracticeCard.item_id)
    query = query.where(_in_book(user_id, track))
    if due_by is not None:
        query = query.where(PracticeCard.due_at <= due_by)
    return db.session.scalar(query) or 0


def star_rows(user_id: str, track: Track) -> list[BookRow]:
    """The starred items, the newest star first."""
    rows = db.session.execute(
        select(Item.id, ItemVersion.stem, Item.type, Item.function)
        .join(PracticeStar, PracticeStar.item_id == Item.id)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(PracticeStar.user_id == user_id, askable(track, user_id))
        .order_by(PracticeStar.at.desc(), Item.id)
        .limit(MOST_ROWS)
    )
    return [BookRow(*row) for row in rows]


def star_count(user_id: str, track: Track) -> int:
    """How many items somebody starred."""
    query = select(func.count()).select_from(PracticeStar).join(Item, Item.id == PracticeStar.item_id)
    return db.session.scalar(query.where(PracticeStar.user_id == user_id, askable(track, user_id))) or 0


def _in_book(user_id: str, track: Track) -> ColumnElement[bool]:
    """That a card is one of somebody's book, and its item can be asked on the track."""
    mine = (PracticeCard.user_id == user_id) & PracticeCard.left_at.is_(None)
    return mine & askable(track, user_id)
