"""What a page of practice sends: an answer as its boxes tell it, and how its writer judges it."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.datastructures import MultiDict

from carbonlearn.core.errors import Invalid
from carbonlearn.infra.tokens import new_id
from carbonlearn.practice.services import Wish
from carbonlearn.practice.services.answering import MODES

Form = MultiDict[str, str]
OPERATION = re.compile(r"[A-Za-z0-9_-]{1,40}")
CHAPTER = re.compile(r"[a-z0-9-]{1,110}")


def mode_of(asked: str | None) -> str:
    """The way of practising that an address or a form names; a chapter where it names none that there is."""
    return asked if asked in MODES and asked != "offline" else "chapter"


def chapter_of(asked: str | None) -> str:
    """The chapter that an address or a form names, empty where it names none."""
    return asked if asked and CHAPTER.fullmatch(asked) else ""


def wish_of(item_id: str, item_type: str, form: Form) -> Wish:
    """The answer in a form. Raises Invalid for an operation's name that no page of ours gives."""
    operation = form.get("operation_id", "") or new_id()
    if not OPERATION.fullmatch(operation):
        raise Invalid("INVALID_FIELD", field="operation_id", rule="wrong_form")
    return Wish(
        item_id,
        mode_of(form.get("mode")),
        _value(item_type, form),
        operation,
        form.get("version_id", "")[:26],
    )


def lines_of(form: Form) -> list[int]:
    """The ticked lines of a rubric. Raises Invalid for what is no number."""
    try:
        return sorted({int(line) for line in form.getlist("line")})
    except ValueError:
        raise Invalid("LINE_UNKNOWN", field="lines") from None


def _value(item_type: str, form: Form) -> Any:
    given = form.getlist("value")
    if item_type == "short-answer":
        return given[0] if given else None
    if item_type == "true-false":
        return {"T": True, "F": False}.get(given[0]) if given else None
    return given
