"""What every test may ask for: a migrated database on either engine, a clock that obeys, the application, a client.

`--engine=sqlite` (the default), `postgresql` or `both` chooses where tests that use a database run; the pure rules run
once. `make test` says `both`.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.support.databases import PostgresDatabase, SqliteDatabase, WorkingDatabase
from tests.support.postgres import PostgresServer, PostgresUnavailable, remove_leftovers

# The application is loaded by the fixtures that need it: a test of pure rules must not wait for it.
if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from flask_sqlalchemy import SQLAlchemy

    from carbonlearn.infra.clock import SettableClock
    from carbonlearn.infra.config import Settings

# Machines are noisy: an example may take as long as it takes. The same examples come each time, so that a failure is a change.
hypothesis.settings.register_profile("carbonlearn", deadline=None, derandomize=True)
hypothesis.settings.load_profile("carbonlearn")

ENGINES = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}
SERVER = "CARBONLEARN_TEST_DATABASE_URL"
RUN = "CARBONLEARN_TEST_RUN"
START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
"""Monday, 2 November 2026, nine o'clock in Shanghai: where the clock stands when a test begins."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=sorted(ENGINES), default="sqlite", help="where database tests run")


def pytest_configure(config: pytest.Config) -> None:
    """Start the run's own PostgreSQL once, before any worker, unless an address is given."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    os.environ[RUN] = str(os.getpid())
    if "postgresql" in ENGINES[config.option.engine] and not os.environ.get(SERVER):
        remove_leftovers()
        try:
            server = PostgresServer().start()
        except PostgresUnavailable as error:
            pytest.exit(f"carbonlearn: {error}", returncode=1)
        atexit.register(server.stop)
        os.environ[SERVER] = server.url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses a database, however far down, runs once on each chosen engine."""
    if "engine_kind" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only_on")
        chosen = ENGINES[metafunc.config.option.engine]
        engines = [engine for engine in chosen if only is None or engine in only.args]
        metafunc.parametrize("engine_kind", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine_kind(request: pytest.FixtureRequest) -> str:
    """Either "sqlite" or "postgresql"."""
    return request.param


@pytest.fixture(scope="session")
def working_database(
    engine_kind: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[WorkingDatabase]:
    """This worker's database on this engine, not yet migrated."""
    database: WorkingDatabase
    if engine_kind == "sqlite":
        database = SqliteDatabase(tmp_path_factory.mktemp("sqlite"))
    else:
        database = PostgresDatabase(os.environ[SERVER], f"carbonlearn_test_{os.environ[RUN]}_{worker_id}")
    yield database
    database.drop()


@pytest.fixture(scope="session")
def settings(working_database: WorkingDatabase, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the tests' application."""
    from carbonlearn.infra.config import Settings

    return Settings.for_tests(working_database.url, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def _shared_clock() -> SettableClock:
    from carbonlearn.infra.clock import SettableClock

    return SettableClock(START)


@pytest.fixture(scope="session")
def _shared_app(
    settings: Settings, working_database: WorkingDatabase, _shared_clock: SettableClock
) -> Iterator[Flask]:
    """The application, made and migrated once; tests ask for `app`, which is the same one put back to its start."""
    from carbonlearn.factory import create_app
    from carbonlearn.infra import migrate

    app = create_app(settings, _shared_clock)
    migrate.upgrade(app, settings)
    _close_connections(app)
    working_database.keep()
    yield app
    _close_connections(app)


@pytest.fixture
def clock(_shared_clock: SettableClock) -> SettableClock:
    """The application's clock, standing at START: `clock.set(instant)`, `clock.advance(minutes=40)`."""
    _shared_clock.set(START)
    return _shared_clock


@pytest.fixture
def app(_shared_app: Flask, working_database: WorkingDatabase, clock: SettableClock) -> Flask:
    """The application on a freshly migrated database, so with no request counted against any limit."""
    _close_connections(_shared_app)
    working_database.reset()
    return _shared_app


@pytest.fixture
def make_client(app: Flask) -> Callable[[], FlaskClient]:
    """One more person with a browser of their own, each time it is called."""
    from tests.support.http import Client

    return lambda: Client(app, app.response_class, use_cookies=True)


@pytest.fixture
def client(make_client: Callable[[], FlaskClient]) -> FlaskClient:
    """A browser without a screen, signed out."""
    return make_client()


@pytest.fixture
def db(app: Flask) -> Iterator[SQLAlchemy]:
    """The database inside an application context: what a test of services needs."""
    from carbonlearn.infra.db import db as database_of_app

    with app.app_context():
        yield database_of_app
        database_of_app.session.remove()


@pytest.fixture
def make_app(app: Flask, settings: Settings, clock: SettableClock) -> Iterator[Callable[..., Flask]]:
    """Another application over the same database, with some settings changed: `make_app(env="production", ...)`."""
    from carbonlearn.factory import create_app
    from carbonlearn.infra.config import Settings

    made: list[Flask] = []

    def make(**over: Any) -> Flask:
        made.append(create_app(Settings.for_tests(settings.database_url, settings.data_dir, **over), clock))
        return made[-1]

    yield make
    for other in made:
        _close_connections(other)


@pytest.fixture
def repository() -> Path:
    """The top of the checkout."""
    return Path(__file__).resolve().parent.parent


def _close_connections(app: Flask) -> None:
    from carbonlearn.infra.db import db as database_of_app

    with app.app_context():
        database_of_app.session.remove()
        database_of_app.engine.dispose()
