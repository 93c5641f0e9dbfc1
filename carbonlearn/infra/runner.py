"""The scheduler: APScheduler gives the ticks; a tick claims each due job by a unique row, so any number of processes is harmless.

There are two lanes, each with a tick and a thread of its own: what must be on time, and what is slow. It runs in
``carbonlearn jobs run``, a process of its own, never in a web worker and never at import.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from carbonlearn.core.job import Job
from carbonlearn.infra.clock import Clock, stopwatch
from carbonlearn.infra.db import EPOCH, db, rest_between_writes, unit_of_work
from carbonlearn.infra.models import JobRun

log = logging.getLogger("carbonlearn.jobs")

TICK_SECONDS = 5
TEST_TICK_SECONDS = 1
REST_SECONDS = 0.002
KEPT = timedelta(days=2)
"""How long a run is remembered: the desk counts a day's failures; with a run each five seconds the table would only grow."""


def slot_of(job: Job, now: datetime) -> str:
    """The name of the slot that ``now`` falls in: the start of the job's current interval."""
    start = EPOCH + ((now - EPOCH) // job.every) * job.every
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")


def tick(jobs: Sequence[Job], now: datetime) -> int:
    """Run every job whose slot nobody has claimed yet; how many ran. One failing job does not stop the others."""
    return sum(_run_once(job, now) for job in jobs)


def run_all(jobs: Sequence[Job], now: datetime) -> dict[str, int]:
    """Run each sweep now, whatever the slots say (``jobs run --once``, tests); what each changed."""
    return {job.name: job.sweep(now) for job in jobs}


def _run_once(job: Job, now: datetime) -> bool:
    claim = _claim(job, now)
    if claim is None:
        return False
    started = stopwatch()
    touched, error = 0, ""
    try:
        touched = job.sweep(now)
    except Exception as fault:
        db.session.rollback()
        error = type(fault).__name__
        log.exception("job %s failed", job.name)
    with unit_of_work():
        run = db.session.get_one(JobRun, claim)
        run.finished_at, run.touched, run.error = now, touched, error
        run.duration_ms = round((stopwatch() - started) * 1000)
        old = JobRun.kind == job.name, JobRun.started_at < now - KEPT
        db.session.execute(delete(JobRun).where(*old))
    return True


def _claim(job: Job, now: datetime) -> int | None:
    slot = slot_of(job, now)
    known = db.session.scalar(select(JobRun.id).where(JobRun.kind == job.name, JobRun.slot == slot))
    if known is not None:
        return None
    try:
        with unit_of_work():
            run = JobRun(kind=job.name, slot=slot, started_at=now)
            db.session.add(run)
            db.session.flush()
            return run.id
    except IntegrityError:
        return None  # another process was first


def run_forever(app: Flask, jobs: Sequence[Job], clock: Clock, every_seconds: int = TICK_SECONDS) -> None:
    """Tick until the process is told to stop."""
    with app.app_context():
        rest_between_writes(REST_SECONDS)
    scheduler = scheduler_of(app, jobs, clock, every_seconds)
    _tick_of(app, lanes_of(jobs)[0], clock)()
    scheduler.start()


def lanes_of(jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """What must be on time, and what is slow."""
    return [job for job in jobs if not job.is_slow], [job for job in jobs if job.is_slow]


def scheduler_of(app: Flask, jobs: Sequence[Job], clock: Clock, every_seconds: float) -> BlockingScheduler:
    """A scheduler with a tick for each lane, not started.

    A tick that is still at it is not begun again; the slots that pass meanwhile are no loss.
    """
    scheduler = BlockingScheduler(timezone=UTC)
    for lane in filter(None, lanes_of(jobs)):
        scheduler.add_job(
            _tick_of(app, lane, clock),
            "interval",
            seconds=every_seconds,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    return scheduler


def _tick_of(app: Flask, lane: Sequence[Job], clock: Clock) -> Callable[[], None]:
    def one_tick() -> None:
        with app.app_context():
            try:
                tick(lane, clock.now())
            finally:
                db.session.remove()

    return one_tick
