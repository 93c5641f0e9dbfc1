"""One candidate's one attempt: the sitting, the journal of its answers, the journal of its events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id

STATUSES = "('ready', 'running', 'submitted', 'timed_out', 'terminated', 'absent', 'closed', 'void')"


class Sitting(Record):
    """The candidate's attempt. ``must_submit_by`` is fixed at the start; ``generation`` is the lease of the one device that may write."""

    __tablename__ = "sittings"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        Index("ix_sittings_status_must_submit_by", "status", "must_submit_by"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    booking_id: Mapped[str] = mapped_column(ForeignKey("exam_bookings.id"), unique=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    base_id: Mapped[str] = mapped_column(ForeignKey("bases.id"), index=True)
    window_id: Mapped[str] = mapped_column(ForeignKey("exam_windows.id"), index=True)
    paper_id: Mapped[str | None] = mapped_column(ForeignKey("papers.id"))
    item_count: Mapped[int] = mapped_column(default=0)
    duration_seconds: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(16))
    checked_in_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    must_submit_by: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(default=0)
    device: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[datetime | None]  # the completion time: of the hand-in, or the deadline itself
    answers_hash: Mapped[str | None] = mapped_column(String(64))
    receipt_code: Mapped[str | None] = mapped_column(String(9))


class Response(Record):
    """One saved revision of one answer. The newest accepted one counts; none is ever changed.

    ``deadline_at`` is the deadline that held when it was accepted.
    """

    __tablename__ = "responses"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), primary_key=True)
    item_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operation_id: Mapped[str] = mapped_column(String(40))
    generation: Mapped[int]
    value: Mapped[str] = mapped_column(Text)  # canonical JSON: list of letters, boolean, text, or null
    value_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    deadline_at: Mapped[datetime]


class SittingEvent(Record):
    """What happened to a sitting: check-in, start, takeover, hand-in, time out. Appended in the same transaction as the change."""

    __tablename__ = "sitting_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), index=True)
    event: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]
    actor_id: Mapped[str | None] = mapped_column(String(26))
    facts: Mapped[dict[str, Any]]
