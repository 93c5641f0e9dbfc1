"""Closing an account and opening it again, each with its reason. Runs in the caller's unit of work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.accounts.models import AccountEvent, LoginSession, User
from carbonlearn.accounts.queries import has_other_system_admin, person_within, roles_of
from carbonlearn.accounts.rules.standing import DISABLE, ENABLE, MAX_REASON, may_close
from carbonlearn.accounts.services.signing_in import revoke_sessions
from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid, Refused
from carbonlearn.core.permissions import Actor, Permission, Role
from carbonlearn.infra.db import db


def disable(user_id: str, reason: str, *, actor: Actor, now: datetime) -> User:
    """Close an account: every session ends in the same transaction, and nothing lets the person in until it is opened again.

    Raises NotFound out of reach; Refused OWN_ACCOUNT for oneself, NOT_PERMITTED for who may more than the actor;
    Conflict LAST_SYSTEM_ADMIN, ACCOUNT_STANDING when it is closed already; Invalid REASON_NEEDED.
    """
    user = _within(user_id, actor)
    if user.disabled_at is not None:
        raise Conflict("ACCOUNT_STANDING")
    if Role.SYSTEM_ADMIN in roles_of(user.id) and not has_other_system_admin(user.id):
        raise Conflict("LAST_SYSTEM_ADMIN")
    user.disabled_at = now
    ended = revoke_sessions(LoginSession.user_id == user.id, now)
    _note(user, DISABLE, reason, actor, now, {"sessions": ended})
    return user


def enable(user_id: str, reason: str, *, actor: Actor, now: datetime) -> User:
    """Open a closed account again; the person signs in anew. Raises as ``disable`` does."""
    user = _within(user_id, actor)
    if user.disabled_at is None:
        raise Conflict("ACCOUNT_STANDING")
    user.disabled_at = None
    _note(user, ENABLE, reason, actor, now, {})
    return user


def _within(user_id: str, actor: Actor) -> User:
    """The person, held until the unit of work ends, as far as the actor may decide about them."""
    found = person_within(user_id, actor, Permission.PERSON_DISABLE)
    if found.id == actor.user_id:
        raise Refused("OWN_ACCOUNT")
    if not may_close(actor.roles, roles_of(found.id)):
        raise Refused("NOT_PERMITTED", permission=str(Permission.PERSON_DISABLE))
    held = select(User).where(User.id == found.id).with_for_update(key_share=True)
    return db.session.scalars(held.execution_options(populate_existing=True)).one()


def _note(user: User, event: str, reason: str, actor: Actor, now: datetime, facts: dict[str, object]) -> None:
    given = reason.strip()[:MAX_REASON]
    if not given:
        raise Invalid("REASON_NEEDED", field="reason")
    db.session.add(AccountEvent(user_id=user.id, event=event, reason=given, actor_id=actor.user_id, at=now))
    record(f"user:{event}", ("user", user.id), now=now, actor_id=actor.user_id, facts=facts)
