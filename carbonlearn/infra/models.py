"""Rows of the machine room: which job ran in which slot, and the movable clock of a test installation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Record


class JobRun(Record):
    """A slot of a job, claimed by the process that inserted the row: any number of processes, one run."""

    __tablename__ = "job_runs"
    __table_args__ = (
        UniqueConstraint("kind", "slot"),
        Index("ix_job_runs_kind_started_at", "kind", "started_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(48))
    slot: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    touched: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")


class ClockOffset(Record):
    """Microseconds by which a test installation's clock runs ahead. One row; only ``ENV=test`` reads it."""

    __tablename__ = "clock_offsets"

    id: Mapped[int] = mapped_column(primary_key=True)
    microseconds: Mapped[int] = mapped_column(BigInteger)


class Allowance(Record):
    """How many more tries one subject has until an instant. ``bucket``: a limit's name, its seconds, a keyed hash of the subject."""

    __tablename__ = "allowances"

    bucket: Mapped[str] = mapped_column(String(80), primary_key=True)
    room: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)
