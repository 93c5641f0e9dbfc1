"""Who is who: the actor of a session, people found by what they type, the bases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, String, bindparam, func, or_, select

from carbonlearn.accounts.models import (
    AccountEvent,
    LoginSession,
    RoleGrant,
    SignInFailure,
    TrainingBase,
    User,
)
from carbonlearn.core.errors import NotFound
from carbonlearn.core.identity import mask_phone
from carbonlearn.core.permissions import STAFF_ROLES, Actor, Grant, Permission, Role
from carbonlearn.infra import vault
from carbonlearn.infra.db import UtcDateTime, db, read_hot

STEP_UP_LASTS = timedelta(minutes=10)


_now = bindparam("now", type_=UtcDateTime())
ACTOR = (
    select(
        User.id,
        User.name,
        User.locale,
        User.must_change_password,
        LoginSession.stepped_up_at,
        LoginSession.last_seen_at,
        RoleGrant.role,
        RoleGrant.base_id,
    )
    .select_from(LoginSession)
    .join(User, User.id == LoginSession.user_id)
    .outerjoin(RoleGrant, (RoleGrant.user_id == User.id) & RoleGrant.revoked_at.is_(None))
    .where(
        LoginSession.token_hash == bindparam("session_hash", type_=String()),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > _now,
        User.disabled_at.is_(None),
    )
)


def actor_of_session(session_hash: str, now: datetime) -> Actor | None:
    """The actor of a live session; None when the session is unknown, ended, or its account disabled."""
    found = seen_actor(session_hash, now)
    return found[0] if found else None


def seen_actor(session_hash: str, now: datetime) -> tuple[Actor, datetime] | None:
    """The actor of a live session and when the session was last seen, in one statement; None as above."""
    rows = read_hot(ACTOR, {"session_hash": session_hash, "now": now})
    if not rows:
        return None
    first = rows[0]
    actor = Actor(
        user_id=first.id,
        name=first.name,
        locale=first.locale,
        must_change_password=first.must_change_password,
        stepped_up=first.stepped_up_at is not None and now - first.stepped_up_at <= STEP_UP_LASTS,
        session_hash=session_hash,
        grants=frozenset(Grant(Role(row.role), row.base_id) for row in rows if row.role),
    )
    return actor, first.last_seen_at


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


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as lists show them: phone masked, live roles as (role, base name or None for the association)."""

    user_id: str
    name: str
    username: str
    phone: str
    roles: tuple[tuple[str, str | None], ...]
    disabled: bool


def people(actor: Actor, words: str, role: str, after: str, limit: int) -> list[PersonRow]:
    """Staff by name (with ``words``, anybody found by part of the name, whole user name or phone), within the actor's reach.

    Two statements, whatever the number of people. ``after`` is the last row's name and id, with a line break between.
    """
    query = select(User).order_by(User.name, User.id).limit(limit)
    query = query.where(
        *_found_by(words), User.id.in_(_ids_within(actor, Permission.PERSON_READ, role, bool(words)))
    )
    if after:
        name, _, last_id = after.partition("\n")
        query = query.where(or_(User.name > name, (User.name == name) & (User.id > last_id)))
    users = list(db.session.scalars(query))
    roles: dict[str, list[tuple[str, str | None]]] = {}
    for grant, base in _live_grants([user.id for user in users]):
        roles.setdefault(grant.user_id, []).append((grant.role, base))
    return [_person_row(user, roles.get(user.id, [])) for user in users]


def _person_row(user: User, roles: list[tuple[str, str | None]]) -> PersonRow:
    phone = vault.cipher().decrypt("phone", user.phone_encrypted) if user.phone_encrypted else ""
    return PersonRow(
        user.id,
        user.name,
        user.username,
        mask_phone(phone) if phone else "",
        tuple(sorted(roles, key=lambda pair: (pair[0], pair[1] or ""))),
        user.disabled_at is not None,
    )


def _found_by(words: str) -> list[ColumnElement[bool]]:
    if not words:
        return []
    digits = "".join(char for char in words if char.isdigit())
    index = vault.cipher().blind_index("phone", digits) if len(digits) == 11 else "-"
    by_name = User.name.icontains(words, autoescape=True)
    return [or_(by_name, User.username == words.lower(), User.phone_index == index)]


