from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from carbonlearn.core.errors import Invalid
from carbonlearn.web.payload import MAX_BODY_BYTES, Field, read_json, schema_of

FIELDS = {
    "item": Field("integer", low=1, high=200),
    "playing": Field("boolean"),
    "nonce": Field("string", low=4, high=8, pattern="[a-z0-9]+"),
    "value": Field("answer", high=20),
    "note": Field("string", high=5, required=False),
}
GOOD: dict[str, Any] = {"item": 3, "playing": True, "nonce": "abc12", "value": ["A", "C"]}


def read(app: Flask, body: object, **more: Any) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with app.test_request_context("/", method="POST", data=raw, content_type="application/json", **more):
        return read_json(FIELDS)


def refusal(app: Flask, body: object) -> tuple[str, object, object]:
    with pytest.raises(Invalid) as caught:
        read(app, body)
    return caught.value.code, caught.value.facts.get("field"), caught.value.facts.get("rule")


def test_a_good_body_comes_through_unchanged(app: Flask) -> None:
    assert read(app, GOOD) == GOOD
    assert read(app, GOOD | {"note": "hello"})["note"] == "hello"


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b'"text"', b"null", b"3", b"\xff\xfe", b"{" * 2000, b"[" * 60_000, b"9" * 6000],
)
def test_what_is_no_json_object_is_refused(app: Flask, body: bytes) -> None:
    assert refusal(app, body)[0] == "NOT_JSON_OBJECT"


@pytest.mark.parametrize("name", ["item", "playing", "nonce", "value"])
def test_a_missing_field_is_named(app: Flask, name: str) -> None:
    assert refusal(app, {key: value for key, value in GOOD.items() if key != name}) == (
        "MISSING_FIELD",
        name,
        None,
    )


def test_an_unknown_field_is_named_and_cut_short(app: Flask) -> None:
    assert refusal(app, GOOD | {"points": 100}) == ("UNKNOWN_FIELD", "points", None)
    assert refusal(app, GOOD | {"x" * 500: 1}) == ("UNKNOWN_FIELD", "x" * 40, None)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("item", 0, "out_of_range"),
        ("item", 201, "out_of_range"),
        ("item", 10**30, "out_of_range"),
        ("item", "3", "not_integer"),
        ("item", 3.0, "not_integer"),
        ("item", True, "not_integer"),
        ("item", None, "not_integer"),
        ("playing", 1, "not_boolean"),
        ("playing", "true", "not_boolean"),
        ("nonce", 1234, "not_string"),
        ("nonce", "abc", "wrong_length"),
        ("nonce", "a" * 9, "wrong_length"),
        ("nonce", "ABCDE", "wrong_form"),
        ("nonce", "abcd\n", "wrong_form"),
        ("value", {"a": 1}, "not_answer"),
        ("value", 7, "not_answer"),
        ("value", ["A", "A"], "not_answer"),
        ("value", ["Z"], "not_answer"),
        ("value", ["A", ["B"]], "not_answer"),
        ("value", list("ABCDEFGHA"), "not_answer"),
        ("value", "x" * 21, "wrong_length"),
        ("note", "too long", "wrong_length"),
        ("note", "a\x00b", "wrong_form"),
        ("value", "a\x00b", "wrong_form"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named_with_the_rule(
    app: Flask, name: str, value: object, rule: str
) -> None:
    assert refusal(app, GOOD | {name: value}) == ("INVALID_FIELD", name, rule)


@pytest.mark.parametrize("value", [None, True, False, [], ["A"], list("ABCDEFGH"), "", "边界" * 10])
def test_every_shape_of_an_answer_is_taken(app: Flask, value: object) -> None:
    assert read(app, GOOD | {"value": value})["value"] == value


def test_a_body_beyond_the_bound_is_not_even_parsed(app: Flask) -> None:
    assert refusal(app, GOOD | {"note": "x" * MAX_BODY_BYTES})[0] == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        GOOD | {"item": 0},
        GOOD | {"nonce": "A"},
        GOOD | {"extra": 1},
        GOOD | {"value": ["A", "A"]},
        {"item": 3},
    ],
)
def test_the_published_schema_and_the_reader_agree(app: Flask, body: dict[str, Any]) -> None:
    try:
        read(app, body)
        taken = True
    except Invalid:
        taken = False
    assert Draft202012Validator(schema_of(FIELDS)).is_valid(body) is taken
