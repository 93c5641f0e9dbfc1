"""A person's place on a track: the enrolment, its reviews in two stages, its documents, its fee."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import Id, Record
from carbonlearn.infra.tokens import new_id


class Enrolment(Record):
    """One person in one track (job type and level of a programme version), recruited by one base."""

    __tablename__ = "enrolments"
    __table_args__ = (
        Index(
            "uq_enrolments_one_open_place",
            "user_id",
            "programme_key",
            "job_type",
            "level",
            unique=True,
            sqlite_where=text("status NOT IN ('expired', 'completed', 'withdrawn')"),
            postgresql_where=text("status NOT IN ('expired', 'completed', 'withdrawn')"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    base_id: Mapped[str] = mapped_column(ForeignKey("bases.id"), index=True)
    programme_key: Mapped[str] = mapped_column(ForeignKey("programmes.key"), index=True)
    programme_version_id: Mapped[str] = mapped_column(ForeignKey("programme_versions.id"))
    job_type: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(24), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    access_from: Mapped[datetime | None]
    access_until: Mapped[datetime | None]


class EnrolmentReview(Record):
    """A decision of one stage (base, association): approved or returned, with reasons by field. Appended, never changed."""

    __tablename__ = "enrolment_reviews"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    stage: Mapped[str] = mapped_column(String(16))
    decision: Mapped[str] = mapped_column(String(16))
    reasons: Mapped[dict[str, Any]]
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class EnrolmentDocument(Record):
    """A document handed in: what it is and the key of its bytes in the file store. A newer one replaces by being newer."""

    __tablename__ = "enrolment_documents"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    slug: Mapped[str] = mapped_column(String(32))
    file_key: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(40))
    added_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]


class Payment(Record):
    """A fee marked paid, in minor units, with the bank's remark as seen by who marked it."""

    __tablename__ = "payments"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    category: Mapped[str] = mapped_column(String(24))
    remark: Mapped[str] = mapped_column(Text, default="")
    marked_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
