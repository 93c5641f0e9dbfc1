from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from carbonlearn.factory import create_app
from carbonlearn.infra import runner
from carbonlearn.infra.clock import SettableClock, SystemClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.ops import queries
from tests.support.http import Client

JSON = {"Accept": "application/json"}


def checks(client: FlaskClient) -> tuple[int, dict[str, bool]]:
    answer = client.get("/readyz")
    assert answer.json["ready"] is (answer.status_code == 200)
    return answer.status_code, {check["name"]: check["passed"] for check in answer.json["checks"]}


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").json) == (200, {"status": "alive"})


def test_an_installation_is_ready_once_its_jobs_have_run(
    app: Flask, db: SQLAlchemy, client: FlaskClient, clock: SettableClock, engine_kind: str
) -> None:
    status, found = checks(client)
    assert (status, found["scheduler"]) == (503, False)
    runner.tick(app.extensions["carbonlearn_jobs"], clock.now())
    status, found = checks(client)
    assert {"database", "durable", "migrations", "disk", "clock", "scheduler"} <= set(found)
    if engine_kind == "sqlite":  # the tests' own PostgreSQL gives up durability for speed, and is told so
        assert (status, set(found.values())) == (200, {True})


def test_a_job_that_stopped_makes_it_not_ready_and_is_named(
    app: Flask, db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    runner.tick(app.extensions["carbonlearn_jobs"], clock.now())
    clock.advance(days=2)
    assert checks(client)[1]["scheduler"] is False
    assert "marking.objective" in client.get("/readyz").text


def test_a_schema_that_is_behind_makes_it_not_ready(db: SQLAlchemy, client: FlaskClient) -> None:
    with unit_of_work():
        kept = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        db.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    try:
        status, found = checks(client)
        assert (status, found["migrations"]) == (503, False)
    finally:
        with unit_of_work():
            db.session.execute(text("UPDATE alembic_version SET version_num = :kept"), {"kept": kept})


def test_a_full_disk_makes_it_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "LEAST_FREE_BYTES", 10**18)
    assert checks(client)[1]["disk"] is False


def test_a_clock_that_stands_off_makes_it_not_ready(app: Flask, db: SQLAlchemy) -> None:
    clock = SystemClock(lambda: SystemClock().now() - timedelta(seconds=3))
    now = clock.now()
    settings = app.extensions["carbonlearn_settings"]
    found = {check.name: check for check in queries.readiness(settings, clock, (), now)}
    assert not found["clock"].passed
    assert "3." in found["clock"].found or "2.9" in found["clock"].found


def test_a_database_that_loses_acknowledged_writes_is_named(
    app: Flask, db: SQLAlchemy, engine_kind: str
) -> None:
    weaken = "PRAGMA synchronous=OFF" if engine_kind == "sqlite" else "SET synchronous_commit TO off"
    db.session.execute(text("COMMIT")) if engine_kind == "sqlite" else None
    db.session.execute(text(weaken))
    assert queries.durable().passed is False
    db.session.rollback()
    db.engine.dispose()


def test_a_database_that_does_not_answer_is_the_one_thing_told(
    settings: Settings, clock: SettableClock, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    app = create_app(Settings.for_tests(f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path), clock)
    with app.app_context():
        database.engine.dispose()
        for path in tmp_path.glob("x.sqlite3*"):
            path.unlink()
        (tmp_path / "x.sqlite3").mkdir()
    answer = Client(app, app.response_class).get("/readyz")
    assert answer.status_code == 503
    assert [check["name"] for check in answer.json["checks"]] == ["database"]


# ------------------------------------------------------------------------------------------- the movable clock


def moving(app: Flask, settings: Settings) -> FlaskClient:
    """A browser before a process of the same installation whose clock is the real one plus the stored offset."""
    other = create_app(settings)
    return Client(other, other.response_class)


@pytest.fixture
def process(app: Flask, settings: Settings):  # type: ignore[no-untyped-def]
    client = moving(app, settings)
    yield client
    with client.application.app_context():
        database.session.remove()
        database.engine.dispose()


def test_the_clock_of_a_test_installation_is_set_and_advanced(process: FlaskClient) -> None:
    wanted = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
    told = process.post("/test/clock", json={"now": "2026-11-28T01:00:00Z"}).json["now"]
    assert timedelta(0) <= datetime.fromisoformat(told) - wanted < timedelta(seconds=20)
    later = process.post("/test/clock", json={"advance": 3600}).json["now"]
    moved = datetime.fromisoformat(later) - datetime.fromisoformat(told)
    assert timedelta(hours=1) <= moved < timedelta(hours=1, seconds=20)


@pytest.mark.parametrize(
    "body",
    [{}, [], None, "x", {"now": "2026-11-28T01:00:00"}, {"now": "soon"}, {"now": 5}, {"advance": "1h"}, {"advance": True},
     {"advance": 1, "now": "2026-11-28T01:00:00Z"}, {"advance": 1e300},
        {"advance": 1e12},
        {"advance": float("nan")}, {"now": "9999-12-31T23:59:59Z", "x": 1}],
)  # fmt: skip
def test_a_clock_that_cannot_be_set_so_is_refused(process: FlaskClient, body: object) -> None:
    answer = process.post("/test/clock", json=body, headers=JSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "CLOCK_INVALID")


@pytest.mark.parametrize("env", ["development", "production"])
def test_no_other_installation_has_a_movable_clock(
    make_app: Callable[..., Flask], env: str, settings: Settings
) -> None:
    keys = {"signing_keys": str(settings.data_dir / "keys")} if env == "production" else {}
    app = make_app(env=env, **keys)
    assert [
        rule.rule for rule in app.url_map.iter_rules() if "clock" in rule.rule and "test" in rule.rule
    ] == []
    client = Client(app, app.response_class)
    assert client.post("/test/clock", json={"advance": 5}, headers=JSON).status_code == 404
