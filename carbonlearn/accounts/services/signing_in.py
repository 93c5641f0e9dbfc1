"""Sign in and out: what is looked at, what is counted, and the sessions of a person's devices. Runs in the caller's unit of work."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import String, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError

from carbonlearn.accounts.models import LoginSession, SignInFailure, User
from carbonlearn.accounts.queries import failures_since, seen_actor, user_by_login
from carbonlearn.accounts.rules import lockout
from carbonlearn.audit.services import record
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import UtcDateTime, db, execute_hot
from carbonlearn.infra.passwords import password_matches
from carbonlearn.infra.tokens import new_token, token_hash

log = logging.getLogger("carbonlearn.accounts")

SESSION_LASTS = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
FAILURES_KEPT = timedelta(days=1)
"""Far longer than the rule of lock-out looks back, so that who asks the next morning can still be told."""

SEEN = (
    update(LoginSession)
    .where(
        LoginSession.token_hash == bindparam("session_hash", type_=String()),
        LoginSession.last_seen_at <= bindparam("before", type_=UtcDateTime()),
        LoginSession.revoked_at.is_(None),
    )
    .values(last_seen_at=bindparam("now", type_=UtcDateTime()))
    .returning(LoginSession.token_hash)
)


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


def forget_failures(now: datetime) -> int:
    """Delete failed sign-ins that no rule looks at any more; how many."""
    gone = db.session.execute(delete(SignInFailure).where(SignInFailure.at <= now - FAILURES_KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def arrive(session_hash: str, now: datetime) -> Actor | None:
    """The actor of a live session, of whom is noted, once a minute at most, that the device is in use.

    The note is one statement of its own, and a device list is not worth a failed page: where it cannot be written it is left out.
    """
    found = seen_actor(session_hash, now)
    if found is None:
        return None
    actor, seen_at = found
    if now - seen_at >= SEEN_EVERY:
        _note_seen(session_hash, now)
    return actor


def _note_seen(session_hash: str, now: datetime) -> None:
    given = {"session_hash": session_hash, "now": now, "before": now - SEEN_EVERY}
    try:
        execute_hot(current_app, SEEN, given)
    except DBAPIError:
        log.warning("a device's last use was not noted", exc_info=True)


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
    revoke_sessions(LoginSession.token_hash == actor.session_hash, now)
    record("session:close", ("user", actor.user_id), now=now, actor_id=actor.user_id, source="learner")


def revoke_session(session_id: str, actor: Actor, now: datetime) -> None:
    """End one session of one's own. Raises NotFound for anybody else's."""
    mine = (LoginSession.id == session_id) & (LoginSession.user_id == actor.user_id)
    if not revoke_sessions(mine, now):
        raise NotFound("SESSION_NOT_FOUND")
    record("session:revoke", ("session", session_id), now=now, actor_id=actor.user_id, source="learner")


def step_up(actor: Actor, now: datetime) -> None:
    """Note that the password was given again."""
    db.session.execute(
        update(LoginSession).where(LoginSession.token_hash == actor.session_hash).values(stepped_up_at=now)
    )
    record("session:step_up", ("user", actor.user_id), now=now, actor_id=actor.user_id)


def revoke_sessions(which: object, now: datetime) -> int:
    """End the live sessions that fit; how many."""
    done = db.session.execute(
        update(LoginSession).where(which, LoginSession.revoked_at.is_(None)).values(revoked_at=now)  # type: ignore[arg-type]
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
