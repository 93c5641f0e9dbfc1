"""What an answer in practice was: right, partly right, wrong; or open, until who wrote it has compared it with the model answer."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from carbonlearn.marking.rules.auto_mark import OBJECTIVE, TRUE_FALSE, Answer, Key, auto_mark

WHOLE = 100


class Verdict(StrEnum):
    """The stored names. PARTLY is only ever said by a person about a text of their own."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    OPEN = "open"


OWN_WORD = (Verdict.RIGHT, Verdict.PARTLY, Verdict.WRONG)
"""What one may say of one's own short answer."""


def verdict_of(item_type: str, key: Sequence[Any], value: Any) -> Verdict:
    """By the rule that marks exams: the exact set, or wrong; nothing answered is wrong. A text is open until its writer judges it."""
    if item_type not in OBJECTIVE:
        return Verdict.OPEN
    given: Answer = (
        frozenset(value) if isinstance(value, list) else value if isinstance(value, bool) else None
    )
    correct = bool(key[0]) if item_type == TRUE_FALSE else frozenset(str(letter) for letter in key)
    return (
        Verdict.RIGHT if auto_mark(item_type, Key(correct), given, WHOLE).code == "right" else Verdict.WRONG
    )


def verdict_of_points(points: int, possible: int) -> Verdict:
    """Of a short answer that its writer gave points to, in hundredths: all, none, or some."""
    if points >= possible:
        return Verdict.RIGHT
    return Verdict.PARTLY if points > 0 else Verdict.WRONG
