"""What guesses is counted in rows: one limit for all processes, nothing personal kept, nobody slowed who does not guess."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, select, text

from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.models import Allowance
from carbonlearn.ops.jobs import forget_allowances
from carbonlearn.web.limits import Limit, address
from tests.factories.certificates import make_released_pass

JSON = {"Accept": "application/json"}
WRONG = {"number": "DEMO-2026-4-000002-0", "name": "张文丰"}


def guess(browser: FlaskClient, origin: str = "10.0.0.1") -> int:
    return browser.get("/v/0000000000000000", environ_base={"REMOTE_ADDR": origin}).status_code


def rows(db: SQLAlchemy) -> list[Allowance]:
    db.session.rollback()
    return list(db.session.scalars(select(Allowance).order_by(Allowance.bucket)))


def test_two_processes_on_one_database_share_one_limit(
    make_app: Callable[..., Flask], client: FlaskClient, db: SQLAlchemy
) -> None:
    with make_app().test_client() as other:
        answers = [guess(browser) for _ in range(16) for browser in (client, other)]
    assert answers == [404] * 30 + [429] * 2


def test_what_is_allowed_under_load_is_exactly_the_limit(
    app: Flask, make_app: Callable[..., Flask], db: SQLAlchemy
) -> None:
    answers: list[int] = []

    def hammer(target: Flask) -> None:
        with target.test_client() as browser:
            answers.extend(guess(browser) for _ in range(12))

    threads = [
        threading.Thread(target=hammer, args=(target,)) for target in (app, make_app()) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [404] * 30 + [429] * 18


def test_codes_names_and_numbers_are_one_count_of_an_address(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock
) -> None:
    make_released_pass()
    issue_due(clock.now())
    code = db.session.scalars(select(Certificate.code)).one()
    for _ in range(10):
        client.get("/v/0000000000000000")
        client.post("/v", data=WRONG, csrf=False)
        client.post(f"/v/{code}", data={"name": "张某"}, csrf=False)
    refused = [
        client.get("/v/0000000000000000", headers=JSON),
        client.post("/v", json=WRONG, csrf=False),
        client.post(f"/v/{code}", json={"name": "张文丰"}, csrf=False),
    ]
    assert [one.status_code for one in refused] == [429] * 3
    assert {one.get_json()["error"]["code"] for one in refused} == {"TOO_MANY_REQUESTS"}
    assert guess(client, "10.0.0.2") == 404, "another address has its own"


def test_a_valid_code_is_never_counted_and_never_refused(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock
) -> None:
    make_released_pass()
    issue_due(clock.now())
    code = db.session.scalars(select(Certificate.code)).one()
    assert {client.get(f"/v/{code}").status_code for _ in range(40)} == {200}
    assert rows(db) == []
    for _ in range(31):
        client.get("/v/0000000000000000")
    assert client.get("/v/0000000000000000").status_code == 429
    assert client.get(f"/v/{code}").status_code == 200, "a gate behind the same address goes on"


def test_the_minute_passes_and_the_day_holds(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock
) -> None:
    answers = []
    for _ in range(11):
        answers += [guess(client) for _ in range(30)]
        clock.advance(minutes=1)
    assert answers == [404] * 300 + [429] * 30
    clock.advance(days=1)
    assert guess(client) == 404


def test_what_is_kept_names_nobody_and_is_forgotten(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock
) -> None:
    guess(client, "203.0.113.77")
    kept = rows(db)
    assert [row.bucket.split(":")[:2] for row in kept] == [["verify", "60"], ["verify", "86400"]]
    assert all("203.0.113" not in row.bucket for row in kept)
    assert forget_allowances(clock.now()) == 0
    assert forget_allowances(clock.advance(minutes=1)) == 1
    assert forget_allowances(clock.advance(days=1)) == 1
    assert rows(db) == []


def test_the_key_of_the_hash_is_this_installations(
    client: FlaskClient, make_app: Callable[..., Flask], db: SQLAlchemy
) -> None:
    """Without the key nobody can tell from a row which of four thousand million addresses it was."""
    guess(client)
    with make_app(field_key="another key of at least thirty-two characters").test_client() as other:
        guess(other)
    assert len(rows(db)) == 4


def test_counting_is_one_statement_and_what_is_refused_writes_nothing(
    client: FlaskClient, db: SQLAlchemy, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot = app.extensions["carbonlearn_hot"]
    written, seen = hot.rows, []
    monkeypatch.setattr(hot, "rows", lambda *given: seen.append(given) or written(*given))
    orm: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: orm.append(given[2]))
    for _ in range(30):
        guess(client)
    full = [(row.bucket, row.room, row.until) for row in rows(db)]
    counting = [given for given in seen if "bucket0" in given[1]]
    assert len(counting) == 30
    assert [line for line in orm if "INSERT" in line.upper()] == []
    guess(client)
    assert [(row.bucket, row.room, row.until) for row in rows(db)][1] != full[1], "the day goes on counting"
    after = rows(db)[0]
    assert (after.bucket, after.room, after.until) == full[0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2:3::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("unix:", "unix:", True),
    ],
)
def test_who_has_a_network_of_addresses_has_one_limit(app: Flask, one: str, other: str, same: bool) -> None:
    found = []
    for origin in (one, other):
        with app.test_request_context("/v", environ_base={"REMOTE_ADDR": origin}):
            found.append(address())
    assert (found[0] == found[1]) is same


def test_limits_of_one_name_and_different_length_do_not_share_a_row(app: Flask) -> None:
    with app.app_context():
        buckets = {Limit("verify", 1, timedelta(seconds=length)).bucket("x") for length in (60, 3600)}
        assert len(buckets) == 2


def test_a_row_is_no_longer_than_its_column(app: Flask, db: SQLAlchemy) -> None:
    longest = Limit("verify", 300, timedelta(days=1)).bucket("x" * 500)
    assert len(longest) <= Allowance.__table__.c.bucket.type.length  # type: ignore[attr-defined]
    assert db.session.execute(text("SELECT count(*) FROM allowances")).scalar_one() == 0
