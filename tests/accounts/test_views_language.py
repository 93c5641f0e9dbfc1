from __future__ import annotations

import html
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.accounts.models import User
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from tests.factories.enrolment import load_catalogue
from tests.factories.people import make_user, sign_in
from tests.factories.study import DEMONSTRATION


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def signed_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


def test_the_language_is_switched_by_one_tap_and_kept(client: FlaskClient, now: datetime) -> None:
    assert '<html lang="zh-CN"' in client.get("/sign-in").text
    done = client.post("/language/en", data={"next": "/sign-in"})
    assert (done.status_code, done.location) == (303, "/sign-in")
    page = client.get("/sign-in").text
    assert '<html lang="en"' in page
    assert "Sign in" in page
    client.post("/language/zh")
    assert '<html lang="zh-CN"' in client.get("/sign-in").text


def test_the_language_stays_with_the_account(
    client: FlaskClient, make_client: Callable[[], FlaskClient], db: SQLAlchemy, now: datetime
) -> None:
    user = make_user(Role.LEARNER, now=now)
    sign_in(client, user, now).post("/language/en")
    assert db.session.get_one(User, user.id).locale == "en"
    assert '<html lang="en"' in sign_in(make_client(), user, now).get("/me").text


@pytest.mark.parametrize("address", ["/", "/programmes", f"/programmes/{DEMONSTRATION}", "/trial"])
def test_a_stranger_s_choice_is_kept_from_page_to_page(
    client: FlaskClient, now: datetime, address: str
) -> None:
    load_catalogue(now, DEMONSTRATION)
    page = client.get(f"{address}?lang=zh")
    assert 'action="/language/en"' in page.text and "Set-Cookie" not in page.headers
    done = client.post("/language/en", data={"next": f"{address}?lang=zh&a=1"}, csrf=False)
    assert done.location == f"{address}?a=1", "the address must not speak against the choice"
    for at in (address, "/sign-in", "/v", "/programmes"):
        assert '<html lang="en"' in client.get(at).text


@pytest.mark.parametrize("code", ["fr", "zh_CN", "..", "%00", "x" * 200])
def test_a_language_we_do_not_speak_changes_nothing(client: FlaskClient, now: datetime, code: str) -> None:
    answer = client.post(f"/language/{code}")
    assert answer.status_code in (303, 400, 404)
    assert not any(c.startswith("lang=") for c in answer.headers.getlist("Set-Cookie"))


def test_the_way_back_after_switching_stays_on_this_site(client: FlaskClient, now: datetime) -> None:
    assert client.post("/language/en", data={"next": "https://evil.example"}).location == "/"


def test_a_name_with_markup_is_shown_as_text(client: FlaskClient, now: datetime) -> None:
    name = "<img src=x onerror=alert(1)>"
    page = sign_in(client, make_user(Role.LEARNER, now=now, name=name), now).get("/me").text
    assert name not in page
    assert html.escape(name) in page


def test_a_session_of_a_clock_that_ran_ahead_is_no_fault(
    client: FlaskClient, clock: SettableClock, now: datetime
) -> None:
    sign_in(client, make_user(Role.LEARNER, now=now), now + timedelta(minutes=5))
    assert signed_in(client)
