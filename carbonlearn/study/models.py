"""The study ledger: the lease that lets one device earn, the sessions, the spans that every credited second belongs to, and what
stands beside them: presence checks, refusals, decisions about spans, and reviews that a person settles."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id

IS_OPEN = text("is_open")
"""The condition of the index of open spans, in the words of the index: SQLite does not see that ``is_open = 1`` says the same, and would
read the whole ledger to find one open span."""


def _own_limit(context: DefaultExecutionContext) -> int:
    """A span written without saying where covered ground begins goes as far as its limit."""
    given: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return int(given["limit_ms"])


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
    login_hash: Mapped[str | None] = mapped_column(String(64))  # which sign-in opened it: tells devices apart


class StudySpan(Record):
    """The ledger row: one unbroken part of a lesson that was followed. The open one grows with each beat; a closed one never changes.

    Positions and credit are milliseconds. ``ground_ms`` is where ground already covered begins. ``limit_ms`` is where the next thing
    must be judged: that ground, a presence check falling due, or the day's cap, whichever comes first; no beat of the hot path reaches
    it. ``recheck_at`` is the instant from which the same holds: the local midnight, the beginning of quiet hours.
    ``lesson_before_ms`` and ``enrolment_before_ms`` are the totals of all other spans when this one opened; since one lease holds all
    earning, they stay true while it grows, and a beat can answer with totals without adding up the ledger.
    ``beats`` and the sums beside it are the rhythm: server-side intervals of beats that earned, the intervals that were told, their
    squares and products in milliseconds, enough for a mean, a variance and a slope. A void span counts nowhere.
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
        Index("ix_study_spans_user_id_started_at", "user_id", "started_at"),
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
    ground_ms: Mapped[int] = mapped_column(BigInteger, default=_own_limit)
    recheck_at: Mapped[datetime | None]
    is_void: Mapped[bool] = mapped_column(default=False)
    beats: Mapped[int] = mapped_column(default=0)
    rhythm_sum_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    rhythm_sq: Mapped[int] = mapped_column(BigInteger, default=0)
    told_sum_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    told_sq: Mapped[int] = mapped_column(BigInteger, default=0)
    told_rhythm: Mapped[int] = mapped_column(BigInteger, default=0)


class StudyPresence(Record):
    """One per enrolment: the credited total (ms) at which the next check falls due; how often none could be asked for want of questions."""

    __tablename__ = "study_presence"

    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    due_ms: Mapped[int] = mapped_column(BigInteger)
    unasked: Mapped[int] = mapped_column(default=0)


class PresenceCheck(Record):
    """One presence question put to a learner, and the one answer that counts. ``attempt`` rises while answers are wrong."""

    __tablename__ = "presence_checks"
    __table_args__ = (
        Index(
            "uq_presence_checks_one_open",
            "enrolment_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index("ix_presence_checks_enrolment_id_asked_at", "enrolment_id", "asked_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("study_sessions.id"))
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lessons.id"))
    item_version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), index=True)
    asked_at: Mapped[datetime]
    order: Mapped[list[Any]] = mapped_column("option_order")  # the letters, as they were shown
    attempt: Mapped[int]
    answered_at: Mapped[datetime | None]
    choice: Mapped[list[Any] | None] = mapped_column(JSON)
    correct: Mapped[bool | None]


class StudyRefusal(Record):
    """What was claimed and not credited, and why. Refusals of one session for one reason that follow on each other grow one row.

    ``lost_ms`` is what of the ground claimed earned nothing though time passed; ``from_ms`` and ``to_ms`` are that ground.
    """

    __tablename__ = "study_refusals"
    __table_args__ = (
        Index("ix_study_refusals_enrolment_id_from_at", "enrolment_id", "from_at"),
        Index("ix_study_refusals_session_id_id", "session_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("study_sessions.id"))
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lessons.id"))
    reason: Mapped[str] = mapped_column(String(24))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    lost_ms: Mapped[int] = mapped_column(BigInteger)
    from_ms: Mapped[int] = mapped_column(BigInteger)
    to_ms: Mapped[int] = mapped_column(BigInteger)
    beats: Mapped[int]


class StudyReview(Record):
    """Something in a learner's study that a person should look at, with the figures that raised it. It takes nothing away by itself."""

    __tablename__ = "study_reviews"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "signal", "local_day"),
        Index("ix_study_reviews_status_raised_at", "status", "raised_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    signal: Mapped[str] = mapped_column(String(24))
    local_day: Mapped[date] = mapped_column(Date)
    evidence: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(8), default="open")  # open | kept | voided
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class StudyDecision(Record):
    """A person's word about one span: it counts no more, or it counts again. The newest one holds; ``is_void`` is its fold."""

    __tablename__ = "study_decisions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    span_id: Mapped[int] = mapped_column(BigId, ForeignKey("study_spans.id"), index=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    void: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    review_id: Mapped[str | None] = mapped_column(ForeignKey("study_reviews.id"))
    at: Mapped[datetime]
