"""Save one answer: the hot path. One statement carries every check; only a refusal looks again, reading, to say why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import Integer, String, Text, bindparam, exists, insert, select
from sqlalchemy.exc import IntegrityError

from carbonlearn.accounts.models import LoginSession, User
from carbonlearn.accounts.queries import actor_of_session
from carbonlearn.core.errors import Conflict, DomainError, Invalid, Late, NotFound, Refused, SignInNeeded
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.infra.db import UtcDateTime, db, execute_hot
from carbonlearn.infra.vault import keys
from carbonlearn.sittings.models import Response, Sitting
from carbonlearn.sittings.queries import (
    RUNNING,
    login_id,
    own_sitting,
    shapes_of,
    stored_response,
    stored_revision,
)
from carbonlearn.sittings.rules.deadline import GRACE, accepts
from carbonlearn.sittings.rules.face import answer_fault, settled
from carbonlearn.sittings.rules.receipt import save_content, value_hash, value_text


@dataclass(frozen=True, slots=True)
class Wish:
    """One answer as a device sends it."""

    sitting_id: str
    session_hash: str
    item: int
    revision: int
    generation: int
    operation_id: str
    value: Any


@dataclass(frozen=True, slots=True)
class Saved:
    """One accepted answer: what holds now, and the signature by which anyone can prove it."""

    revision: int
    received_at: datetime
    deadline_at: datetime
    receipt: str
    key_id: str


def _statement() -> Any:
    """Insert the answer if session, owner, status, lease, deadline, item and revision are all in order.

    The lease is held by a login session, so the session that writes must be the one named on the sitting. The row of the sitting
    is shared-locked (PostgreSQL) so that a hand-in waits for answers under way and answers wait for a hand-in.
    """
    now = bindparam("now", type_=UtcDateTime())
    item, revision = bindparam("item", type_=Integer()), bindparam("revision", type_=Integer())
    newer = exists().where(
        Response.sitting_id == bindparam("sitting_id", type_=String()),
        Response.item_number == item,
        Response.revision >= revision,
    )
    allowed = (
        select(
            Sitting.id,
            item,
            revision,
            bindparam("operation_id", type_=String()),
            bindparam("generation", type_=Integer()),
            bindparam("value", type_=Text()),
            bindparam("value_hash", type_=String()),
            now,
            Sitting.must_submit_by,
        )
        .select_from(Sitting)
        .join(LoginSession, LoginSession.id == Sitting.device)
        .join(User, User.id == Sitting.user_id)
        .where(
            Sitting.id == bindparam("sitting_id", type_=String()),
            Sitting.status == RUNNING,
            Sitting.generation == bindparam("generation", type_=Integer()),
            Sitting.must_submit_by >= bindparam("not_over", type_=UtcDateTime()),
            item >= 1,
            item <= Sitting.item_count,
            LoginSession.token_hash == bindparam("session_hash", type_=String()),
            LoginSession.user_id == Sitting.user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            User.disabled_at.is_(None),
            ~newer,
        )
        .with_for_update(read=True, of=Sitting)
    )
    columns = [column.name for column in Response.__table__.columns]
    return (
        insert(Response)
        .from_select(columns, allowed, include_defaults=False)
        .returning(Response.revision, Response.deadline_at)
    )


SAVE = _statement()


def save(app: Flask, wish: Wish, *, now: datetime) -> Saved:
    """Store one answer for ever, and sign for it. Repeating an accepted operation gives the same receipt.

    Raises SignInNeeded SIGN_IN_NEEDED; NotFound SITTING_NOT_FOUND; Invalid INVALID_FIELD; Late LATE; Conflict: LEASE_LOST,
    STALE_REVISION (with the stored revision), NOT_RUNNING.
    """
    stored, digest = _checked(wish, now)
    row = _insert(app, wish, stored, digest, now)
    if row is None:
        return _explain(wish, digest, now)
    return _signed(wish, digest, now, row.deadline_at)


def _checked(wish: Wish, now: datetime) -> tuple[str, str]:
    """The answer as it will be stored, and its hash; a value that is no answer to this item is refused."""
    try:
        shape = shapes_of(wish.sitting_id).get(wish.item)
    except NotFound:
        raise _reason(wish, now) from None
    fault = "unknown_item" if shape is None else answer_fault(shape, wish.value)
    try:
        stored = value_text(settled(wish.value))
    except ValueError:
        fault, stored = "not_text", ""
    if fault:
        _own(wish, now)  # a stranger learns nothing of the paper from what is refused
        raise Invalid("INVALID_FIELD", field="item" if shape is None else "value", rule=fault)
    return stored, value_hash(stored)


def _insert(app: Flask, wish: Wish, stored: str, digest: str, now: datetime) -> Any:
    parameters = {
        "sitting_id": wish.sitting_id,
        "session_hash": wish.session_hash,
        "item": wish.item,
        "revision": wish.revision,
        "generation": wish.generation,
        "operation_id": wish.operation_id,
        "value": stored,
        "value_hash": digest,
        "now": now,
        "not_over": now - GRACE,
    }
    try:
        return execute_hot(app, SAVE, parameters)
    except IntegrityError:
        return None  # the same revision arrived twice in the same instant; the other was first


def _signed(wish: Wish, digest: str, received_at: datetime, deadline_at: datetime) -> Saved:
    content = save_content(wish.sitting_id, wish.item, wish.revision, digest, received_at)
    ring = keys()
    return Saved(wish.revision, received_at, deadline_at, ring.sign_bytes(content), ring.kid)


def _explain(wish: Wish, digest: str, now: datetime) -> Saved:
    """After the statement did nothing: the same operation again, or the reason why not."""
    db.session.rollback()  # look at what is stored now, not at what a read before the statement saw
    _own(wish, now)
    known = stored_response(wish.sitting_id, wish.item, wish.revision)
    if known is not None and (known.operation_id, known.value_hash) == (wish.operation_id, digest):
        return _signed(wish, digest, known.received_at, known.deadline_at)
    raise _reason(wish, now)


def _own(wish: Wish, now: datetime) -> tuple[Actor, Sitting]:
    actor = actor_of_session(wish.session_hash, now)
    if actor is None:
        raise SignInNeeded("SIGN_IN_NEEDED")
    if not actor.may(Permission.EXAM_OWN):
        raise Refused("NOT_PERMITTED", permission=str(Permission.EXAM_OWN))
    return actor, own_sitting(wish.sitting_id, actor)


def _reason(wish: Wish, now: datetime) -> DomainError:
    """Why an answer was not taken: time before lease, lease before revision."""
    actor, sitting = _own(wish, now)
    deadline = sitting.must_submit_by
    if deadline is not None and (sitting.status == "timed_out" or not accepts(now, deadline)):
        return Late("LATE", deadline=deadline.isoformat())
    if sitting.status != RUNNING:
        return Conflict("NOT_RUNNING", status=sitting.status)
    if sitting.generation != wish.generation or sitting.device != login_id(actor):
        return Conflict("LEASE_LOST", generation=sitting.generation)
    return Conflict("STALE_REVISION", stored=stored_revision(wish.sitting_id, wish.item))
