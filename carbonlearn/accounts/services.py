"""Sign in and out, passwords, one-time codes, accounts and roles. Each verb runs in the caller's unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from carbonlearn.accounts.models import LoginSession, OneTimeCode, RoleGrant, SignInFailure, User
from carbonlearn.accounts.queries import failures_since, own_user, roles_of, user_by_login
from carbonlearn.accounts.rules import lockout, password
from carbonlearn.accounts.rules.reset import may_reset
from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor, Permission, Role
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.passwords import hash_password, password_matches
from carbonlearn.infra.tokens import new_code, new_digits, new_token, token_hash

SESSION_LASTS = timedelta(days=30)
CODE_LASTS = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignInCheck:
    """What a sign-in found before anything is written: the person, or None; and until when the door is shut, if it is."""

    user_id: str | None
    buckets: tuple[str, str]
    locked_until: datetime | None


def check_sign_in(login: str, given: str, address: str, now: datetime) -> SignInCheck:
    """Look at lock-out and password. Reads only, so that the slow hash holds no lock; the same work for unknown names."""
    user = user_by_login(login)
    account = f"account:{user.id}" if user else "name:" + token_hash(login.strip().lower())[:32]
    buckets = (account, "address:" + token_hash(address)[:32])
    locked = _locked_until(buckets, now)
    if locked is not None:
        return SignInCheck(None, buckets, locked)
    fits = password_matches(user.password_hash if user else None, given)
    return SignInCheck(user.id if user and fits and user.disabled_at is None else None, buckets, None)


def _locked_until(buckets: tuple[str, str], now: datetime) -> datetime | None:
    account, address = (failures_since(bucket, now - lockout.WINDOW) for bucket in buckets)
    return lockout.locked_until(account, address, now)


def finish_sign_in(check: SignInCheck, now: datetime, device: str) -> str | None:
    """Write what the check found: a new session, whose token is returned for the cookie, or a counted failure (None)."""
    if check.user_id is None:
        count_failure(check, now)
        return None
    _take_turn(check)
    if _locked_until(check.buckets, now) is not None:
        return None  # looked at again here: guesses sent at once were all looked at before any was counted
    token = open_session(check.user_id, now, device)
    record("session:open", ("user", check.user_id), now=now, actor_id=check.user_id, source="learner")
    return token


def count_failure(check: SignInCheck, now: datetime) -> None:
    """Count a wrong password in both buckets, unless they are full."""
    _take_turn(check)
    if _locked_until(check.buckets, now) is None:
        db.session.add_all(SignInFailure(bucket=bucket, at=now) for bucket in check.buckets)


def _take_turn(check: SignInCheck) -> None:
    """Guesses at one account are settled one after the other, so that each sees what the one before it counted."""
    kind, _, user_id = check.buckets[0].partition(":")
    if kind == "account":
        db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def open_session(user_id: str, now: datetime, device: str) -> str:
    """A new session of a person; the token that goes into the cookie."""
    token = new_token()
    db.session.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=user_id,
            device=device,
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    return token


def sign_out(actor: Actor, now: datetime) -> None:
    """End the session of this device."""
    _revoke_sessions(LoginSession.token_hash == actor.session_hash, now)
    record("session:close", ("user", actor.user_id), now=now, actor_id=actor.user_id, source="learner")


def revoke_session(session_id: str, actor: Actor, now: datetime) -> None:
    """End one session of one's own. Raises NotFound for anybody else's."""
    mine = (LoginSession.id == session_id) & (LoginSession.user_id == actor.user_id)
    if not _revoke_sessions(mine, now):
        raise NotFound("SESSION_NOT_FOUND")
    record("session:revoke", ("session", session_id), now=now, actor_id=actor.user_id, source="learner")


def change_password(actor: Actor, current: str | None, new: str, now: datetime) -> None:
    """Set a new password and end every other session.

    ``current`` None: the caller has checked it. Raises Refused when the current one does not fit, Invalid for a weak one.
    """
    user = own_user(actor)
    if current is not None and not password_matches(user.password_hash, current):
        raise Refused("PASSWORD_WRONG")
    _set_password(user, new)
    others = (LoginSession.user_id == user.id) & (LoginSession.token_hash != actor.session_hash)
    _revoke_sessions(others, now)
    record("password:change", ("user", user.id), now=now, actor_id=actor.user_id, source="learner")


def step_up(actor: Actor, now: datetime) -> None:
    """Note that the password was given again."""
    db.session.execute(
        update(LoginSession).where(LoginSession.token_hash == actor.session_hash).values(stepped_up_at=now)
    )
    record("session:step_up", ("user", actor.user_id), now=now, actor_id=actor.user_id)


def issue_code(user: User, actor: Actor | None, now: datetime) -> str:
    """A one-time code with which the person sets a new password within a day; earlier unused codes end.

    Raises Refused NOT_PERMITTED for staff whose roles the actor does not hold: the code would lead to more than the actor may.
    """
    if actor is not None and not may_reset(actor.roles, roles_of(user.id)):
        raise Refused("NOT_PERMITTED", permission=str(Permission.PERSON_RESET))
    db.session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.user_id == user.id, OneTimeCode.used_at.is_(None))
        .values(used_at=now)
    )
    code = new_code(10)
    db.session.add(
        OneTimeCode(
            user_id=user.id,
            code_hash=token_hash(code),
            created_by=actor.user_id if actor else None,
            created_at=now,
            expires_at=now + CODE_LASTS,
        )
    )
    record("password:code", ("user", user.id), now=now, actor_id=actor.user_id if actor else None)
    return code


def redeem_code(login: str, code: str, new: str, now: datetime, device: str) -> str:
    """Set the password by code and sign in; the session token. Raises Refused for any code that does not fit, without saying why."""
    user = user_by_login(login)
    wanted = token_hash(code.strip().upper().replace(" ", "").replace("-", ""))
    found = db.session.scalar(select(OneTimeCode).where(OneTimeCode.code_hash == wanted).with_for_update())
    if user is None or user.disabled_at is not None or found is None or not _is_good(found, user, now):
        raise Refused("CODE_WRONG")
    _set_password(user, new)
    found.used_at = now
    _revoke_sessions(LoginSession.user_id == user.id, now)
    record("password:reset", ("user", user.id), now=now, actor_id=user.id, source="learner")
    return open_session(user.id, now, device)


def _is_good(code: OneTimeCode, user: User, now: datetime) -> bool:
    return code.user_id == user.id and code.used_at is None and now < code.expires_at


def create_user(
    username: str,
    name: str,
    now: datetime,
    *,
    actor: Actor | None = None,
    phone: str | None = None,
    id_number: str | None = None,
    initial_password: str | None = None,
    must_change: bool = True,
) -> User:
    """A new account. Raises Conflict when the user name, the phone or the ID number is already somebody's."""
    cipher = vault.cipher()
    user = User(
        username=username.strip().lower(), name=name.strip(), created_at=now, must_change_password=must_change
    )
    if phone:
        user.phone_encrypted, user.phone_index = (
            cipher.encrypt("phone", phone),
            cipher.blind_index("phone", phone),
        )
    if id_number:
        user.id_number_encrypted = cipher.encrypt("id_number", id_number)
        user.id_number_index = cipher.blind_index("id_number", id_number)
    _refuse_taken(user)
    if initial_password is not None:
        user.password_hash = hash_password(initial_password)
    db.session.add(user)
    db.session.flush()
    record("user:create", ("user", user.id), now=now, actor_id=actor.user_id if actor else None)
    return user


