"""What a candidate may see of a paper, and what counts as an answer to one of its items.

The candidate's view is an allow-list: whatever else a face may come to hold, only what is named here leaves the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SINGLE, TRUE_FALSE, MULTIPLE, SHORT = "single-choice", "true-false", "multiple-choice", "short-answer"
LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class ItemShape:
    """The form of an answer to one item: its type and, where there are options, their letters."""

    type: str
    letters: frozenset[str] = frozenset()


def candidate_items(face: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items as a candidate sees them: number, type, hundredths of a point, case where there is one, stem, options; nothing more."""
    return [_candidate_item(item) for item in face["items"]]


def _candidate_item(item: Mapping[str, Any]) -> dict[str, Any]:
    case = {"case": str(item["case"])} if item.get("case") else {}
    return {
        "n": int(item["n"]),
        "type": str(item["type"]),
        "points": int(item["points"]),
        **case,
        "stem": str(item["stem"]),
        "options": [[str(letter), str(text)] for letter, text in item.get("options") or []],
    }


def shapes(face: Mapping[str, Any]) -> dict[int, ItemShape]:
    """The shape of every item by its number."""
    return {
        item["n"]: ItemShape(item["type"], frozenset(letter for letter, _ in item["options"]))
        for item in candidate_items(face)
    }


def answer_fault(shape: ItemShape, value: object) -> str | None:
    """Why the value is no answer to such an item, as a short stable word, or None. None clears an answer."""
    if value is None:
        return None
    if shape.type == TRUE_FALSE:
        return None if isinstance(value, bool) else "not_boolean"
    if shape.type == SHORT:
        if not isinstance(value, str):
            return "not_text"
        return "too_long" if len(value) > LONGEST_TEXT else None
    return _letters_fault(shape, value)


def _letters_fault(shape: ItemShape, value: object) -> str | None:
    if not isinstance(value, list) or not all(isinstance(letter, str) for letter in value):
        return "not_letters"
    if len(set(value)) != len(value) or not set(value) <= shape.letters:
        return "unknown_letter"
    return "one_letter" if shape.type == SINGLE and len(value) > 1 else None


def settled(value: Any) -> Any:
    """The one way to write an answer: letters sorted; no letter and no text mean cleared."""
    if isinstance(value, list):
        return sorted(value) or None
    if isinstance(value, str):
        return value if value.strip() else None
    return value
