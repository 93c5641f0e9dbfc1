"""Which items must not stand on one paper: for the papers, and with who said so and why for the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from carbonlearn.accounts.models import User
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item, ItemEnemy, ItemVersion
from carbonlearn.question_bank.queries.desk import newest_number


@dataclass(frozen=True, slots=True)
class EnemyRow:
    """An item that must not stand beside another, or that was once held to be so. Without ``set_by`` it came with the program."""

    id: str
    reason: str
    set_at: datetime
    lifted_at: datetime | None
    lift_reason: str
    set_by: str | None
    lifted_by: str | None
    item_id: str
    external_id: str
    status: str
    stem: str


def enemy_rows(item_id: str) -> list[EnemyRow]:
    """Every enemy that an item has or had, by number and time; one statement."""
    setter, lifter = aliased(User), aliased(User)
    other = or_(
        (ItemEnemy.first_id == item_id) & (Item.id == ItemEnemy.second_id),
        (ItemEnemy.second_id == item_id) & (Item.id == ItemEnemy.first_id),
    )
    told = (ItemEnemy.id, ItemEnemy.reason, ItemEnemy.set_at, ItemEnemy.lifted_at, ItemEnemy.lift_reason)
    rows = db.session.execute(
        select(*told, setter.name, lifter.name, Item.id, Item.external_id, Item.status, ItemVersion.stem)
        .select_from(ItemEnemy)
        .join(Item, other)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.number == newest_number()))
        .outerjoin(setter, setter.id == ItemEnemy.set_by)
        .outerjoin(lifter, lifter.id == ItemEnemy.lifted_by)
        .order_by(Item.external_id, ItemEnemy.set_at)
    )
    return [EnemyRow(*row) for row in rows]


def enemies_among(items: Select[Any] | Collection[str]) -> dict[str, frozenset[str]]:
    """For each of these items (their ids, or a selection of them) the ids of those that it must not meet; one statement."""
    query = select(ItemEnemy.first_id, ItemEnemy.second_id).where(
        ItemEnemy.lifted_at.is_(None), or_(ItemEnemy.first_id.in_(items), ItemEnemy.second_id.in_(items))
    )
    found: dict[str, set[str]] = defaultdict(set)
    for first, second in db.session.execute(query):
        found[first].add(second)
        found[second].add(first)
    return {item_id: frozenset(others) for item_id, others in found.items()}


def enemy(enemy_id: str, item_id: str) -> ItemEnemy:
    """What was said of two items, one of which is this. Raises NotFound."""
    found = db.session.get(ItemEnemy, enemy_id)
    if found is None or item_id not in (found.first_id, found.second_id):
        raise NotFound("ENEMY_NOT_FOUND")
    return found


def item_numbered(number: str) -> Item | None:
    """The item with this number, as people name it."""
    return db.session.scalar(select(Item).where(Item.external_id == number))