def free_username() -> str:
    """A user name for somebody who need not invent one: they sign in by phone number as well. Seven digits after an s."""
    while True:
        name = "s" + new_digits(7)
        if db.session.scalar(select(User.id).where(User.username == name)) is None:
            return name


def identity_differs(user: User, name: str, phone: str | None, id_number: str | None) -> bool:
    """Whether name, phone or ID number are not those of the account; None stands for what the account has."""
    cipher = vault.cipher()
    return (
        name != user.name
        or (phone is not None and cipher.blind_index("phone", phone) != user.phone_index)
        or (id_number is not None and cipher.blind_index("id_number", id_number) != user.id_number_index)
    )


def correct_identity(
    user: User, name: str, phone: str | None, id_number: str | None, *, actor: Actor, now: datetime
) -> None:
    """Correct who an account belongs to; None leaves a number as it is. Raises Conflict when it is somebody else's."""
    cipher = vault.cipher()
    user.name = name.strip()
    for purpose, value in (("phone", phone), ("id_number", id_number)):
        index = cipher.blind_index(purpose, value) if value else None
        if value is None or index == getattr(user, f"{purpose}_index"):
            continue
        if db.session.scalar(select(User.id).where(getattr(User, f"{purpose}_index") == index)):
            raise Conflict(f"{purpose.upper()}_TAKEN")
        setattr(user, f"{purpose}_index", index)
        setattr(user, f"{purpose}_encrypted", cipher.encrypt(purpose, value))
    record("user:correct", ("user", user.id), now=now, actor_id=actor.user_id)


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
    """Give somebody a role by hand. Raises NotFound, Invalid ROLE_NEEDS_BASE or ROLE_IN_ASSOCIATION where the place does not fit."""
    if db.session.get(User, user_id) is None:
        raise NotFound("PERSON_NOT_FOUND")
    if role is Role.BASE_ADMIN and base_id is None:
        raise Invalid("ROLE_NEEDS_BASE", field="base")
    if base_id is not None and role in (Role.ASSOCIATION_ADMIN, Role.SYSTEM_ADMIN, Role.AUDITOR):
        raise Invalid("ROLE_IN_ASSOCIATION", field="base")
    return grant_role(user_id, role, base_id, now, actor)


