"""Whether the installation is ready: database, migrations, clock, disk, scheduler. Each check is named and says what it found."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from carbonlearn.core.job import Job
from carbonlearn.infra import migrate
from carbonlearn.infra.clock import Clock, OffsetClock, SystemClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db
from carbonlearn.infra.models import JobRun

LEAST_FREE_BYTES = 200 * 1024 * 1024
MOST_SKEW = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Check:
    """One named check: passed or not, and what was found."""

    name: str
    passed: bool
    found: str


def readiness(settings: Settings, clock: Clock, jobs: Sequence[Job], now: datetime) -> list[Check]:
    """All checks; when the database does not answer, the others are not asked."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return [Check("database", False, type(error).__name__)]
    checks = [
        Check("database", True, db.engine.dialect.name),
        durable(),
        _migrations(),
        _disk(settings),
        _clock(clock),
    ]
    return checks + ([_scheduler(jobs, now)] if checks[2].passed else [])


def durable() -> Check:
    """Acknowledged writes must survive a power cut."""
    if db.engine.dialect.name == "sqlite":
        mode = db.session.execute(text("PRAGMA journal_mode")).scalar_one()
        level = db.session.execute(text("PRAGMA synchronous")).scalar_one()
        return Check("durable", mode == "wal" and level >= 2, f"journal_mode={mode} synchronous={level}")
    names = ("fsync", "full_page_writes", "synchronous_commit")
    found = {
        name: db.session.execute(text(f"SHOW {name}")).scalar_one() for name in names
    }  # names are ours, no input
    return Check(
        "durable",
        all(value not in ("off",) for value in found.values()),
        " ".join(f"{k}={v}" for k, v in found.items()),
    )


def _migrations() -> Check:
    current = migrate.is_current()
    return Check(
        "migrations", current, "current" if current else "behind: run carbonlearn serve or flask db upgrade"
    )


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.data_dir).free
    return Check("disk", free >= LEAST_FREE_BYTES, f"{free // 1024 // 1024} MiB free")


def _clock(clock: Clock) -> Check:
    inner = clock.inner if isinstance(clock, OffsetClock) else clock
    skew = inner.skew if isinstance(inner, SystemClock) else timedelta(0)
    return Check("clock", skew <= MOST_SKEW, f"skew {skew.total_seconds():.3f} s")


def _scheduler(jobs: Sequence[Job], now: datetime) -> Check:
    runs = last_runs()
    late = [job.name for job in jobs if job.is_late(runs.get(job.name), now)]
    return Check("scheduler", not late, "late: " + ", ".join(late) if late else f"{len(jobs)} jobs on time")


def last_runs() -> dict[str, datetime]:
    """When each kind of job last started."""
    rows = db.session.execute(
        select(JobRun.kind, func.max(JobRun.started_at).label("started")).group_by(JobRun.kind)
    )
    return {row.kind: row.started for row in rows}
