"""The study ledger: the lease that lets one device earn, the sessions, and the spans that every credited second belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id

IS_OPEN = text("is_open")
"""The condition of the index of open spans, in the words of the index: SQLite does not see that ``is_open = 1`` says the same, and would
read the whole ledger to find one open span."""


class StudyLease(Record):
    """One per learner: the generation that may earn now. Opening a lesson anywhere raises it."""

    __tablename__ = "study_leases"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    generation: Mapped[int]
    session_id: Mapped[str] = mapped_column(String(26))


class StudySession(Record):
    """One stretch of one lesson on one device, held under one generation of the lease."""

    __tablename__ = "study_sessions"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lessons.id"))
    lesson_version_id: Mapped[str] = mapped_column(ForeignKey("lesson_versions.id"))
    generation: Mapped[int]
    seq: Mapped[int] = mapped_column(default=0)  # of the last beat judged outside the hot path
    beat_at: Mapped[datetime]  # of the last evidence outside the hot path; the open span's own may be later
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(80))


class StudySpan(Record):
    """The ledger row: one unbroken part of a lesson that was followed. The open one grows with each beat; a closed one never changes.

    Positions and credit are milliseconds. ``limit_ms`` is where ground already covered begins: the span cannot grow past it.
    ``lesson_before_ms`` and ``enrolment_before_ms`` are the totals of all other spans when this one opened; since one lease holds all
    earning, they stay true while it grows, and a beat can answer with totals without adding up the ledger.
    """

    __tablename__ = "study_spans"
    __table_args__ = (
        Index(
            "uq_study_spans_one_open",
            "session_id",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_study_spans_enrolment_id_lesson_id", "enrolment_id", "lesson_id"),
        CheckConstraint("to_ms - from_ms = credited_ms", name="credit_is_coverage"),
        CheckConstraint("credited_ms >= 0", name="credit_not_negative"),
        CheckConstraint("to_ms <= limit_ms", name="within_limit"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("study_sessions.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"))
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lessons.id"))
    generation: Mapped[int]
    seq: Mapped[int]
    from_ms: Mapped[int] = mapped_column(BigInteger)
    to_ms: Mapped[int] = mapped_column(BigInteger)
    limit_ms: Mapped[int] = mapped_column(BigInteger)
    credited_ms: Mapped[int] = mapped_column(BigInteger)
    lesson_before_ms: Mapped[int] = mapped_column(BigInteger)
    enrolment_before_ms: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    is_open: Mapped[bool]
