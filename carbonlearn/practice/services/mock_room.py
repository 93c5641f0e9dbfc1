"""Inside a mock: saving answers and carrying on upon another device, by the rules, codes and receipts of a real sitting."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from carbonlearn.core.errors import Conflict, Invalid, Late
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.vault import keys
from carbonlearn.practice.models import MockResponse, MockSitting
from carbonlearn.practice.queries.mocks import RUNNING, own_mock, shapes_of
from carbonlearn.sittings.queries import login_id
from carbonlearn.sittings.rules.deadline import accepts, is_over
from carbonlearn.sittings.rules.face import answer_fault, settled
from carbonlearn.sittings.rules.receipt import save_content, value_hash, value_text
from carbonlearn.sittings.services import Saved


def save(
    sitting_id: str,
    *,
    item: int,
    revision: int,
    generation: int,
    operation_id: str,
    value: Any,
    actor: Actor,
    now: datetime,
) -> Saved:
    """Keep one answer and sign for it. Repeating an accepted operation gives the same receipt.

    Raises NotFound SITTING_NOT_FOUND; Invalid INVALID_FIELD; Late LATE; Conflict: LEASE_LOST, STALE_REVISION, NOT_RUNNING.
    """
    sitting = own_mock(sitting_id, actor, lock=True)
    stored = _checked(sitting_id, item, value)
    digest = value_hash(stored)
    known = db.session.get(MockResponse, (sitting_id, item, revision))
    if known is not None and (known.operation_id, known.value_hash) == (operation_id, digest):
        return _signed(sitting, item, revision, digest, known.received_at)
    _require_open(sitting, generation, actor, now)
    newest = _newest_revision(sitting_id, item)
    if revision <= newest:
        raise Conflict("STALE_REVISION", stored=newest)
    db.session.add(
        MockResponse(
            sitting_id=sitting_id,
            item_number=item,
            revision=revision,
            operation_id=operation_id,
            value=stored,
            value_hash=digest,
            received_at=now,
        )
    )
    return _signed(sitting, item, revision, digest, now)


def take_over(sitting_id: str, *, actor: Actor, now: datetime, generation: int | None = None) -> MockSitting:
    """Give the right to write to the device that asks; answers and clock stay. Raises NotFound; Conflict: NOT_RUNNING, LEASE_LOST."""
    sitting = own_mock(sitting_id, actor, lock=True)
    if sitting.status != RUNNING or is_over(sitting.must_submit_by, now):
        raise Conflict("NOT_RUNNING", status=sitting.status)
    device = login_id(actor)
    if generation is not None and generation != sitting.generation:
        if generation == sitting.generation - 1 and sitting.device == device:
            return sitting
        raise Conflict("LEASE_LOST", generation=sitting.generation)
    sitting.generation, sitting.device = sitting.generation + 1, device
    return sitting


def _checked(sitting_id: str, item: int, value: Any) -> str:
    """The answer as it is stored; a value that is no answer to this item is refused."""
    shape = shapes_of(sitting_id).get(item)
    fault = "unknown_item" if shape is None else answer_fault(shape, value)
    try:
        stored = value_text(settled(value))
    except ValueError:
        fault, stored = "not_text", ""
    if fault:
        raise Invalid("INVALID_FIELD", field="item" if shape is None else "value", rule=fault)
    return stored


def _require_open(sitting: MockSitting, generation: int, actor: Actor, now: datetime) -> None:
    """Time before lease, as in a real sitting."""
    if sitting.status == "timed_out" or not accepts(now, sitting.must_submit_by):
        raise Late("LATE", deadline=sitting.must_submit_by.isoformat())
    if sitting.status != RUNNING:
        raise Conflict("NOT_RUNNING", status=sitting.status)
    if sitting.generation != generation or sitting.device != login_id(actor):
        raise Conflict("LEASE_LOST", generation=sitting.generation)


def _newest_revision(sitting_id: str, item: int) -> int:
    query = select(func.max(MockResponse.revision)).where(
        MockResponse.sitting_id == sitting_id, MockResponse.item_number == item
    )
    return db.session.scalar(query) or 0


def _signed(sitting: MockSitting, item: int, revision: int, digest: str, received_at: datetime) -> Saved:
    content = save_content(sitting.id, item, revision, digest, received_at)
    ring = keys()
    return Saved(revision, received_at, sitting.must_submit_by, ring.sign_bytes(content), ring.kid)
