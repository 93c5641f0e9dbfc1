"""What the operations of study answer, in JSON Schema. Amounts are milliseconds."""

from __future__ import annotations

from typing import Any

NUMBER = {"type": "integer"}
TEXT = {"type": "string"}
STRETCHES = {"type": "array", "items": {"type": "array", "items": NUMBER}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [schema, {"type": "null"}]}


QUESTION = _object(
    check=TEXT,
    stem=TEXT,
    stem_lang=TEXT,
    type={"enum": ["single-choice", "true-false"]},
    options={"type": "array", "items": _object(letter=TEXT, text=TEXT)},
    attempt=NUMBER,
    part=TEXT,
    about=_object(slug=TEXT, title=TEXT, en=TEXT, part=TEXT),
)
NEXT = {"seq": NUMBER, "nonce": TEXT, "generation": NUMBER, "interval_s": NUMBER}
CREDIT = {"credited_ms_lesson": NUMBER, "credited_ms_enrolment": NUMBER}
PRESENCE = {"presence": _or_null(QUESTION), "reason": TEXT}
DECIDED = _object(id=NUMBER, void={"type": "boolean"}, ms=NUMBER, reason=TEXT)
REPLY = _object(
    **NEXT,
    **CREDIT,
    **PRESENCE,
    painted=STRETCHES,
    decided=_or_null(DECIDED),
    covered=_or_null(STRETCHES),
)
OPENED = _object(
    **NEXT,
    **CREDIT,
    **PRESENCE,
    session=TEXT,
    length_ms=NUMBER,
    covered=STRETCHES,
    resume_ms=NUMBER,
    taken_over=_or_null(_object(device=TEXT, lesson=TEXT, title=TEXT, en=TEXT)),
)
ANSWERED = _object(
    **CREDIT,
    **PRESENCE,
    correct={"type": "boolean"},
    key={"type": "array", "items": TEXT},
    explanation=TEXT,
)
REFUSED = {"type": "object", "additionalProperties": NUMBER}
LESSON_TOTAL = _object(
    slug=TEXT, course=TEXT, kind=TEXT, title=TEXT, en=TEXT, length_ms=NUMBER, credited_ms=NUMBER, open_ms=NUMBER,
    complete={"type": "boolean"}, refused=REFUSED,
)  # fmt: skip
TOTALS = _object(
    enrolment=TEXT, credited_ms=NUMBER, refused=REFUSED, lessons={"type": "array", "items": LESSON_TOTAL}
)
