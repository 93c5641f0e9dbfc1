"""Roles given and taken back. Nobody widens their own, and one system administrator always stays. Runs in the caller's unit of work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.accounts.models import RoleGrant, User
from carbonlearn.accounts.queries import has_other_system_admin
from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.db import db


def grant_role(
    user_id: str, role: Role, base_id: str | None, now: datetime, actor: Actor | None = None
) -> RoleGrant:
    """Give a role in a base, or in the association. Giving it twice changes nothing."""
    same = select(RoleGrant).where(
        RoleGrant.user_id == user_id,
        RoleGrant.role == role.value,
        RoleGrant.base_id == base_id if base_id else RoleGrant.base_id.is_(None),
        RoleGrant.revoked_at.is_(None),
    )
    held = db.session.scalar(same)
    if held is not None:
        return held
    giver = actor.user_id if actor else None
    grant = RoleGrant(user_id=user_id, role=role.value, base_id=base_id, granted_by=giver, granted_at=now)
    db.session.add(grant)
    db.session.flush()
    record(
        "role:grant", ("user", user_id), now=now, actor_id=giver, base_id=base_id, facts={"role": role.value}
    )
    return grant


def appoint(user_id: str, role: Role, base_id: str | None, *, actor: Actor, now: datetime) -> RoleGrant:
    """Give somebody else a role by hand.

    Raises Refused OWN_ROLE for oneself, NotFound, Invalid ROLE_NEEDS_BASE or ROLE_IN_ASSOCIATION where the place does not fit.
    """
    if user_id == actor.user_id:
        raise Refused("OWN_ROLE")
    if db.session.get(User, user_id) is None:
        raise NotFound("PERSON_NOT_FOUND")
    if role is Role.BASE_ADMIN and base_id is None:
        raise Invalid("ROLE_NEEDS_BASE", field="base")
    if base_id is not None and role in (Role.ASSOCIATION_ADMIN, Role.SYSTEM_ADMIN, Role.AUDITOR):
        raise Invalid("ROLE_IN_ASSOCIATION", field="base")
    return grant_role(user_id, role, base_id, now, actor)


def revoke_role(grant_id: str, actor: Actor, now: datetime) -> None:
    """Take a role back. Raises NotFound, Conflict LAST_SYSTEM_ADMIN, or Refused OWN_SYSTEM_ROLE: only another may take that."""
    grant = db.session.get(RoleGrant, grant_id)
    if grant is None or grant.revoked_at is not None:
        raise NotFound("GRANT_NOT_FOUND")
    is_system = grant.role == Role.SYSTEM_ADMIN.value
    if is_system and not has_other_system_admin(grant.user_id):
        raise Conflict("LAST_SYSTEM_ADMIN")
    if is_system and grant.user_id == actor.user_id:
        raise Refused("OWN_SYSTEM_ROLE")
    grant.revoked_at = now
    record(
        "role:revoke",
        ("user", grant.user_id),
        now=now,
        actor_id=actor.user_id,
        base_id=grant.base_id,
        facts={"role": grant.role},
    )
