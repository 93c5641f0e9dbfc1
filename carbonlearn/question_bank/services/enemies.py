"""Set two items apart, so that no paper made from now on has both; or let them meet again. Papers sealed before keep what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, tuple_

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import Item, ItemEnemy
from carbonlearn.question_bank.rules.enemies import REASON, fault, is_reason, pair_of

AT_ONCE = 400  # pairs asked for in one statement


def set_apart(item_id: str, number: str, reason: str, *, actor: Actor, now: datetime) -> ItemEnemy:
    """That an item and the one with this number must not stand on one paper.

    Raises Invalid ENEMY_UNKNOWN, ENEMY_SELF, ENEMY_POOL or ENEMY_REASON, Conflict ENEMY_ALREADY.
    """
    item, other, reason = queries.item(item_id), queries.item_numbered(number.strip()), reason.strip()
    if other is None:
        raise Invalid("ENEMY_UNKNOWN", field="enemy", number=number.strip()[:64])
    found = fault((item.id, item.pool), (other.id, other.pool), reason)
    if found:
        raise Invalid(found[1], field=found[0], least=REASON[0], most=REASON[1])
    first, second = pair_of(item.id, other.id)
    _hold(first, second)
    if other.id in queries.enemies_among([item.id]).get(item.id, ()):
        raise Conflict("ENEMY_ALREADY", number=other.external_id)
    row = ItemEnemy(first_id=first, second_id=second, reason=reason, set_by=actor.user_id, set_at=now)
    db.session.add(row)
    db.session.flush()
    facts = {"item": item.external_id, "other": other.external_id, "reason": reason}
    record("item:set_apart", ("item", item.id), now=now, actor_id=actor.user_id, facts=facts)
    return row


def let_meet(item_id: str, enemy_id: str, reason: str, *, actor: Actor, now: datetime) -> ItemEnemy:
    """That two items may stand on one paper after all; what was said before stays on record.

    Raises NotFound ENEMY_NOT_FOUND, Conflict ENEMY_LIFTED, Invalid ENEMY_REASON.
    """
    row, reason = queries.enemy(enemy_id, item_id), reason.strip()
    _hold(row.first_id, row.second_id)
    db.session.refresh(row)
    if row.lifted_at is not None:
        raise Conflict("ENEMY_LIFTED")
    if not is_reason(reason):
        raise Invalid("ENEMY_REASON", field="lift_reason", least=REASON[0], most=REASON[1])
    row.lifted_by, row.lifted_at, row.lift_reason = actor.user_id, now, reason
    other = queries.item(row.second_id if row.first_id == item_id else row.first_id)
    facts = {"item": queries.item(item_id).external_id, "other": other.external_id, "reason": reason}
    record("item:let_meet", ("item", item_id), now=now, actor_id=actor.user_id, facts=facts)
    return row


def _hold(*item_ids: str) -> None:
    """Their rows, in one order, so that two people who speak of the same two items do it one after the other."""
    db.session.execute(select(Item.id).where(Item.id.in_(item_ids)).order_by(Item.id).with_for_update())


def load_enemies(entries: Iterable[Mapping[str, Any]], now: datetime, author_id: str | None = None) -> int:
    """Enter the pairs that item files name (``not_with``); how many were new.

    A pair of which anything was ever said is left alone, so one that was lifted at the desk stays lifted.
    """
    pairs = _pairs([(entry["id"], other) for entry in entries for other in entry.get("not_with", ())])
    known = _known(pairs)
    fresh = [
        {
            "id": new_id(),
            "first_id": first,
            "second_id": second,
            "reason": "",
            "set_by": author_id,
            "set_at": now,
            "lift_reason": "",
        }
        for first, second in pairs
        if (first, second) not in known
    ]
    if fresh:
        db.session.execute(insert(ItemEnemy), fresh)
    return len(fresh)


def _pairs(named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The ids of those that are there, and in one pool."""
    numbers = {number for both in named for number in both}
    rows = db.session.execute(
        select(Item.external_id, Item.id, Item.pool).where(Item.external_id.in_(numbers))
    )
    there = {number: (item_id, pool) for number, item_id, pool in rows}
    found = [(there[one], there[other]) for one, other in named if one in there and other in there]
    return sorted({pair_of(one[0], other[0]) for one, other in found if one[1] == other[1]})


def _known(pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    both = tuple_(ItemEnemy.first_id, ItemEnemy.second_id)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(pairs), AT_ONCE):
        some = select(ItemEnemy.first_id, ItemEnemy.second_id).where(both.in_(pairs[start : start + AT_ONCE]))
        found |= {(row[0], row[1]) for row in db.session.execute(some)}
    return found
