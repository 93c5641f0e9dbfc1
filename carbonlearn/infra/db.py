"""The database: one Flask-SQLAlchemy object, one unit of work, the same promises on SQLite and PostgreSQL.

SQLite: WAL, ``synchronous=FULL`` (an acknowledged write survives a power cut), writers queued by a lock of ours because SQLite's own
busy handler sleeps and is unfair. PostgreSQL: read committed, row locks where a service reads to decide.
"""

from __future__ import annotations

import contextlib
import fcntl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, Engine, Executable, Integer, MetaData, String, event
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator

from carbonlearn.infra.config import Settings
from carbonlearn.infra.hot import HotPath

WRITE, LAST = "carbonlearn_write", "carbonlearn_last"
BUSY_TIMEOUT_MS = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_MICROSECOND = timedelta(microseconds=1)
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def microseconds(instant: datetime) -> int:
    """An aware instant as whole microseconds since 1970 UTC. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware")
    return (instant - EPOCH) // ONE_MICROSECOND


def instant(value: int) -> datetime:
    """The aware UTC instant of a number of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored as whole microseconds since 1970 UTC.

    A number and no timestamp type, because then one SQL statement can subtract and compare instants in the same words on both
    engines, which the hot paths need. Naive values are refused; aware UTC values come back.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


BigId = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database counts up: for rows that are appended and never addressed from outside."""

Id = String(26)
"""An unguessable public id (128 random bits, Crockford base32)."""


class least(GenericFunction[Any]):
    """The smallest of its arguments: LEAST on PostgreSQL, two-argument MIN on SQLite."""

    inherit_cache = True


@compiles(least, "sqlite")
def _least_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"min({compiler.process(element.clauses, **kw)})"


class Record(DeclarativeBase):
    """Parent of every model; fixes constraint names so that migrations can name them."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON},
    )


db = SQLAlchemy(model_class=Record, session_options={"autoflush": False})


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the database of these settings to the application."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    options: dict[str, Any] = {"pool_pre_ping": False}
    if settings.is_sqlite:
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        options["connect_args"] = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
        options["pool_size"] = settings.threads + 4
    else:
        options |= {"pool_size": settings.threads + 2, "max_overflow": 8, "pool_pre_ping": True}
        options["connect_args"] = {"prepare_threshold": 1}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        if settings.is_sqlite:
            _prepare_sqlite(db.engine)
        app.extensions["carbonlearn_hot"] = HotPath(db.engine, _queue_of(db.engine))


def _prepare_sqlite(engine: Engine) -> None:
    path = engine.url.database or ""
    queue = WriterQueue(path + ".lock")
    engine.dialect.carbonlearn_queue = queue  # type: ignore[attr-defined]

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must leave BEGIN to us
        for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get(WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    with queue, engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        # WAL is switched on once, under the lock: two processes switching a fresh file at once fail.
        if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            raw.execute("PRAGMA journal_mode=WAL")


class WriterQueue:
    """Lets one writer at a time into an SQLite file: a lock between threads, then a file lock between processes.

    First come, first served is near enough; without it SQLite's busy handler sleeps and a writer may starve for seconds. Near enough is
    not enough beside a process that writes row after row: it takes the file lock again before another has woken up. Such a one rests
    ``rest_seconds`` after each time.
    """

    rest_seconds = 0.0

    def __init__(self, path: str) -> None:
        self._thread_lock = threading.Lock()
        self._file = open(path, "a")  # noqa: SIM115 - held open for the life of the process

    def __enter__(self) -> None:
        self._thread_lock.acquire()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._thread_lock.release()
            raise

    def __exit__(self, *exc: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._thread_lock.release()
        if self.rest_seconds:
            time.sleep(self.rest_seconds)


def rest_between_writes(seconds: float) -> None:
    """For a process in no hurry, such as the scheduler: let those who wait for SQLite's lock in before writing again."""
    queue = _queue_of(db.engine)
    if isinstance(queue, WriterQueue):
        queue.rest_seconds = seconds


def _queue_of(engine: Engine) -> contextlib.AbstractContextManager[Any]:
    return getattr(engine.dialect, "carbonlearn_queue", contextlib.nullcontext())


@contextlib.contextmanager
def unit_of_work() -> Iterator[None]:
    """Everything inside is stored together or not at all. The only commit of the program; nesting is an error.

    It leaves the read snapshot first, so objects loaded before are loaded anew when used.
    """
    session = db.session
    if session.info.get(WRITE):
        raise RuntimeError("a unit of work must not be nested")
    session.rollback()
    with _queue_of(db.engine):
        session.connection(execution_options={WRITE: True})
        session.info[WRITE] = True
        try:
            yield
            for step, given in session.info.pop(LAST, {}).items():
                step(given)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(WRITE, None)
            session.info.pop(LAST, None)


def left_to_the_end(step: Callable[[list[Any]], None]) -> list[Any]:
    """What ``step`` will be given as the last thing of this unit of work, in the same transaction: for a row that all writers share, so
    that each holds it for a moment only, and all take it after everything else."""
    steps: dict[Callable[[list[Any]], None], list[Any]] = db.session.info.setdefault(LAST, {})
    return steps.setdefault(step, [])


def in_unit_of_work() -> bool:
    return bool(db.session.registry.has() and db.session.info.get(WRITE))


def execute_hot(app: Flask, statement: Executable, parameters: dict[str, Any]) -> Any | None:
    """Run one writing statement that carries all its checks, committed when this returns; its row, or None when a check failed.

    For beats, saved answers and starts: no session, no object, no second statement. The statement must be safe to repeat.
    """
    if in_unit_of_work():
        raise RuntimeError("a hot statement must not run inside a unit of work")
    hot: HotPath = app.extensions["carbonlearn_hot"]
    with hot.queue:
        return hot.execute(statement, parameters)


def read_hot(statement: Executable, parameters: dict[str, Any]) -> Sequence[Any]:
    """The rows of a reading statement by the short way; inside a unit of work by its own connection, which sees what it wrote.

    Columns alone, no objects. For what nearly every request asks.
    """
    if in_unit_of_work():
        return db.session.execute(statement, parameters).all()
    hot: HotPath = current_app.extensions["carbonlearn_hot"]
    return hot.rows(statement, parameters)
