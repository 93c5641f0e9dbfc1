"""The floor: a bare Flask route with one durable upsert of an answer, no rights, no rules, no receipt. What the machine can do at best."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from typing import Any

import psycopg
from flask import Flask, jsonify, request

ADDRESS = os.environ["BENCH_FLOOR_DATABASE"]
UPSERT = (
    "INSERT INTO floor_answers (attempt, slot, value) VALUES ({0}, {0}, {0}) "
    "ON CONFLICT (attempt, slot) DO UPDATE SET value = excluded.value"
)
TABLE = "CREATE TABLE IF NOT EXISTS floor_answers (attempt INTEGER, slot INTEGER, value TEXT, PRIMARY KEY (attempt, slot))"

application = Flask(__name__)
_local = threading.local()
_thread_lock = threading.Lock()


def _sqlite() -> sqlite3.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = sqlite3.connect(
            ADDRESS, isolation_level=None, check_same_thread=False, timeout=10
        )
        _local.connection.execute("PRAGMA synchronous=FULL")
        _local.lock = open(ADDRESS + ".lock", "a")  # noqa: SIM115 - held for the life of the thread
    connection: sqlite3.Connection = _local.connection
    return connection


def _postgres() -> psycopg.Connection[Any]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(ADDRESS, autocommit=True, prepare_threshold=1)
    connection: psycopg.Connection[Any] = _local.connection
    return connection


def _save(row: tuple[int, int, str]) -> None:
    if ADDRESS.startswith("postgres"):
        _postgres().execute(UPSERT.format("%s"), row)
        return
    connection = _sqlite()
    with _thread_lock:
        fcntl.flock(_local.lock, fcntl.LOCK_EX)
        try:
            connection.execute(UPSERT.format("?"), row)
        finally:
            fcntl.flock(_local.lock, fcntl.LOCK_UN)


@application.post("/save")
def save() -> Any:
    body = request.get_json()
    _save((body["attempt"], body["slot"], body["value"]))
    return jsonify(saved=True)


@application.get("/hello")
def hello() -> str:
    return "hello"


def make_table() -> None:
    """Create the floor's one table; on SQLite switch the file to WAL."""
    if ADDRESS.startswith("postgres"):
        with psycopg.connect(ADDRESS, autocommit=True) as connection:
            connection.execute(TABLE)
        return
    connection = sqlite3.connect(ADDRESS)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(TABLE)
    connection.close()


if __name__ == "__main__":
    make_table()
