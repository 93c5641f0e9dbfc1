from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from tests.factories.people import make_user, sign_in
from tests.support.http import Client

JSON = {"Accept": "application/json"}
BY_ORIGIN = {"/v", "/v/<code>", "/language/<code>"}
"""Public look-ups and the switch of language: their pages set no cookie, so they carry no token; they refuse other sites by Origin."""
TEST_ONLY = {"/test/clock"}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NO_COOKIE = [
    "/v",
    "/v/ABCD-EFGH-JKMN-PQRS",
    "/.well-known/did.json",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/static/css/learner.css",
    "/programmes",
]


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def unsafe(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if rule.rule not in BY_ORIGIN | TEST_ONLY:
            for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
                yield (
                    method,
                    re.sub(r"<(?:(\w+):)?(\w+)>", lambda one: "7" if one[1] == "int" else one[2], rule.rule),
                )


@pytest.mark.parametrize(
    "forged", [{}, {"X-CSRFToken": ""}, {"X-CSRFToken": "made-up"}, {"X-CSRFToken": "IjEi.x.y"}]
)
def test_no_route_that_changes_something_takes_a_request_without_our_token(
    app: Flask, client: FlaskClient, now: datetime, forged: dict[str, str]
) -> None:
    sign_in(client, make_user(*Role, now=now), now, stepped_up=True)
    found = list(unsafe(app))
    assert len(found) > 20
    for method, path in found:
        answer = client.open(path, method=method, csrf=False, headers=JSON | forged)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "CSRF_FAILED"), path


def test_a_token_made_for_another_browser_is_refused(
    client: FlaskClient, make_client: Callable[[], FlaskClient], now: datetime
) -> None:
    foreign = make_client().form_token()
    sign_in(client, make_user(Role.LEARNER, now=now), now)
    client.get("/password")
    answer = client.post("/sign-out", csrf=False, headers=JSON | {"X-CSRFToken": foreign})
    assert answer.json["error"]["code"] == "CSRF_FAILED"
    assert client.get("/me").status_code == 200


def test_the_token_in_the_form_is_taken_as_well_as_the_one_in_the_header(
    client: FlaskClient, now: datetime
) -> None:
    token = client.form_token()
    answer = client.post("/language/en", data={"csrf_token": token}, csrf=False)
    assert answer.status_code == 303


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_another_site_can_send_without_asking_carries_no_token(
    client: FlaskClient, now: datetime, kind: str
) -> None:
    sign_in(client, make_user(Role.LEARNER, now=now), now)
    sent = client.post("/sign-out", data='{"a": "=b"}', content_type=kind, csrf=False)
    assert sent.status_code == 403


@pytest.mark.parametrize("path", sorted(BY_ORIGIN))
def test_a_form_without_a_token_sent_by_another_site_is_refused_by_its_origin(
    client: FlaskClient, now: datetime, path: str
) -> None:
    path = path.replace("<code>", "ABCD")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post(path, data={"name": "x", "number": "y"}, csrf=False, headers=JSON | headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "CROSS_SITE")


def kinds_of_answer(client: FlaskClient) -> Iterator[tuple[str, object]]:
    yield "page", client.get("/sign-in")
    yield "public page", client.get("/v")
    yield "redirect", client.get("/me")
    yield "unknown", client.get("/no/such/page")
    yield "wrong method", client.put("/me")
    yield "json", client.get("/healthz")
    yield "json refused", client.get("/me", headers=JSON)
    yield "no token", client.post("/sign-out", csrf=False)
    yield "form refused", client.post("/sign-in", data={})
    yield "file", client.get("/static/css/learner.css")
    yield "no such file", client.get("/static/no-such-file.css")


def test_every_kind_of_answer_carries_the_policy_and_the_other_headers(
    client: FlaskClient, now: datetime
) -> None:
    for kind, answer in kinds_of_answer(client):
        headers = answer.headers  # type: ignore[attr-defined]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, kind
        assert "script-src 'self';" in policy, kind
        assert "frame-ancestors 'none'" in policy, kind
        assert "unsafe" not in policy, kind
        for name, value in ALWAYS.items():
            assert headers[name] == value, kind


def test_a_page_of_ours_is_kept_by_no_cache_and_a_versioned_file_for_a_year(
    client: FlaskClient, now: datetime
) -> None:
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"
    sign_in(client, make_user(Role.LEARNER, now=now), now)
    assert client.get("/me").headers["Cache-Control"] == "no-store"
    assert "immutable" in client.get("/static/css/learner.css?v=abc").headers["Cache-Control"]
    assert "immutable" not in client.get("/static/css/learner.css").headers["Cache-Control"]


@pytest.mark.parametrize("path", NO_COOKIE)
def test_what_everybody_may_read_sets_no_cookie(client: FlaskClient, now: datetime, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (200, 404, 503)
    assert answer.headers.getlist("Set-Cookie") == []


def test_https_is_asked_for_where_it_is_spoken_and_nowhere_else(
    client: FlaskClient, make_app: Callable[..., Flask], now: datetime
) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    app = make_app(base_url="https://learn.example.cn")
    secure = Client(app, app.response_class, use_cookies=True)
    assert (
        "max-age" in secure.get("/healthz", base_url="https://localhost").headers["Strict-Transport-Security"]
    )


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/pyproject.toml", "/static//etc/passwd"],
)
def test_only_static_files_are_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (301, 308, 404)


def test_a_nul_in_address_query_or_form_is_refused_before_any_view_reads_it(
    client: FlaskClient, now: datetime
) -> None:
    sign_in(client, make_user(Role.LEARNER, now=now), now)
    answers = [
        client.get("/results/%00", headers=JSON),
        client.get("/sign-in?next=/a%00b", headers=JSON),
        client.post("/sign-in", data={"login": "a\x00b", "password": "some password"}, headers=JSON),
        client.post("/v", data={"number": "a\x00b", "name": "x"}, headers=JSON),
    ]
    assert [(a.status_code, a.json["error"]["code"]) for a in answers] == [(400, "BAD_REQUEST")] * 4
