"""Bring the database to the newest schema, in process, under a lock: several processes may start at once."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from flask_migrate import upgrade as alembic_upgrade

from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def init_app(app: Flask) -> None:
    Migrate(app, db, directory=str(FOLDER), render_as_batch=True, compare_type=True)


def upgrade(app: Flask, settings: Settings) -> None:
    """Run every migration that this database has not seen."""
    with app.app_context(), _one_at_a_time(settings):
        if not is_current():
            alembic_upgrade(directory=str(FOLDER))


def is_current() -> bool:
    """Whether the database stands at the newest migration."""
    config = Migrate(directory=str(FOLDER)).get_config(str(FOLDER))
    head = ScriptDirectory.from_config(config).get_current_head()
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


@contextlib.contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "migrate.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
