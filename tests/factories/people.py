"""People of tests: bases, accounts with roles, and browsers that are signed in."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from carbonlearn.accounts import queries, services
from carbonlearn.accounts.models import TrainingBase, User
from carbonlearn.core.identity import id_check_character
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.db import db, unit_of_work

PASSWORD = "a quiet green morning"
_numbers = count(1)


def an_id_number(number: int | None = None) -> str:
    """A valid resident identity number; a new one each time unless ``number`` is given."""
    serial = next(_numbers) if number is None else number
    digits = f"440106{1970 + serial // 280 % 30:04d}{1 + serial // 28 % 10:02d}{1 + serial % 28:02d}{serial % 1000:03d}"
    return digits + id_check_character(digits)


def a_phone(number: int | None = None) -> str:
    """A valid mobile number; a new one each time unless ``number`` is given."""
    return f"139{next(_numbers) if number is None else number:08d}"


def make_base(slug: str = "qingyuan", name: str = "清远示范培训基地", *, now: datetime) -> str:
    """The id of a training base, made once for each slug."""
    with unit_of_work():
        found = db.session.scalar(select(TrainingBase.id).where(TrainingBase.slug == slug))
        if found is None:
            base = TrainingBase(slug=slug, name=name, en=slug.title(), kind="base", created_at=now)
            db.session.add(base)
            db.session.flush()
            found = base.id
    return found


def make_user(
    *roles: Role,
    now: datetime,
    base_id: str | None = None,
    username: str | None = None,
    name: str = "林静",
    **more: Any,
) -> User:
    """An account with these roles, all in the base or (without one) in the association; its password is PASSWORD."""
    with unit_of_work():
        user = services.create_user(
            username or f"person{next(_numbers)}",
            name,
            now,
            initial_password=PASSWORD,
            must_change=False,
            **more,
        )
        for role in roles:
            services.grant_role(user.id, role, base_id, now)
    return user


def actor_of(user: User, now: datetime, *, stepped_up: bool = False) -> Actor:
    """The person as services see who asks: with a session of their own."""
    with unit_of_work():
        token = services.open_session(user.id, now, "test")
        db.session.flush()
        found = queries.actor_of_session(services.token_hash(token), now)
        assert found is not None
        if stepped_up:
            services.step_up(found, now)
    found = queries.actor_of_session(services.token_hash(token), now)
    assert found is not None
    return found


def sign_in(client: FlaskClient, user: User, now: datetime, *, stepped_up: bool = False) -> FlaskClient:
    """The browser signed in as the person, without the slow password; ``stepped_up``: who gave it again just now."""
    with unit_of_work():
        token = services.open_session(user.id, now, "test")
        db.session.flush()
        if stepped_up:
            actor = queries.actor_of_session(services.token_hash(token), now)
            assert actor is not None
            services.step_up(actor, now)
    client.set_cookie("carbonlearn", token)
    return client
