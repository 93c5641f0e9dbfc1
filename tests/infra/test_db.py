from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from carbonlearn.accounts.models import RoleGrant
from carbonlearn.factory import create_app
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import execute_hot, in_unit_of_work, instant, microseconds, unit_of_work
from carbonlearn.infra.models import ClockOffset, JobRun
from tests.conftest import START

THREADS, TURNS = 8, 40


def a_run(slot: str = "one", at: datetime = START) -> JobRun:
    return JobRun(kind="test.db", slot=slot, started_at=at)


def slots(db: SQLAlchemy) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JobRun.slot).order_by(JobRun.slot)))


# --------------------------------------------------------------------------------------------- the unit of work


def test_a_unit_of_work_stores_all_that_is_inside(db: SQLAlchemy) -> None:
    with unit_of_work():
        db.session.add(a_run("one"))
        db.session.flush()
        db.session.add(a_run("two"))
    assert slots(db) == ["one", "two"]


def test_a_unit_of_work_that_fails_stores_nothing(db: SQLAlchemy) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work():
        db.session.add(a_run())
        db.session.flush()
        raise ZeroDivisionError
    assert slots(db) == []


def test_a_stop_signal_inside_a_unit_of_work_stores_nothing(db: SQLAlchemy) -> None:
    with pytest.raises(KeyboardInterrupt), unit_of_work():
        db.session.add(a_run())
        db.session.flush()
        raise KeyboardInterrupt
    assert slots(db) == []


def test_a_row_that_the_database_refuses_at_the_end_takes_the_others_with_it(db: SQLAlchemy) -> None:
    with unit_of_work():
        db.session.add(a_run("one"))
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.add_all([a_run("two"), a_run("one")])
    assert slots(db) == ["one"]


def test_what_was_changed_outside_a_unit_is_not_carried_into_it(db: SQLAlchemy) -> None:
    db.session.add(a_run("stray"))
    with unit_of_work():
        db.session.add(a_run("meant"))
    assert slots(db) == ["meant"]


def test_a_unit_of_work_inside_another_is_an_error_and_leaves_nothing(db: SQLAlchemy) -> None:
    with pytest.raises(RuntimeError, match="nested"), unit_of_work():
        db.session.add(a_run())
        with unit_of_work():
            pass
    assert slots(db) == []
    assert not in_unit_of_work()
    with unit_of_work():
        db.session.add(a_run("after"))
    assert slots(db) == ["after"]


def test_the_session_knows_whether_it_stands_in_a_unit_of_work(db: SQLAlchemy) -> None:
    assert not in_unit_of_work()
    with unit_of_work():
        assert in_unit_of_work()
    assert not in_unit_of_work()


def test_an_object_loaded_before_the_unit_is_read_anew_inside_it(db: SQLAlchemy, app: Flask) -> None:
    with unit_of_work():
        db.session.add(ClockOffset(id=1, microseconds=1))
    row = db.session.get_one(ClockOffset, 1)
    assert row.microseconds == 1
    with app.app_context(), unit_of_work():
        database.session.get_one(ClockOffset, 1).microseconds = 7
    with unit_of_work():
        assert row.microseconds == 7


# ------------------------------------------------------------------------------------------------- the hot path


def a_bump() -> object:
    return (
        update(ClockOffset)
        .where(ClockOffset.id == 1, ClockOffset.microseconds < 5)
        .values(microseconds=ClockOffset.microseconds + 1)
        .returning(ClockOffset.microseconds)
    )


def test_a_hot_statement_is_stored_when_it_returns(db: SQLAlchemy, app: Flask) -> None:
    with unit_of_work():
        db.session.add(ClockOffset(id=1, microseconds=3))
    db.session.rollback()
    assert execute_hot(app, a_bump(), {}) == (4,)
    with app.app_context():
        assert database.session.get_one(ClockOffset, 1).microseconds == 4


