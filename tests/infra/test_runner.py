from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.admin.queries import job_rows
from carbonlearn.core.job import Job
from carbonlearn.infra import runner
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.models import JobRun
from carbonlearn.ops.queries import last_runs
from tests.conftest import START

MINUTE = timedelta(minutes=1)


def a_job(sweep: Callable[[datetime], object], name: str = "test.sweep", every: timedelta = MINUTE) -> Job:
    return Job(name, every, sweep)


def runs(db: SQLAlchemy) -> list[JobRun]:
    db.session.rollback()
    return list(db.session.scalars(select(JobRun).order_by(JobRun.id)))


def test_a_slot_is_named_by_the_start_of_its_interval() -> None:
    job = a_job(lambda now: 0, every=timedelta(minutes=15))
    assert runner.slot_of(job, START + timedelta(minutes=14, seconds=59)) == "2026-11-02T01:00:00Z"
    assert runner.slot_of(job, START + timedelta(minutes=15)) == "2026-11-02T01:15:00Z"


def test_a_job_runs_once_in_its_slot_and_again_in_the_next(db: SQLAlchemy) -> None:
    seen: list[datetime] = []
    job = a_job(lambda now: seen.append(now) or 3)
    assert [runner.tick([job], START + timedelta(seconds=s)) for s in (0, 5, 59, 60)] == [1, 0, 0, 1]
    assert seen == [START, START + MINUTE]
    assert [(run.slot, run.touched, run.error) for run in runs(db)] == [
        ("2026-11-02T01:00:00Z", 3, ""),
        ("2026-11-02T01:01:00Z", 3, ""),
    ]
    assert all(run.finished_at and run.duration_ms is not None for run in runs(db))


def test_runs_of_days_ago_are_forgotten_kind_by_kind(db: SQLAlchemy) -> None:
    jobs = [a_job(lambda now: 0), a_job(lambda now: 0, "test.other")]
    runner.tick(jobs, START)
    runner.tick(jobs[:1], START + runner.KEPT)
    assert len(runs(db)) == 3, "what is just old enough stays"
    runner.tick(jobs[:1], START + runner.KEPT + MINUTE)
    assert [(run.kind, run.started_at - START) for run in runs(db)] == [
        ("test.other", timedelta(0)),
        ("test.sweep", runner.KEPT),
        ("test.sweep", runner.KEPT + MINUTE),
    ]


def test_two_processes_that_tick_at_once_run_each_slot_once(app: Flask) -> None:
    ran: list[int] = []
    gate = threading.Barrier(4)
    faults: list[BaseException] = []
    job = a_job(lambda now: ran.append(1) or 1)

    def process() -> None:
        with app.app_context():
            try:
                for slot in range(10):
                    gate.wait(20)
                    runner.tick([job], START + slot * MINUTE)
            except BaseException as error:
                faults.append(error)
                gate.abort()
            finally:
                database.session.remove()

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert len(ran) == 10