def _ids_within(actor: Actor, permission: Permission, role: str, everybody: bool) -> Select[str]:
    """The people who hold a live grant in the actor's reach: of one role, of any, or (unless ``everybody``) of a staff role."""
    query = select(RoleGrant.user_id).where(RoleGrant.revoked_at.is_(None))
    if role:
        query = query.where(RoleGrant.role == role)
    elif not everybody:
        query = query.where(RoleGrant.role.in_([each.value for each in STAFF_ROLES]))
    reach = actor.reach(permission)
    return query if reach is None else query.where(RoleGrant.base_id.in_(reach))


def _live_grants(user_ids: list[str]) -> list[tuple[RoleGrant, str | None]]:
    rows = db.session.execute(
        select(RoleGrant, TrainingBase.name)
        .outerjoin(TrainingBase, TrainingBase.id == RoleGrant.base_id)
        .where(RoleGrant.user_id.in_(user_ids), RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.granted_at)
    )
    return [(grant, base) for grant, base in rows]


def grants_of(user_id: str) -> list[tuple[RoleGrant, str | None]]:
    """The live roles of a person with the base's name; None is the association."""
    return _live_grants([user_id])


def roles_of(user_id: str) -> frozenset[Role]:
    """The live roles of a person, wherever they are granted."""
    query = select(RoleGrant.role).where(RoleGrant.user_id == user_id, RoleGrant.revoked_at.is_(None))
    return frozenset(Role(role) for role in db.session.scalars(query))


def has_other_system_admin(user_id: str) -> bool:
    """Whether somebody else who can still sign in holds the system role.

    Every such grant is locked first and only then looked at, so that two who end each other at once are settled one after the other.
    """
    held = (RoleGrant.role == Role.SYSTEM_ADMIN.value, RoleGrant.revoked_at.is_(None))
    db.session.execute(select(RoleGrant.id).where(*held).order_by(RoleGrant.id).with_for_update())
    others = select(RoleGrant.id).join(User, User.id == RoleGrant.user_id)
    others = others.where(*held, RoleGrant.user_id != user_id, User.disabled_at.is_(None))
    return db.session.scalar(others.limit(1)) is not None


def standing_events(user_id: str) -> list[tuple[AccountEvent, str]]:
    """When and why an account was closed or opened again, and by whom; newest first."""
    rows = db.session.execute(
        select(AccountEvent, User.name)
        .join(User, User.id == AccountEvent.actor_id)
        .where(AccountEvent.user_id == user_id)
        .order_by(AccountEvent.at.desc(), AccountEvent.id.desc())
    )
    return [(event, name) for event, name in rows]


def person_within(user_id: str, actor: Actor, permission: Permission) -> User:
    """A person who holds a role in a base of the actor's reach. Raises NotFound for anybody else.

    Who reaches every base reaches everybody. From a base nobody reaches people who hold a role outside the base: whoever may
    reset a password could otherwise become them.
    """
    found = db.session.get(User, user_id)
    reach = actor.reach(permission)
    if found is not None and reach is not None:
        bases = {grant.base_id for grant, _base in grants_of(user_id)}
        if not bases or not bases <= reach:
            found = None
    if found is None:
        raise NotFound("PERSON_NOT_FOUND")
    return found


def english_base_names() -> dict[str, str]:
    """The English name of each base by its Chinese one, empty where none is known."""
    return {row.name: row.en for row in db.session.execute(select(TrainingBase.name, TrainingBase.en))}


def bases() -> list[TrainingBase]:
    """Every training base, by name."""
    return list(
        db.session.scalars(
            select(TrainingBase).where(TrainingBase.kind == "base").order_by(TrainingBase.name)
        )
    )


def bases_within(actor: Actor, permission: Permission) -> list[TrainingBase]:
    """The training bases in which the actor has the permission, by name."""
    query = select(TrainingBase).where(TrainingBase.kind == "base").order_by(TrainingBase.name)
    reach = actor.reach(permission)
    if reach is not None:
        query = query.where(TrainingBase.id.in_(reach))
    return list(db.session.scalars(query))


def user_count() -> int:
    return db.session.scalar(select(func.count()).select_from(User)) or 0
