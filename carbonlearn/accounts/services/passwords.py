"""Passwords and one-time codes. Each verb runs in the caller's unit of work, and what is slow comes before it: the hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import select, update

from carbonlearn.accounts.models import LoginSession, OneTimeCode, User
from carbonlearn.accounts.queries import own_user, roles_of, user_by_login
from carbonlearn.accounts.rules import password
from carbonlearn.accounts.rules.reset import may_reset
from carbonlearn.accounts.services.signing_in import open_session, revoke_sessions
from carbonlearn.audit.services import record
from carbonlearn.core.errors import Invalid, Refused
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.infra.db import db
from carbonlearn.infra.passwords import hash_password
from carbonlearn.infra.tokens import new_code, token_hash

CODE_LASTS = timedelta(hours=24)
NewPassword = NewType("NewPassword", str)
"""The hash of a password that was found strong enough, made before any lock is taken."""


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """A one-time code that was good when it was looked at, whose it is, and the password that it is to set."""

    user_id: str
    code_hash: str
    password: NewPassword


def new_password(given: str, username: str) -> NewPassword:
    """Hash a new password: slow on purpose, so never inside a unit of work. Raises Invalid PASSWORD_WEAK."""
    faults = password.faults(given, username)
    if faults:
        raise Invalid("PASSWORD_WEAK", field="new", rule=faults[0])
    return NewPassword(hash_password(given))


def change_password(actor: Actor, new: NewPassword, now: datetime) -> None:
    """Set a new password and end every other session. The caller has checked the present one."""
    user = own_user(actor)
    _set_password(user, new)
    others = (LoginSession.user_id == user.id) & (LoginSession.token_hash != actor.session_hash)
    revoke_sessions(others, now)
    record("password:change", ("user", user.id), now=now, actor_id=actor.user_id, source="learner")


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


def check_code(login: str, code: str, new: str, now: datetime) -> CodeCheck:
    """Look at a one-time code and hash the new password; reads only.

    Raises Refused CODE_WRONG for any code that does not fit, without saying why; Invalid PASSWORD_WEAK.
    """
    user = user_by_login(login)
    wanted = token_hash(code.strip().upper().replace(" ", "").replace("-", ""))
    found = db.session.scalar(select(OneTimeCode).where(OneTimeCode.code_hash == wanted))
    if user is None or found is None or not _is_good(found, user, now):
        raise Refused("CODE_WRONG")
    return CodeCheck(user.id, wanted, new_password(new, user.username))


def redeem_code(check: CodeCheck, now: datetime, device: str) -> str:
    """Set the password by code and sign in; the session token. Raises Refused CODE_WRONG when the code was used meanwhile."""
    query = select(OneTimeCode).where(OneTimeCode.code_hash == check.code_hash).with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one()
    user = db.session.get_one(User, check.user_id, populate_existing=True)
    if not _is_good(found, user, now):
        raise Refused("CODE_WRONG")
    _set_password(user, check.password)
    found.used_at = now
    revoke_sessions(LoginSession.user_id == user.id, now)
    record("password:reset", ("user", user.id), now=now, actor_id=user.id, source="learner")
    return open_session(user.id, now, device)


def _is_good(code: OneTimeCode, user: User, now: datetime) -> bool:
    mine = code.user_id == user.id and user.disabled_at is None
    return mine and code.used_at is None and now < code.expires_at


def _set_password(user: User, new: NewPassword) -> None:
    user.password_hash = new
    user.must_change_password = False
