from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.cli.serve import refuse_careless_database, refuse_taken_address
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


def test_a_second_server_on_the_same_address_is_refused(settings: Settings) -> None:
    """Workers share their port, so without this two installations would answer in turns."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match=f"cannot listen on {bind}"):
            refuse_taken_address(replace(settings, bind=bind))
    refuse_taken_address(replace(settings, bind=bind))
