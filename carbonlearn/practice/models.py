"""What practice leaves behind: answers, the book of wrong ones, stars, the day's handful; and mock sittings, in tables of their own.

Nothing here is read by anything that counts: no row of the calendar, of entitlements, results or certificates is ever a mock's.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id


class PracticeAnswer(Record):
    """One answer in practice, in the order in which the server received them. Only an open verdict is ever changed, once, by its writer.

    ``mode``: chapter, book, stars, daily, offline or mock. ``operation_id`` is the device's name for the answer: sent twice, kept once.
    """

    __tablename__ = "practice_answers"
    __table_args__ = (
        UniqueConstraint("user_id", "operation_id"),
        Index("ix_practice_answers_user_id_item_id", "user_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"))
    mode: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(Text)  # canonical JSON: list of letters, boolean, text, or null
    verdict: Mapped[str] = mapped_column(String(8))  # right | partly | wrong | open
    operation_id: Mapped[str] = mapped_column(String(40))
    answered_at: Mapped[datetime]


class PracticeCard(Record):
    """An item in somebody's book of wrong answers, with the state of the model of memory. ``left_at``: known, or taken out by hand."""

    __tablename__ = "practice_cards"
    __table_args__ = (Index("ix_practice_cards_user_id_due_at", "user_id", "left_at", "due_at"),)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True)
    entered_at: Mapped[datetime]
    wrong: Mapped[int]  # how often it was answered wrongly
    state: Mapped[int]
    step: Mapped[int | None]
    stability: Mapped[float | None]  # days
    difficulty: Mapped[float | None]
    due_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]


class PracticeStar(Record):
    """An item that somebody marked to find it again."""

    __tablename__ = "practice_stars"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True)
    at: Mapped[datetime]


class PracticeDay(Record):
    """The handful of one day on one track, fixed when it was begun. ``done_at``: when its last item was answered."""

    __tablename__ = "practice_days"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    job_type: Mapped[str] = mapped_column(String(32), primary_key=True)
    level: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    items: Mapped[list[Any]]  # item ids in their order
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class MockSitting(Record):
    """A mock exam of one person. Its life is that of a sitting, by the same rules; it has no window, booking, entitlement or result.

    ``parts`` of ``whole``: how much of the real paper it is. ``shown``: the ids of its items. ``points`` are of the objective items,
    ``own_points`` what the writer gave the short answers ({item number: hundredths by line of the rubric}).
    """

    __tablename__ = "mock_sittings"
    __table_args__ = (
        Index("ix_mock_sittings_status_must_submit_by", "status", "must_submit_by"),
        Index("ix_mock_sittings_user_id_started_at", "user_id", "started_at"),
        Index(
            "uq_mock_sittings_one_running",
            "user_id",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    job_type: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    parts: Mapped[int]
    whole: Mapped[int]
    item_count: Mapped[int]
    shown: Mapped[list[Any]] = mapped_column(default=list)
    total_points: Mapped[int]  # hundredths of a point
    pass_points: Mapped[int]  # hundredths of a point
    duration_seconds: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))  # running | submitted | timed_out
    started_at: Mapped[datetime]
    must_submit_by: Mapped[datetime]
    generation: Mapped[int] = mapped_column(default=1)
    device: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[datetime | None]
    answers_hash: Mapped[str | None] = mapped_column(String(64))
    receipt_code: Mapped[str | None] = mapped_column(String(9))
    points: Mapped[int | None]  # hundredths, of the objective items, once marked
    own_points: Mapped[dict[str, Any]]


class MockPaper(Record):
    """The sealed paper of one mock: face and key encrypted apart, with the hash of both, as a real one is. Half a year after it is over
    the paper goes; answers and points stay."""

    __tablename__ = "mock_papers"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("mock_sittings.id"), primary_key=True)
    seed: Mapped[str] = mapped_column(String(64))
    proof: Mapped[dict[str, Any]]
    face: Mapped[bytes] = mapped_column(LargeBinary)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class MockResponse(Record):
    """One saved revision of one answer of a mock. The newest counts; none is ever changed."""

    __tablename__ = "mock_responses"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("mock_sittings.id"), primary_key=True)
    item_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operation_id: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text)  # canonical JSON: list of letters, boolean, text, or null
    value_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
