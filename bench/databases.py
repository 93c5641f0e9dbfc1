"""The two databases that everything is measured on. PostgreSQL is durable here: it waits for the disk at each commit."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.support.postgres import OPTIONS, PostgresServer

ENGINES = ("sqlite", "pg")
SERVER = "CARBONLEARN_TEST_DATABASE_URL"
DURABLE = OPTIONS | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Where one engine's run takes place: a folder, the product's database and the floor's."""

    folder: Path
    url: str
    floor: str


@contextlib.contextmanager
def ground(engine: str) -> Iterator[Ground]:
    """A fresh folder and fresh databases; nothing of them is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="carbonlearn-bench-") as name:
        folder = Path(name)
        if engine == "sqlite":
            yield Ground(folder, f"sqlite:///{folder / 'carbonlearn.sqlite3'}", str(folder / "floor.sqlite3"))
            return
        with (
            _postgres() as address,
            _fresh(address, "carbonlearn_bench") as url,
            _fresh(address, "carbonlearn_floor") as floor,
        ):
            yield Ground(folder, url, floor)


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    given = os.environ.get(SERVER)
    if given:
        yield given
        return
    server = PostgresServer(DURABLE).start()
    try:
        yield server.url
    finally:
        server.stop()


@contextlib.contextmanager
def _fresh(address: str, purpose: str) -> Iterator[str]:
    """A database of this process on the server; its address as psycopg reads it."""
    name = f"{purpose}_{os.getpid()}"
    plain = make_url(address).set(drivername="postgresql")
    _execute(plain.render_as_string(hide_password=False), "CREATE DATABASE {}", name)
    try:
        yield plain.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(plain.render_as_string(hide_password=False), "DROP DATABASE {} WITH (FORCE)", name)


def address_of(url: str) -> URL:
    """The product's database for an engine of SQLAlchemy, with the driver that the product uses."""
    address = make_url(url)
    return address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address


def _execute(address: str, statement: str, name: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))  # type: ignore[arg-type]
