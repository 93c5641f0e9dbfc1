"""A plain saved answer is stored before Flask's round, and nobody can tell by the answer; everything else takes the round."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from carbonlearn.infra.clock import SettableClock
from tests.factories.sittings import a_candidate, a_running_sitting
from tests.support.rounds import flask_rounds

ANSWER = {"item": 1, "revision": 1, "generation": 1, "operation_id": "op-1", "value": ["B"]}


@pytest.fixture
def saving(db: SQLAlchemy, clock: SettableClock, client: FlaskClient) -> str:
    """The address at which the candidate of this client saves answers."""
    candidate = a_candidate(clock.now(), starts_in=timedelta(0))
    client.set_cookie("carbonlearn", candidate.token)
    return f"/sittings/{a_running_sitting(candidate, clock.now()).id}/responses"


def _stored(db: SQLAlchemy) -> int:
    db.session.rollback()
    return int(db.session.execute(text("SELECT count(*) FROM responses")).scalar_one())


@pytest.mark.parametrize("base_url", ["http://localhost", "https://localhost"])
def test_both_ways_answer_alike(
    app: Flask, client: FlaskClient, db: SQLAlchemy, saving: str, base_url: str
) -> None:
    with flask_rounds(app) as rounds:
        short = client.post(saving, json=ANSWER, base_url=base_url)
        assert rounds == [], "answered before Flask"
        long = client.post(f"{saving}?way=long", json=ANSWER, base_url=base_url)
        assert rounds == [saving]
    assert short.status_code == long.status_code == 200
    assert sorted(short.headers) == sorted(long.headers)
    assert short.data == long.data, "the same operation has the same receipt, byte for byte"
    assert _stored(db) == 1


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({"revision": 0}, 422, "INVALID_FIELD"),
        ({"value": ["Z"]}, 422, "INVALID_FIELD"),
        ({"generation": 2}, 409, "LEASE_LOST"),
        ({"more": 1}, 422, "UNKNOWN_FIELD"),
    ],
)
def test_what_is_refused_is_explained_by_the_view(
    app: Flask, client: FlaskClient, db: SQLAlchemy, saving: str, over: dict[str, Any], status: int, code: str
) -> None:
    with flask_rounds(app) as rounds:
        answer = client.post(saving, json=ANSWER | over)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert rounds == [saving]
    assert _stored(db) == 0


@pytest.mark.parametrize("token", ["", "made up", "ImFiYyI.Zz0.abc"])
def test_nothing_is_stored_without_the_form_token(
    client: FlaskClient, db: SQLAlchemy, saving: str, token: str
) -> None:
    client.form_token()  # type: ignore[attr-defined]
    answer = client.post(saving, json=ANSWER, csrf=False, headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "CSRF_FAILED")
    assert _stored(db) == 0


def test_nothing_is_stored_for_a_stranger(client: FlaskClient, db: SQLAlchemy, saving: str) -> None:
    client.set_cookie("carbonlearn", "somebody else's")
    assert client.post(saving, json=ANSWER).status_code == 401
    assert _stored(db) == 0


@pytest.mark.parametrize(
    ("data", "kind"), [(b"{", "application/json"), (b"[]", "application/json"), (b"item=1", "text/plain")]
)
def test_what_is_no_object_of_json_is_refused_by_the_view(
    app: Flask, client: FlaskClient, saving: str, data: bytes, kind: str
) -> None:
    with flask_rounds(app) as rounds:
        answer = client.post(saving, data=data, content_type=kind, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "NOT_JSON_OBJECT")
    assert rounds == [saving]


def test_a_body_without_end_is_not_read(client: FlaskClient, saving: str) -> None:
    answer = client.post(saving, json=ANSWER | {"value": "汉" * 70_000})
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "BODY_TOO_LARGE")
