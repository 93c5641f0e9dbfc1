from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.core.errors import Conflict, DomainError, Invalid, Late, NotFound, Refused, SignInNeeded
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.web.guard import public
from carbonlearn.web.messages import _SENTENCES, known_codes, message, register
from tests.factories.people import make_user, sign_in
from tests.support.http import Client
from tests.support.source import name_of, python_files

JSON = {"Accept": "application/json"}
KINDS = {"Invalid", "Refused", "SignInNeeded", "NotFound", "Conflict", "Late"}
PLACEHOLDER = re.compile(r"%\((\w+)\)")


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def raising(make_app: Callable[..., Flask], error: Exception) -> FlaskClient:
    """A browser before an application whose page ``/raise`` fails so."""
    app = make_app()

    def view() -> str:
        raise error

    app.add_url_rule("/raise", "raise", public(view))
    return Client(app, app.response_class, use_cookies=True)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("MISSING_FIELD", field="name"), 422),
        (Refused("NOT_PERMITTED"), 403),
        (SignInNeeded("SIGN_IN_NEEDED"), 401),
        (NotFound("NOT_FOUND"), 404),
        (Conflict("RELEASE_GATE_SHUT", gate="all_ended"), 409),
        (Late("LATE"), 409),
    ],
)
def test_each_kind_of_refusal_has_its_status_code_sentence_and_facts(
    make_app: Callable[..., Flask], error: DomainError, status: int
) -> None:
    answer = raising(make_app, error).get("/raise", headers=JSON)
    assert answer.status_code == status
    told = answer.json["error"]
    assert (told["code"], told["facts"]) == (error.code, error.facts)
    assert told["message"] != error.code
    assert "%(" not in told["message"]


def test_a_person_gets_a_page_that_says_what_happened(make_app: Callable[..., Flask]) -> None:
    page = raising(make_app, Conflict("SCRIPT_TAKEN")).get("/raise")
    assert page.status_code == 409
    assert page.mimetype == "text/html"
    assert "另一位阅卷人刚评完" in page.text
    assert 'role="alert"' in page.text


def test_a_refusal_is_told_in_the_readers_language_and_json_keeps_its_code(
    make_app: Callable[..., Flask],
) -> None:
    client = raising(make_app, Refused("NOT_PERMITTED"))
    zh, en = (client.get(f"/raise?lang={lang}", headers=JSON).json["error"] for lang in ("zh", "en"))
    assert zh["code"] == en["code"] == "NOT_PERMITTED"
    assert zh["message"] != en["message"]


def test_a_fault_tells_nothing_of_the_inside_but_the_number_to_report(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    client = raising(make_app, RuntimeError("secret-detail of table users"))
    headers = {"X-Request-Id": "report-me-12345"}
    page = client.get("/raise", headers=headers)
    assert page.status_code == 500
    assert "secret-detail" not in page.text
    assert "Traceback" not in page.text
    assert "report-me-12345" in page.text
    told = client.get("/raise", headers=headers | JSON)
    assert told.json["error"]["code"] == "SERVER_FAULT"
    assert told.json["error"]["facts"] == {"request_id": "report-me-12345"}
    assert "secret-detail" not in told.text


def test_an_odd_request_number_is_replaced(make_app: Callable[..., Flask]) -> None:
    client = raising(make_app, RuntimeError())
    for odd in ("<script>alert(1)</script>", "short", "x" * 65, "a b c d e f g h"):
        assert odd not in client.get("/raise", headers={"X-Request-Id": odd}).text


def test_an_unknown_page_is_404_for_people_and_programs(client: FlaskClient) -> None:
    page = client.get("/no/such/page")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "没有找到" in page.text
    told = client.get("/no/such/page", headers=JSON)
    assert (told.status_code, told.json["error"]["code"]) == (404, "NOT_FOUND")


def test_a_method_that_an_address_does_not_take_is_405_and_names_those_it_takes(client: FlaskClient) -> None:
    told = client.delete("/me", headers=JSON)
    assert (told.status_code, told.json["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in told.headers["Allow"]


def test_a_body_that_is_too_large_is_refused_as_such(client: FlaskClient, now: datetime) -> None:
    sign_in(client, make_user(Role.LEARNER, now=now), now)
    answer = client.post("/password", data={"current": "x" * (5 * 1024 * 1024)}, headers=JSON)
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "BODY_TOO_LARGE")


def test_what_was_typed_into_an_address_is_not_put_into_the_page(client: FlaskClient) -> None:
    assert "<script>" not in client.get("/%3Cscript%3Ealert(1)%3C/script%3E").text.replace("<script ", "")


# ------------------------------------------------------------------------------------------- codes and sentences


def raised() -> Iterator[tuple[str, str, set[str], bool]]:
    """Each refusal made in the source: where, its code, the names of its facts, whether it has others that we cannot see."""
    for path in python_files("carbonlearn"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KINDS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    names = {keyword.arg for keyword in node.keywords if keyword.arg}
                    opaque = any(keyword.arg is None for keyword in node.keywords)
                    yield f"{name_of(path)}:{node.lineno}", first.value, names, opaque


def test_every_code_that_the_source_raises_has_a_sentence(app: Flask) -> None:
    found = list(raised())
    assert len(found) > 40, "the walk finds the refusals"
    silent = {code: place for place, code, _, _ in found if code not in known_codes()}
    assert silent == {}


def test_every_sentence_finds_the_facts_that_it_names(app: Flask) -> None:
    starved = {
        place: missing
        for place, code, names, opaque in raised()
        if not opaque and (missing := set(PLACEHOLDER.findall(str(_SENTENCES.get(code, "")))) - names)
    }
    assert starved == {}


def test_a_sentence_with_a_missing_fact_is_still_a_sentence(app: Flask) -> None:
    with app.test_request_context():
        assert message("MISSING_FIELD", {}) == "请求里缺少字段 %(field)s。"
        assert message("MISSING_FIELD", {"other": 1}) == "请求里缺少字段 %(field)s。"
        assert message("MISSING_FIELD", {"field": "name"}) == "请求里缺少字段 name。"
        assert message("NEVER_HEARD_OF", {}) == "NEVER_HEARD_OF"


def test_a_code_has_one_owner(app: Flask) -> None:
    with pytest.raises(ValueError, match="WINDOW_NOT_FOUND"):
        register({"WINDOW_NOT_FOUND": "again", "NOT_YET_KNOWN": "new"})
    assert "NOT_YET_KNOWN" not in known_codes(), "a refused registration leaves nothing behind"