def test_a_failing_job_does_not_stop_the_others_and_its_error_is_recorded(
    db: SQLAlchemy, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(now: datetime) -> int:
        raise LookupError("the holiday file is gone")

    ran: list[str] = []
    jobs = [a_job(fails, "test.fails"), a_job(lambda now: ran.append("next") or 1, "test.next")]
    assert runner.tick(jobs, START) == 2
    assert ran == ["next"]
    assert {run.kind: run.error for run in runs(db)} == {"test.fails": "LookupError", "test.next": ""}


def test_a_job_that_fails_inside_its_unit_of_work_leaves_nothing_half_done(db: SQLAlchemy) -> None:
    def half(now: datetime) -> int:
        with unit_of_work():
            database.session.add(JobRun(kind="test.left", slot="x", started_at=now))
            database.session.flush()
            raise ValueError

    runner.tick([a_job(half)], START)
    assert [(run.kind, run.error) for run in runs(db)] == [("test.sweep", "ValueError")]


def test_a_job_that_left_an_unsaved_row_behind_does_not_get_it_stored(db: SQLAlchemy) -> None:
    def careless(now: datetime) -> int:
        database.session.add(JobRun(kind="test.left", slot="x", started_at=now))
        return 1

    runner.tick([a_job(careless)], START)
    assert [run.kind for run in runs(db)] == ["test.sweep"]


def test_a_slow_job_keeps_none_from_being_on_time(app: Flask, clock: SettableClock) -> None:
    clock.set(START)
    begun, may_end, on_time = threading.Event(), threading.Event(), threading.Event()

    def reads_a_file(now: datetime) -> int:
        begun.set()
        return int(may_end.wait(30))

    def closes_sittings(now: datetime) -> int:
        if begun.is_set():
            on_time.set()
        clock.advance(seconds=2)
        return 1

    jobs = [
        Job("test.slow", timedelta(seconds=1), reads_a_file, is_slow=True),
        Job("test.swift", timedelta(seconds=1), closes_sittings),
    ]
    scheduler = runner.scheduler_of(app, jobs, clock, 0.05)
    thread = threading.Thread(target=scheduler.start)
    thread.start()
    try:
        assert begun.wait(20) and on_time.wait(20)
        assert not may_end.is_set()
    finally:
        may_end.set()
        scheduler.shutdown(wait=True)
        thread.join(20)


def test_a_slow_job_may_be_at_it_for_half_an_hour(db: SQLAlchemy) -> None:
    job = Job("test.slow", timedelta(seconds=5), lambda now: 0, is_slow=True)
    assert not job.is_late(START, START + timedelta(minutes=30))
    assert job.is_late(START, START + timedelta(minutes=31))


def test_what_opens_or_writes_item_files_is_slow_and_nothing_of_an_exam_is(app: Flask) -> None:
    swift, slow = runner.lanes_of(app.extensions["carbonlearn_jobs"])
    files = {"question_bank.read_files", "question_bank.apply_files", "question_bank.write_exports"}
    assert {job.name for job in slow} == files
    assert {"sittings.overdue", "exams.papers", "practice.mocks"} <= {job.name for job in swift}


def test_run_all_runs_every_sweep_whatever_the_slots_say(db: SQLAlchemy) -> None:
    jobs = [a_job(lambda now: 1, "test.one"), a_job(lambda now: 2, "test.two")]
    runner.tick(jobs, START)
    assert runner.run_all(jobs, START) == {"test.one": 1, "test.two": 2}


def test_a_job_is_late_five_minutes_after_it_should_have_run_and_when_it_never_ran(db: SQLAlchemy) -> None:
    job = a_job(lambda now: 0)
    assert job.is_late(last_runs().get(job.name), START)
    runner.tick([job], START)
    db.session.rollback()
    last = last_runs()[job.name]
    assert last == START
    assert not job.is_late(last, START + timedelta(minutes=6))
    assert job.is_late(last, START + timedelta(minutes=6, seconds=1))


def test_the_real_jobs_are_idempotent_on_an_empty_installation(
    app: Flask, db: SQLAlchemy, clock: SettableClock
) -> None:
    jobs = app.extensions["carbonlearn_jobs"]
    assert len({job.name for job in jobs}) == len(jobs) > 0
    runner.run_all(jobs, clock.now())
    again = runner.run_all(jobs, clock.now())
    assert set(again.values()) <= {0, None}


@pytest.mark.parametrize("name", ["marking", "marking.Objective", "marking objective", "", "a.b.c"])
def test_a_job_without_a_proper_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="named"):
        Job(name, MINUTE, lambda now: 0)


def test_a_job_more_than_once_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="second"):
        Job("test.sweep", timedelta(milliseconds=500), lambda now: 0)


def test_desk_and_readiness_call_the_same_jobs_late(db: SQLAlchemy) -> None:
    job = a_job(lambda now: 0, every=timedelta(seconds=10))
    runner.tick([job], START)
    for seconds in (90, 310, 311):
        at = START + timedelta(seconds=seconds)
        assert (
            [row.late for row in job_rows([job], at)]
            == [job.is_late(last_runs().get(job.name), at)]
            == [seconds > 310]
        )
