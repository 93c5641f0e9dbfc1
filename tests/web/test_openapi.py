from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from carbonlearn.web.guard import access_of

PROMISED = """
    signIn signOut listLessons openStudySession beat closeStudySession studyTotals listWindows book cancelBooking
    admissionTicket checkIn startSitting sittingPaper saveResponse sittingClock submitSitting takeOverSitting myResult
    myCertificates verifyCertificate verifyByNumber publicKeys
""".split()
USED_BY_PHONES = re.compile(r"/(study|exams|sittings|certificates|sign-in|sign-out)(/|$)")


@pytest.fixture
def description(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, entry in methods.items():
            yield method.upper(), path, entry


def routes(app: Flask) -> dict[tuple[str, str], str]:
    return {
        (method, re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_operation_described_is_a_route(app: Flask, description: dict[str, Any]) -> None:
    existing = routes(app)
    found = list(operations(description))
    assert found
    assert [(method, path) for method, path, _ in found if (method, path) not in existing] == []


def test_every_route_that_a_phone_posts_to_is_described(app: Flask, description: dict[str, Any]) -> None:
    described = {(method, path) for method, path, _ in operations(description)}
    used = {key for key in routes(app) if key[0] == "POST" and USED_BY_PHONES.match(key[1])}
    assert len(used) >= 10
    assert used - described == set()


def test_every_operation_that_was_promised_is_there(description: dict[str, Any]) -> None:
    assert set(PROMISED) - {entry["operationId"] for _, _, entry in operations(description)} == set()


def test_each_operation_has_a_name_of_its_own(description: dict[str, Any]) -> None:
    names = [entry["operationId"] for _, _, entry in operations(description)]
    assert sorted(names) == sorted(set(names))


def test_who_may_call_is_what_the_view_declares(app: Flask, description: dict[str, Any]) -> None:
    existing = routes(app)
    for method, path, entry in operations(description):
        access = access_of(app.view_functions[existing[method, path]])
        assert access is not None
        told = entry["x-permission"]
        assert told == (str(access.permission) if access.permission else "public"), path
        assert (entry["security"] == []) is (access.permission is None), path


def test_every_part_of_an_address_is_a_parameter(description: dict[str, Any]) -> None:
    for _, path, entry in operations(description):
        named = sorted(parameter["name"] for parameter in entry.get("parameters", []))
        assert named == sorted(re.findall(r"{(\w+)}", path)), path


def test_every_schema_is_a_schema(description: dict[str, Any]) -> None:
    checked = 0
    for _, path, entry in operations(description):
        bodies = [content["schema"] for content in entry.get("requestBody", {}).get("content", {}).values()]
        for answer in entry["responses"].values():
            bodies += [content["schema"] for content in answer.get("content", {}).values()]
        for schema in bodies:
            Draft202012Validator.check_schema(schema)
            checked += 1
        assert entry["summary"], path
    assert checked > 20


def test_an_error_looks_as_the_description_says(client: FlaskClient, description: dict[str, Any]) -> None:
    told = client.get("/me", headers={"Accept": "application/json"}).json
    Draft202012Validator(description["components"]["schemas"]["Error"]).validate(told)
