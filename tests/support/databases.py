"""One database per worker and engine: migrated once, then put back to that state before each test that uses it.

SQLite: the migrated file is kept aside and copied over the working one. PostgreSQL: the rows that tests left are
deleted, triggers and foreign keys being off for that moment, and what the migrations had put in is put back; measured,
that is a hundred times faster than making the database anew from a template.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

LOCK_TIMEOUT = "20s"
GROWN_BYTES = 1_000_000  # a table of deleted rows slows every later scan; emptying it whole costs more than deleting a few


class WorkingDatabase(ABC):
    """The database of one worker. `url` stays the same for its whole life."""

    url: str

    @abstractmethod
    def keep(self) -> None:
        """Remember the present state (freshly migrated, no connection open) as the one to return to."""

    @abstractmethod
    def reset(self) -> None:
        """Return to the kept state. No transaction may be open."""

    @abstractmethod
    def empty(self) -> contextlib.AbstractContextManager[str]:
        """The address of another database without a single table, gone afterwards."""

    @abstractmethod
    def drop(self) -> None:
        """Remove the database."""


class SqliteDatabase(WorkingDatabase):
    """A file in the worker's temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "carbonlearn.sqlite3"
        self._kept = folder / "kept.sqlite3"
        self._numbers = count(1)
        self.url = f"sqlite:///{self._file}"

    def keep(self) -> None:
        with contextlib.closing(sqlite3.connect(self._file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self._file, self._kept)

    def reset(self) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{self._file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self._kept, self._file)

    @contextlib.contextmanager
    def empty(self) -> Iterator[str]:
        folder = self._folder / f"empty-{next(self._numbers)}"
        folder.mkdir()
        yield f"sqlite:///{folder / 'carbonlearn.sqlite3'}"
        shutil.rmtree(folder)

    def drop(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class PostgresDatabase(WorkingDatabase):
    """A database of its own on the run's server."""

    def __init__(self, server_url: str, name: str) -> None:
        self._server_url = make_url(server_url).set(drivername="postgresql")
        self._name = name
        self._numbers = count(1)
        self._create(name)
        self.url = self._address(name)
        self._keeper: psycopg.Connection | None = None

    def keep(self) -> None:
        self._keeper = psycopg.connect(self.url, autocommit=True)
        self._keeper.execute(KEEP)

    def reset(self) -> None:
        assert self._keeper is not None, "keep() comes first"
        self._keeper.execute("SELECT kept.reset()")

    @contextlib.contextmanager
    def empty(self) -> Iterator[str]:
        name = f"{self._name}_empty_{next(self._numbers)}"
        self._create(name)
        try:
            yield self._address(name)
        finally:
            self._drop(name)

    def drop(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
        self._drop(self._name)

    def _address(self, name: str) -> str:
        return self._server_url.set(database=name).render_as_string(hide_password=False)

    def _create(self, name: str) -> None:
        self._drop(name)
        self._administer(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        )

    def _drop(self, name: str) -> None:
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            self._server_url.render_as_string(hide_password=False), autocommit=True
        ) as connection:
            connection.execute(statement)


KEEP = f"""
CREATE SCHEMA kept;
CREATE TABLE kept.sequences AS SELECT sequencename AS name, start_value, last_value
  FROM pg_sequences WHERE schemaname = 'public';
CREATE TABLE kept.filled (name text);
DO $$
DECLARE name text; filled boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO filled;
    IF filled THEN
      INSERT INTO kept.filled VALUES (name);
      EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', 'rows_' || name, name);
    END IF;
  END LOOP;
END $$;
CREATE FUNCTION kept.reset() RETURNS void LANGUAGE plpgsql
SET session_replication_role = replica SET lock_timeout = '{LOCK_TIMEOUT}' AS $$
DECLARE name text; found boolean; grown text;
BEGIN
  SELECT string_agg(oid::regclass::text, ', ') INTO grown FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > {GROWN_BYTES};
  IF grown IS NOT NULL THEN
    EXECUTE 'TRUNCATE ' || grown || ' CASCADE';
  END IF;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO found;
    CONTINUE WHEN NOT found;
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT filled.name FROM kept.filled LOOP
    EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE TABLE kept.%I', name, 'rows_' || name);
  END LOOP;
  PERFORM setval(format('public.%I', s.name), coalesce(k.last_value, k.start_value), k.last_value IS NOT NULL)
    FROM kept.sequences k JOIN pg_sequences p ON p.sequencename = k.name AND p.schemaname = 'public'
    CROSS JOIN LATERAL (SELECT k.name) s
    WHERE p.last_value IS DISTINCT FROM k.last_value;
END $$;
"""
