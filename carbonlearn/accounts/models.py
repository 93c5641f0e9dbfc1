"""People and how they come in: accounts, bases, roles granted in a base, sessions as rows, failed sign-ins, one-time codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id


class TrainingBase(Record):
    """A training base, or the association itself (``kind`` association)."""

    __tablename__ = "bases"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    en: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(16))  # base | association
    created_at: Mapped[datetime]


class User(Record):
    """A person with an account. Phone and ID number are encrypted; the blind index finds them again."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    phone_encrypted: Mapped[str | None] = mapped_column(Text)
    phone_index: Mapped[str | None] = mapped_column(String(32), unique=True)
    id_number_encrypted: Mapped[str | None] = mapped_column(Text)
    id_number_index: Mapped[str | None] = mapped_column(String(32), unique=True)
    photo_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class RoleGrant(Record):
    """A role given to a person in a base, or in the association when ``base_id`` is empty."""

    __tablename__ = "role_grants"
    __table_args__ = (Index("ix_role_grants_user_id_revoked_at", "user_id", "revoked_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(String(24))
    base_id: Mapped[str | None] = mapped_column(ForeignKey("bases.id"), index=True)
    granted_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccountEvent(Record):
    """An account was closed (disable) or opened again (enable), by whom and why. Appended, never changed."""

    __tablename__ = "account_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    event: Mapped[str] = mapped_column(String(16))  # disable | enable
    reason: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class LoginSession(Record):
    """A signed-in device. The cookie holds a random token; here stands its hash.

    ``last_seen_at`` moves when a page is opened, once a minute at most; heartbeats and saved answers leave it alone.
    """

    __tablename__ = "login_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    stepped_up_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInFailure(Record):
    """A failed sign-in, counted in two buckets of their own: the account named, and the address it came from (hashed)."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_bucket_at", "bucket", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    bucket: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]


class OneTimeCode(Record):
    """A code by which a person sets a new password; made by an administrator, used once."""

    __tablename__ = "one_time_codes"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
