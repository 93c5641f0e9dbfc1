from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.accounts.models import User
from carbonlearn.core.permissions import Permission, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web.guard import hot, public, requires
from tests.factories.people import make_user, sign_in
from tests.support.http import Client

JSON = {"Accept": "application/json"}


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def ran() -> list[str]:
    """The views whose body ran."""
    return []


@pytest.fixture
def client(make_app: Callable[..., Flask], ran: list[str]) -> FlaskClient:
    """A browser before an application with one view of each kind."""
    app = make_app()

    def view(name: str) -> Callable[[], str]:
        def body() -> str:
            ran.append(name)
            return name

        return body

    for name, declare in {
        "undeclared": lambda f: f,
        "open": public,
        "marking": requires(Permission.SCRIPT_MARK),
        "weighty": requires(Permission.SCRIPT_MARK, step_up=True),
        "early": requires(Permission.ACCOUNT_OWN, before_password_change=True),
        "beat": hot(Permission.STUDY_OWN),
    }.items():
        app.add_url_rule(f"/kind/{name}", name, declare(view(name)), methods=["GET", "POST"])
    return Client(app, app.response_class, use_cookies=True)


def test_a_view_that_declares_nothing_answers_500_and_its_body_never_runs(
    client: FlaskClient, ran: list[str], now: datetime
) -> None:
    sign_in(client, make_user(*Role, now=now), now, stepped_up=True)
    for method in ("GET", "POST"):
        answer = client.open("/kind/undeclared", method=method, headers=JSON)
        assert (answer.status_code, answer.json["error"]["code"]) == (500, "SERVER_FAULT")
    assert ran == []


def test_anyone_may_call_a_public_view(client: FlaskClient, now: datetime) -> None:
    assert client.get("/kind/open").text == "open"


def test_without_a_session_a_page_leads_to_the_sign_in_and_a_program_gets_401(
    client: FlaskClient, ran: list[str], now: datetime
) -> None:
    page = client.get("/kind/marking?item=3")
    assert (page.status_code, page.location) == (303, "/sign-in?next=/kind/marking%3Fitem%3D3")
    program = client.get("/kind/marking", headers=JSON)
    assert (program.status_code, program.json["error"]["code"]) == (401, "SIGN_IN_NEEDED")
    assert client.get("/kind/marking", htmx=True).headers["HX-Redirect"] == "/sign-in"
    assert ran == []


def test_a_role_without_the_permission_is_refused(client: FlaskClient, ran: list[str], now: datetime) -> None:
    sign_in(client, make_user(Role.AUTHOR, now=now), now)
    answer = client.get("/kind/marking", headers=JSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "NOT_PERMITTED")
    assert "权限" in client.get("/kind/marking").text
    assert ran == []


def test_the_permission_opens_the_view(client: FlaskClient, now: datetime) -> None:
    sign_in(client, make_user(Role.MARKER, now=now), now)
    assert client.get("/kind/marking").text == "marking"


def test_a_password_that_must_be_changed_comes_first(
    client: FlaskClient, ran: list[str], db: SQLAlchemy, now: datetime
) -> None:
    user = make_user(Role.MARKER, now=now)
    with unit_of_work():
        db.session.get_one(User, user.id).must_change_password = True
    sign_in(client, user, now)
    for method in ("GET", "POST"):
        answer = client.open("/kind/marking", method=method)
        assert (answer.status_code, answer.location) == (303, "/password")
    assert client.get("/kind/early").text == "early"
    assert ran == ["early"]


def test_a_weighty_act_asks_for_the_password_again(
    client: FlaskClient, ran: list[str], now: datetime
) -> None:
    user = make_user(Role.MARKER, now=now)
    sign_in(client, user, now)
    asked = client.get("/kind/weighty?n=1")
    assert (asked.status_code, asked.location) == (303, "/confirm?next=/kind/weighty?n%3D1&ahead=1")
    assert client.post("/kind/weighty", data={"step_up_return": "/desk/results"}).location == (
        "/confirm?next=/desk/results"
    )
    assert ran == []
    sign_in(client, user, now, stepped_up=True)
    assert client.get("/kind/weighty").text == "weighty"


def test_the_permission_is_asked_before_the_password(client: FlaskClient, now: datetime) -> None:
    sign_in(client, make_user(Role.AUTHOR, now=now), now)
    assert client.get("/kind/weighty", headers=JSON).status_code == 403


def test_a_hot_view_is_reached_without_loading_an_actor(client: FlaskClient, now: datetime) -> None:
    client.set_cookie("carbonlearn", "nobody's token")
    assert client.post("/kind/beat").text == "beat"


def test_a_session_that_the_database_does_not_know_is_nobody(client: FlaskClient, now: datetime) -> None:
    client.set_cookie("carbonlearn", "made-up")
    assert client.get("/kind/marking", headers=JSON).status_code == 401


HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "Accept": "text/html"}


def test_a_fragment_asked_for_after_signing_out_takes_the_whole_page_to_sign_in(client: FlaskClient) -> None:
    """htmx follows a 303 by itself and would put the sign-in page into the page."""
    answer = client.get("/kind/marking", headers=HTMX | {"HX-Current-URL": "http://localhost/desk?q=1"})
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/desk%3Fq%3D1"
    foreign = client.get("/kind/marking", headers=HTMX | {"HX-Current-URL": "https://elsewhere.example/desk"})
    assert foreign.headers["HX-Redirect"] == "/sign-in"


def test_what_was_typed_stays_when_htmx_sends_it_after_signing_out(client: FlaskClient) -> None:
    answer = client.post("/kind/marking", headers=HTMX)
    assert answer.status_code == 200
    assert "HX-Redirect" not in answer.headers
    assert "您输入的还在这页上" in answer.text
    assert 'target="_blank"' in answer.text


def test_htmx_goes_to_the_password_page_as_a_whole_page(client: FlaskClient, now: datetime) -> None:
    sign_in(client, make_user(Role.MARKER, now=now), now)
    answer = client.get("/kind/weighty", headers=HTMX)
    assert answer.headers["HX-Redirect"].startswith("/confirm?next=")
