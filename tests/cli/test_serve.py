from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.cli.serve import refuse_careless_database
from carbonlearn.infra.config import Settings, SettingsError


def test_production_refuses_a_database_that_may_lose_acknowledged_writes(
    app: Flask, db: SQLAlchemy, settings: Settings, engine_kind: str
) -> None:
    """The tests' own PostgreSQL gives up durability for speed; our SQLite never does."""
    refuse_careless_database(app, replace(settings, env="development"))
    production = replace(settings, env="production")
    if engine_kind == "sqlite":
        refuse_careless_database(app, production)
        return
    with pytest.raises(SettingsError, match=r"DATABASE_URL.*fsync=off"):
        refuse_careless_database(app, production)
