"""Who is who: the actor of a session, people found by what they type, the bases."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from carbonlearn.accounts.models import LoginSession, RoleGrant, SignInFailure, TrainingBase, User
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Grant, Permission, Role
from carbonlearn.infra import vault
from carbonlearn.infra.db import db

STEP_UP_LASTS = timedelta(minutes=10)


def actor_of_session(session_hash: str, now: datetime) -> Actor | None:
    """The actor of a live session, in one statement; None when the session is unknown, ended, or its account disabled."""
    rows = db.session.execute(
        select(
            User.id,
            User.name,
            User.locale,
            User.must_change_password,
            LoginSession.stepped_up_at,
            RoleGrant.role,
            RoleGrant.base_id,
        )
        .select_from(LoginSession)
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(RoleGrant, (RoleGrant.user_id == User.id) & RoleGrant.revoked_at.is_(None))
        .where(
            LoginSession.token_hash == session_hash,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            User.disabled_at.is_(None),
        )
    ).all()
    if not rows:
        return None
    first = rows[0]
    return Actor(
        user_id=first.id,
        name=first.name,
        locale=first.locale,
        must_change_password=first.must_change_password,
        stepped_up=first.stepped_up_at is not None and now - first.stepped_up_at <= STEP_UP_LASTS,
        session_hash=session_hash,
        grants=frozenset(Grant(Role(row.role), row.base_id) for row in rows if row.role),
    )


def user_by_login(login: str) -> User | None:
    """The person by user name, or by phone number."""
    phone = "".join(ch for ch in login if ch.isdigit())
    index = vault.cipher().blind_index("phone", phone) if len(phone) == 11 else "-"
    return db.session.scalar(
        select(User).where(or_(User.username == login.strip().lower(), User.phone_index == index))
    )


def user_by_id_number(number: str) -> User | None:
    """The person of an ID number as read by ``core.identity``."""
    index = vault.cipher().blind_index("id_number", number)
    return db.session.scalar(select(User).where(User.id_number_index == index))


def failures_since(bucket: str, since: datetime) -> list[datetime]:
    """When sign-ins in a bucket failed, oldest first."""
    query = (
        select(SignInFailure.at)
        .where(SignInFailure.bucket == bucket, SignInFailure.at > since)
        .order_by(SignInFailure.at)
    )
    return list(db.session.scalars(query))


def own_sessions(actor: Actor, now: datetime) -> list[LoginSession]:
    """The live sessions of the actor, newest first."""
    return list(
        db.session.scalars(
            select(LoginSession)
            .where(
                LoginSession.user_id == actor.user_id,
                LoginSession.revoked_at.is_(None),
                LoginSession.expires_at > now,
            )
            .order_by(LoginSession.created_at.desc())
        )
    )


def own_user(actor: Actor) -> User:
    return db.session.get_one(User, actor.user_id)


def base_by_slug(slug: str) -> TrainingBase:
    """The base of that slug. Raises NotFound."""
    base = db.session.scalar(select(TrainingBase).where(TrainingBase.slug == slug))
    if base is None:
        raise NotFound("BASE_NOT_FOUND", slug=slug)
    return base


def bases_within(actor: Actor, permission: Permission) -> list[TrainingBase]:
    """The training bases in which the actor has the permission, by name."""
    query = select(TrainingBase).where(TrainingBase.kind == "base").order_by(TrainingBase.name)
    reach = actor.reach(permission)
    if reach is not None:
        query = query.where(TrainingBase.id.in_(reach))
    return list(db.session.scalars(query))


def user_count() -> int:
    return db.session.scalar(select(func.count()).select_from(User)) or 0
