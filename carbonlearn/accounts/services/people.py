"""Whose account it is: opening one, correcting name and numbers, the language. Runs in the caller's unit of work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.accounts.queries import own_user
from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.passwords import hash_password
from carbonlearn.infra.tokens import new_digits


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


def set_locale(actor: Actor, locale: str, now: datetime) -> None:
    own_user(actor).locale = locale
    record("user:locale", ("user", actor.user_id), now=now, actor_id=actor.user_id, source="learner")


def _refuse_taken(user: User) -> None:
    for column, value, code in (
        (User.username, user.username, "USERNAME_TAKEN"),
        (User.phone_index, user.phone_index, "PHONE_TAKEN"),
        (User.id_number_index, user.id_number_index, "ID_NUMBER_TAKEN"),
    ):
        if value and db.session.scalar(select(User.id).where(column == value)):
            raise Conflict(code)
