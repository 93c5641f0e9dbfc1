"""The migrations and the models tell the same story, on both engines."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from carbonlearn.factory import create_app
from carbonlearn.infra import migrate
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db
from tests.support.databases import WorkingDatabase


def test_an_empty_database_upgraded_to_head_is_what_the_models_say(
    working_database: WorkingDatabase, tmp_path: Path, clock: SettableClock
) -> None:
    with working_database.empty() as url:
        settings = Settings.for_tests(url, tmp_path)
        app = create_app(settings, clock)
        migrate.upgrade(app, settings)
        assert differences(app) == []
        migrate.upgrade(app, settings)  # a second start finds nothing to do


def test_the_migrations_are_one_line_from_first_to_last(repository: Path) -> None:
    script = ScriptDirectory(str(repository / "migrations"))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def differences(app: Flask) -> list[object]:
    """What autogenerate would still write; an empty list when there is nothing."""
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                assert len(db.metadata.tables) > 1, "no model was loaded, so nothing was compared"
                return list(compare_metadata(context, db.metadata))
        finally:
            db.session.remove()
            db.engine.dispose()
