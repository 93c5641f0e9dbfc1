"""JSON bodies at the edge: named fields with types and bounds, unknown ones refused. The same table describes the operation outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from carbonlearn.core.errors import Invalid

MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body: ``kind`` is integer, boolean, string, answer or choice; bounds are of the value or of the length.

    A choice is a list of strings, each of the pattern and none twice.
    """

    kind: str
    low: int = 0
    high: int = 2**31 - 1
    pattern: str = ""
    required: bool = True

    def schema(self) -> dict[str, Any]:
        """This field in JSON Schema."""
        if self.kind == "boolean":
            return {"type": "boolean"}
        if self.kind == "integer":
            return {"type": "integer", "minimum": self.low, "maximum": self.high}
        if self.kind == "answer":
            letters = {
                "type": "array",
                "items": {"type": "string", "pattern": "^[A-H]$"},
                "maxItems": 8,
                "uniqueItems": True,
            }
            return {
                "anyOf": [
                    letters,
                    {"type": "boolean"},
                    {"type": "string", "maxLength": self.high},
                    {"type": "null"},
                ]
            }
        if self.kind == "choice":
            one = {"type": "string", "pattern": f"^({self.pattern})$"}
            bounds = {"minItems": self.low, "maxItems": self.high, "uniqueItems": True}
            return {"type": "array", "items": one} | bounds
        schema: dict[str, Any] = {"type": "string", "minLength": self.low, "maxLength": self.high}
        return schema | ({"pattern": self.pattern} if self.pattern else {})

    def fault(self, value: Any) -> str | None:
        """What is wrong with the value, as a short stable word, or None."""
        if self.kind == "boolean":
            return None if isinstance(value, bool) else "not_boolean"
        if self.kind == "integer":
            if isinstance(value, bool) or not isinstance(value, int):
                return "not_integer"
            return None if self.low <= value <= self.high else "out_of_range"
        if self.kind in ("answer", "choice"):
            return _answer_fault(value, self.high) if self.kind == "answer" else self._choice_fault(value)
        if not isinstance(value, str):
            return "not_string"
        if not self.low <= len(value) <= self.high:
            return "wrong_length"
        if "\x00" in value:
            return "wrong_form"
        return None if not self.pattern or re.fullmatch(self.pattern, value) else "wrong_form"

    def _choice_fault(self, value: Any) -> str | None:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return "not_choice"
        if not self.low <= len(value) <= self.high or len(set(value)) < len(value):
            return "wrong_length"
        return None if all(re.fullmatch(self.pattern, one) for one in value) else "wrong_form"


def _answer_fault(value: Any, longest: int) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return "wrong_length" if len(value) > longest else "wrong_form" if "\x00" in value else None
    if not isinstance(value, list) or len(value) > 8:
        return "not_answer"
    letters = [letter for letter in value if isinstance(letter, str) and re.fullmatch("[A-H]", letter)]
    return None if len(letters) == len(value) == len(set(letters)) else "not_answer"


def schema_of(fields: Mapping[str, Field]) -> dict[str, Any]:
    """The body in JSON Schema, for the published description."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, field in fields.items() if field.required],
        "properties": {name: field.schema() for name, field in fields.items()},
    }


def read_json(fields: Mapping[str, Field]) -> dict[str, Any]:
    """The checked body. Raises Invalid with the code, the field and the rule that it breaks."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Invalid("BODY_TOO_LARGE", limit=MAX_BODY_BYTES)
    return checked(json_body(), fields)


def json_body() -> Any:
    """What was sent as JSON; None for what is none."""
    try:
        return request.get_json(silent=True)
    except RecursionError:  # brackets within brackets by the thousand: nothing that a page of ours sends
        return None


def checked(body: Any, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The body if it has these fields and no others, each in its bounds. Raises Invalid as ``read_json`` does."""
    if not isinstance(body, dict):
        raise Invalid("NOT_JSON_OBJECT")
    for name in body:
        if name not in fields:
            raise Invalid("UNKNOWN_FIELD", field=str(name)[:40])
    for name, field in fields.items():
        _check(name, field, body)
    return body


def _check(name: str, field: Field, body: dict[str, Any]) -> None:
    if name not in body:
        if field.required:
            raise Invalid("MISSING_FIELD", field=name)
        return
    fault = field.fault(body[name])
    if fault:
        raise Invalid("INVALID_FIELD", field=name, rule=fault)
