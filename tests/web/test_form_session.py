from __future__ import annotations

import pytest
from flask import Flask, flash, get_flashed_messages, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf

from carbonlearn.core.permissions import Permission
from carbonlearn.web.form_session import FormSessions, FormTokens
from carbonlearn.web.guard import hot, public


@pytest.fixture
def site() -> FlaskClient:
    """A small site with the form cookie and tokens, one page with a form, one hot view, one that flashes."""
    site = Flask(__name__)
    site.config.update(SECRET_KEY="a key of this test and of nothing else", WTF_CSRF_TIME_LIMIT=None)
    site.session_interface = FormSessions()
    FormTokens(site)
    site.add_url_rule("/form", "form", public(lambda: str(generate_csrf())))
    site.add_url_rule("/hot", "hot", hot(Permission.EXAM_OWN)(lambda: "saved"), methods=["POST"])
    site.add_url_rule("/flash", "flash", public(lambda: flash("once") or "flashed"))
    site.add_url_rule("/shown", "shown", public(lambda: " ".join(get_flashed_messages()) or "nothing"))
    site.add_url_rule("/held", "held", public(lambda: ",".join(sorted(session))))
    return site.test_client()


def post(client: FlaskClient, token: str | None) -> int:
    return client.post("/hot", json={}, headers={"X-CSRFToken": token} if token else {}).status_code


def test_a_hot_view_takes_the_token_of_the_form_cookie_again_and_again(site: FlaskClient) -> None:
    token = site.get("/form").text
    assert [post(site, token) for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("token", [None, "", "made up", "ImFiYyI.Zz0.abc"])
def test_a_hot_view_refuses_a_missing_or_invented_token(site: FlaskClient, token: str | None) -> None:
    site.get("/form")
    assert post(site, token) == 400


def test_a_hot_view_refuses_the_token_of_another_visitor(site: FlaskClient) -> None:
    token = site.get("/form").text
    stranger = site.application.test_client()
    other = stranger.get("/form").text
    assert post(stranger, other) == 200
    assert post(stranger, token) == 400


def test_a_hot_view_refuses_a_token_without_the_cookie_or_with_a_forged_one(site: FlaskClient) -> None:
    token = site.get("/form").text
    bare = site.application.test_client()
    assert post(bare, token) == 400
    genuine = site.get_cookie("session")
    assert genuine is not None
    bare.set_cookie("session", genuine.value[:-2] + ("AA" if genuine.value[-2:] != "AA" else "BB"))
    assert post(bare, token) == 400


def test_a_message_is_flashed_once_though_the_cookie_is_remembered(site: FlaskClient) -> None:
    site.get("/form")
    site.get("/flash")
    assert site.get("/shown").text == "once"
    assert site.get("/shown").text == "nothing"


def test_what_a_request_puts_into_the_cookie_is_not_remembered_for_others(site: FlaskClient) -> None:
    site.get("/form")
    assert [site.get("/held").text for _ in range(2)] == ["csrf_token", "csrf_token"]
    assert site.application.test_client().get("/held").text == ""