def revoke_role(grant_id: str, actor: Actor, now: datetime) -> None:
    """Take a role back. Raises NotFound, or Conflict for the last system administrator."""
    grant = db.session.get(RoleGrant, grant_id)
    if grant is None or grant.revoked_at is not None:
        raise NotFound("GRANT_NOT_FOUND")
    if grant.role == Role.SYSTEM_ADMIN.value and _is_last_system_admin(grant.user_id):
        raise Conflict("LAST_SYSTEM_ADMIN")
    grant.revoked_at = now
    record(
        "role:revoke",
        ("user", grant.user_id),
        now=now,
        actor_id=actor.user_id,
        base_id=grant.base_id,
        facts={"role": grant.role},
    )


def set_locale(actor: Actor, locale: str, now: datetime) -> None:
    own_user(actor).locale = locale
    record("user:locale", ("user", actor.user_id), now=now, actor_id=actor.user_id, source="learner")


def touch_session(actor: Actor, now: datetime) -> None:
    """Note that the session is in use, at most every five minutes."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == actor.session_hash, LoginSession.last_seen_at < now - SEEN_EVERY)
        .values(last_seen_at=now)
    )


def _set_password(user: User, new: str) -> None:
    faults = password.faults(new, user.username)
    if faults:
        raise Invalid("PASSWORD_WEAK", field="new", rule=faults[0])
    user.password_hash = hash_password(new)
    user.must_change_password = False


def _revoke_sessions(which: object, now: datetime) -> int:
    done = db.session.execute(
        update(LoginSession).where(which, LoginSession.revoked_at.is_(None)).values(revoked_at=now)  # type: ignore[arg-type]
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _is_last_system_admin(user_id: str) -> bool:
    """Whether nobody else who can still sign in holds the role. Locks the grants, so that two do not end each other at once."""
    others = (
        select(RoleGrant.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.role == Role.SYSTEM_ADMIN.value,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.user_id != user_id,
            User.disabled_at.is_(None),
        )
    )
    return not db.session.scalars(others.with_for_update(of=RoleGrant)).all()


def _refuse_taken(user: User) -> None:
    for column, value, code in (
        (User.username, user.username, "USERNAME_TAKEN"),
        (User.phone_index, user.phone_index, "PHONE_TAKEN"),
        (User.id_number_index, user.id_number_index, "ID_NUMBER_TAKEN"),
    ):
        if value and db.session.scalar(select(User.id).where(column == value)):
            raise Conflict(code)
