"""The book of wrong answers and the stars, as lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeCard, PracticeStar
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


def book_rows(user_id: str) -> list[BookRow]:
    """What stands in somebody's book, whose turn is first first; items that were retired meanwhile are left out."""
    rows = db.session.execute(
        select(Item.id, ItemVersion.stem, Item.type, Item.function, PracticeCard.wrong, PracticeCard.due_at)
        .join(PracticeCard, PracticeCard.item_id == Item.id)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(PracticeCard.user_id == user_id, PracticeCard.left_at.is_(None), Item.status == "live")
        .order_by(PracticeCard.due_at, Item.id)
        .limit(MOST_ROWS)
    )
    return [BookRow(*row) for row in rows]


def next_due(user_id: str, due_by: datetime) -> str | None:
    """The item of the book whose turn came first; None when none is due by then."""
    return db.session.scalar(
        select(PracticeCard.item_id)
        .join(Item, Item.id == PracticeCard.item_id)
        .where(PracticeCard.user_id == user_id, PracticeCard.left_at.is_(None), Item.status == "live")
        .where(PracticeCard.due_at <= due_by)
        .order_by(PracticeCard.due_at, PracticeCard.item_id)
        .limit(1)
    )


def star_rows(user_id: str) -> list[BookRow]:
    """The starred items, the newest star first."""
    rows = db.session.execute(
        select(Item.id, ItemVersion.stem, Item.type, Item.function)
        .join(PracticeStar, PracticeStar.item_id == Item.id)
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .where(PracticeStar.user_id == user_id, Item.status == "live")
        .order_by(PracticeStar.at.desc(), Item.id)
        .limit(MOST_ROWS)
    )
    return [BookRow(*row) for row in rows]
