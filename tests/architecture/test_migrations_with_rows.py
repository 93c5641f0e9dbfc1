"""An installation of the first revision that has rows in every table comes to the newest one with all of them, on both engines."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask_migrate import upgrade as alembic_upgrade
from sqlalchemy import JSON, Boolean, Connection, Date, Integer, LargeBinary, MetaData, Numeric, Table, select

from carbonlearn.factory import create_app
from carbonlearn.infra import migrate
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db
from tests.support.databases import WorkingDatabase

NOT_OURS = "alembic_version"
FITTING = {
    "study_spans": {"from_ms": 0, "to_ms": 1, "limit_ms": 7, "credited_ms": 1, "is_open": True},
    "sittings": {"status": "running"},
}
"""Where what suits every column would break a check constraint, or where the value is looked at afterwards."""


def test_rows_of_the_first_revision_come_through_every_later_one(
    working_database: WorkingDatabase, tmp_path: Path, clock: SettableClock, repository: Path
) -> None:
    first = ScriptDirectory(str(repository / "migrations")).get_bases()[0]
    with working_database.empty() as url:
        settings = Settings.for_tests(url, tmp_path)
        app = create_app(settings, clock)
        with app.app_context():
            alembic_upgrade(directory=str(migrate.FOLDER), revision=first)
            with db.engine.begin() as connection:
                before = _one_row_each(connection)
            db.engine.dispose()
        migrate.upgrade(app, settings)
        with app.app_context(), db.engine.connect() as connection:
            after = _rows(connection)
            db.session.remove()
        with app.app_context():
            db.engine.dispose()
    assert len(before) > 30, "the first revision had more tables"
    for name, row in before.items():
        assert {column: after[name][column] for column in row} == row, name
    assert after["study_spans"]["ground_ms"] == after["study_spans"]["limit_ms"] == 7
    assert (after["study_spans"]["recheck_at"], bool(after["study_spans"]["is_void"])) == (None, False)
    version = after["lesson_versions"]
    assert version["effective_from"] == version["published_at"]


def _one_row_each(connection: Connection) -> dict[str, dict[str, Any]]:
    """A row in every table, each naming the row of every table that it points at."""
    found = _reflected(connection)
    rows: dict[str, dict[str, Any]] = {}
    for table in found.sorted_tables:
        if table.name != NOT_OURS:
            rows[table.name] = _fitting(table, rows)
            connection.execute(table.insert(), rows[table.name])
    return _rows(connection)


def _fitting(table: Table, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        points_at = next(iter(column.foreign_keys), None)
        if points_at is not None:
            other = rows.get(points_at.column.table.name)
            row[column.name] = other[points_at.column.name] if other else None
        else:
            row[column.name] = _value(column.type)
    return row | FITTING.get(table.name, {})


def _value(kind: Any) -> Any:
    for one, value in (
        (Boolean, True), (Numeric, 1), (Integer, 1), (JSON, {}), (LargeBinary, b"x"), (Date, date(2026, 11, 21)),
    ):  # fmt: skip
        if isinstance(kind, one):
            return value
    return "x"


def _rows(connection: Connection) -> dict[str, dict[str, Any]]:
    tables = _reflected(connection).tables
    found = {name: connection.execute(select(table)).mappings().first() for name, table in tables.items()}
    return {name: dict(row) for name, row in found.items() if row is not None and name != NOT_OURS}


def _reflected(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found