def test_a_hot_statement_whose_check_fails_changes_nothing_and_says_so(db: SQLAlchemy, app: Flask) -> None:
    with unit_of_work():
        db.session.add(ClockOffset(id=1, microseconds=5))
    db.session.rollback()
    assert execute_hot(app, a_bump(), {}) is None
    assert db.session.get_one(ClockOffset, 1).microseconds == 5


@pytest.mark.only_on("postgresql")  # a file has no server that could end a connection
def test_a_hot_statement_outlives_a_connection_that_broke(db: SQLAlchemy, app: Flask) -> None:
    with unit_of_work():
        db.session.add(ClockOffset(id=1, microseconds=3))
    pid = app.extensions["carbonlearn_hot"].connection().info.backend_pid
    db.session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    db.session.rollback()
    assert execute_hot(app, a_bump(), {}) == (4,)


def test_disposing_of_the_engine_closes_the_hot_connections_too(db: SQLAlchemy, app: Flask) -> None:
    before = app.extensions["carbonlearn_hot"].connection()
    db.engine.dispose()
    assert app.extensions["carbonlearn_hot"].connection() is not before
    with pytest.raises(db.engine.dialect.dbapi.Error):
        before.execute("SELECT 1")


def test_a_hot_statement_inside_a_unit_of_work_is_refused(db: SQLAlchemy, app: Flask) -> None:
    with pytest.raises(RuntimeError, match="unit of work"), unit_of_work():
        execute_hot(app, a_bump(), {})


# -------------------------------------------------------------------------------------------------- instants


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 28, 1, 0, 0, 123456, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_to_the_microsecond_and_aware(db: SQLAlchemy, at: datetime) -> None:
    with unit_of_work():
        db.session.add(a_run(at=at))
    db.session.rollback()
    found = db.session.scalars(select(JobRun)).one().started_at
    assert found == at
    assert found.utcoffset() == timedelta(0)


def test_an_instant_given_in_another_zone_is_the_same_instant(db: SQLAlchemy) -> None:
    shanghai = START.astimezone(timezone(timedelta(hours=8)))
    with unit_of_work():
        db.session.add(a_run(at=shanghai))
    assert db.session.scalar(select(JobRun.slot).where(JobRun.started_at == START)) == "one"


def test_a_naive_instant_is_refused_before_it_is_stored(db: SQLAlchemy) -> None:
    with pytest.raises(StatementError, match="aware"), unit_of_work():
        db.session.add(a_run(at=START.replace(tzinfo=None)))
    assert slots(db) == []


def test_a_naive_instant_is_refused_in_a_question_too(db: SQLAlchemy) -> None:
    with pytest.raises(StatementError, match="aware"):
        db.session.scalar(select(JobRun.id).where(JobRun.started_at < START.replace(tzinfo=None)))


def test_microseconds_and_instants_are_each_others_inverse() -> None:
    assert instant(microseconds(START)) == START
    assert microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
    with pytest.raises(ValueError, match="aware"):
        microseconds(datetime(2026, 1, 1))  # noqa: DTZ001 - a naive one is what is tried


def test_a_row_that_points_at_nobody_is_refused(db: SQLAlchemy) -> None:
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.add(RoleGrant(user_id="0" * 26, role="learner", granted_at=START))


# ------------------------------------------------------------------------------------------- SQLite, on a file


@pytest.fixture
def file_app(tmp_path: Path) -> Iterator[Flask]:
    """An application on a fresh SQLite file that holds one counter, at nought."""
    app = create_app(Settings.for_tests(f"sqlite:///{tmp_path / 'new' / 'file.sqlite3'}", tmp_path))
    with app.app_context():
        ClockOffset.metadata.tables["clock_offsets"].create(database.engine)
        with unit_of_work():
            database.session.add(ClockOffset(id=1, microseconds=0))
    yield app
    with app.app_context():
        database.session.remove()
        database.engine.dispose()


def pragma(name: str) -> object:
    return database.session.execute(text(f"PRAGMA {name}")).scalar_one()


