"""Certificates: issued from a released pass and only so; what happens to one later is an event, never a change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id


class Certificate(Record):
    """A signed statement that a person passed. ``credential`` is the signed token; the payload is kept as signed."""

    __tablename__ = "certificates"
    __table_args__ = (UniqueConstraint("issuer", "year", "serial"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    result_id: Mapped[str] = mapped_column(ForeignKey("results.id"), unique=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    base_id: Mapped[str] = mapped_column(ForeignKey("bases.id"), index=True)
    programme_key: Mapped[str] = mapped_column(ForeignKey("programmes.key"), index=True)
    issuer: Mapped[str] = mapped_column(String(24))
    year: Mapped[int]
    serial: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(48), unique=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    holder_name: Mapped[str] = mapped_column(String(80))
    name_salt: Mapped[str | None] = mapped_column(String(32))  # None: it was signed with its salt inside
    payload: Mapped[dict[str, Any]]
    credential: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(64))
    demonstration: Mapped[bool] = mapped_column(default=False)
    photo_key: Mapped[str | None] = mapped_column(String(64))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    issued_at: Mapped[datetime]


class CertificateEvent(Record):
    """Something that happened to a certificate: issued, revoked, suspended, reinstated, superseded. The public sees the category only."""

    __tablename__ = "certificate_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificates.id"), index=True)
    event: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(24), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class VerificationCount(Record):
    """How often a certificate was looked up on a day: a counter, and nothing about who asked."""

    __tablename__ = "verification_counts"

    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int]