def test_an_sqlite_file_keeps_acknowledged_writes_over_a_power_cut(file_app: Flask) -> None:
    with file_app.app_context():
        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2, "FULL: NORMAL may lose what was acknowledged"
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") >= 5000
    hot = file_app.extensions["carbonlearn_hot"].connection()
    assert hot.execute("PRAGMA synchronous").fetchone() == (2,)
    assert hot.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_every_connection_of_the_pool_has_the_same_promises(file_app: Flask) -> None:
    with file_app.app_context():
        held = [database.engine.connect() for _ in range(4)]
        found = [
            (
                c.exec_driver_sql("PRAGMA synchronous").scalar_one(),
                c.exec_driver_sql("PRAGMA foreign_keys").scalar_one(),
            )
            for c in held
        ]
        for connection in held:
            connection.close()
    assert found == [(2, 1)] * 4


def test_a_unit_of_work_holds_the_write_lock_before_it_reads(file_app: Flask) -> None:
    with file_app.app_context():
        path = database.engine.url.database
        stranger = sqlite3.connect(path or "", timeout=0, isolation_level=None)
        with unit_of_work(), pytest.raises(sqlite3.OperationalError, match="locked"):
            stranger.execute("BEGIN IMMEDIATE")
        stranger.execute("BEGIN IMMEDIATE")
        stranger.execute("ROLLBACK")
        stranger.close()


def test_a_reader_does_not_take_the_write_lock(file_app: Flask) -> None:
    with file_app.app_context():
        stranger = sqlite3.connect(database.engine.url.database or "", timeout=0, isolation_level=None)
        database.session.get_one(ClockOffset, 1)
        stranger.execute("BEGIN IMMEDIATE")
        stranger.execute("UPDATE clock_offsets SET microseconds = 9")
        stranger.execute("COMMIT")
        stranger.close()
        database.session.rollback()
        assert database.session.get_one(ClockOffset, 1).microseconds == 9


def in_threads(app: Flask, act: object, count: int = THREADS) -> list[BaseException]:
    """Run the act in so many threads at once, each with an application context; what went wrong."""
    faults: list[BaseException] = []
    gate = threading.Barrier(count)

    def work() -> None:
        with app.app_context():
            gate.wait()
            try:
                act()  # type: ignore[operator]
            except BaseException as error:
                faults.append(error)
            finally:
                database.session.remove()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return faults


def test_eight_threads_that_read_and_then_write_lose_nothing_and_never_find_the_file_locked(
    file_app: Flask,
) -> None:
    def count_up() -> None:
        for _ in range(TURNS):
            with unit_of_work():
                row = database.session.get_one(ClockOffset, 1)
                row.microseconds = row.microseconds + 1

    assert in_threads(file_app, count_up) == []
    with file_app.app_context():
        assert database.session.get_one(ClockOffset, 1).microseconds == THREADS * TURNS


def test_hot_statements_and_units_of_work_take_turns(file_app: Flask) -> None:
    bump = update(ClockOffset).values(microseconds=ClockOffset.microseconds + 1).returning(ClockOffset.id)

    def both() -> None:
        for _ in range(TURNS // 2):
            assert execute_hot(file_app, bump, {}) is not None
            with unit_of_work():
                row = database.session.get_one(ClockOffset, 1)
                row.microseconds = row.microseconds + 1

    assert in_threads(file_app, both, 4) == []
    with file_app.app_context():
        assert database.session.get_one(ClockOffset, 1).microseconds == 4 * TURNS


def test_a_failed_unit_lets_the_next_writer_in(file_app: Flask) -> None:
    with file_app.app_context():
        with pytest.raises(ZeroDivisionError), unit_of_work():
            raise ZeroDivisionError
        with unit_of_work():
            database.session.execute(insert(ClockOffset).values(id=2, microseconds=0))
        assert database.session.get(ClockOffset, 2) is not None
