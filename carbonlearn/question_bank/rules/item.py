"""What an item must be before anybody may see it in a paper, and who may approve it. Points are hundredths.

Source: domain paper, "Papers and marks" and "Hours that are honest"; separation of duties as in the architecture paper, section 9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

SINGLE, TRUE_FALSE, MULTIPLE, SHORT = "single-choice", "true-false", "multiple-choice", "short-answer"
EXAM, MOCK, PRACTICE, PRESENCE = "exam", "mock", "practice", "presence"
POOLS = (EXAM, MOCK, PRACTICE, PRESENCE)  # kept apart: nothing that was practised is ever examined
TYPES = (SINGLE, TRUE_FALSE, MULTIPLE, SHORT)
LETTERS = "ABCDEFGH"
MIN_STEM, MAX_STEM = 8, 2000
MAX_OPTION = 200
MIN_CASE, MAX_CASE = 40, 4000
MIN_OPTIONS, MAX_OPTIONS = 3, 8
MIN_EXPLANATION, MAX_EXPLANATION = 20, 2000
MAX_REFERENCE = 4000
MAX_SOURCE = 600
MIN_KEY_POINTS, MAX_KEY_POINTS = 2, 12
MAX_KEY_POINT = 300
MAX_POINTS = 100 * 100  # hundredths, of one line
DIFFICULTIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class ItemText:
    """Everything of an item that a version freezes. ``key`` holds letters, or one boolean; ``rubric`` its points in hundredths."""

    type: str
    function: str
    difficulty: int
    stem: str
    explanation: str
    source: str
    options: Mapping[str, str] = field(default_factory=dict)
    key: Sequence[Any] = ()
    reference: str = ""
    rubric: Sequence[Mapping[str, Any]] = ()


def faults(text: ItemText, pool: str = EXAM) -> list[tuple[str, str]]:
    """(field, stable code) for everything that keeps the item out of the bank; empty when it may be drafted.

    A presence question is answered beside a lesson, at once and by choosing; its source is the lesson.
    """
    asks = pool == PRESENCE
    found = [
        ("type", "ITEM_TYPE") if text.type not in TYPES else None,
        ("type", "ITEM_PRESENCE_TYPE") if asks and text.type == SHORT else None,
        ("stem", "ITEM_STEM_LENGTH") if not MIN_STEM <= len(text.stem) <= MAX_STEM else None,
        ("function", "ITEM_FUNCTION") if not text.function and not asks else None,
        ("difficulty", "ITEM_DIFFICULTY") if text.difficulty not in DIFFICULTIES else None,
        ("explanation", "ITEM_EXPLANATION") if len(text.explanation) < MIN_EXPLANATION else None,
        ("explanation", "ITEM_EXPLANATION_LONG") if len(text.explanation) > MAX_EXPLANATION else None,
        ("source", "ITEM_SOURCE") if not text.source and not asks else None,
        ("source", "ITEM_SOURCE_LONG") if len(text.source) > MAX_SOURCE else None,
        ("reference", "ITEM_REFERENCE_LONG") if len(text.reference) > MAX_REFERENCE else None,
        _options_fault(text),
        _key_fault(text),
        _short_fault(text),
    ]
    return [fault for fault in found if fault]


def _options_fault(text: ItemText) -> tuple[str, str] | None:
    if text.type not in (SINGLE, MULTIPLE):
        return ("options", "ITEM_OPTIONS_UNUSED") if text.options else None
    letters, texts = list(text.options), list(text.options.values())
    if not MIN_OPTIONS <= len(letters) <= MAX_OPTIONS or letters != list(LETTERS[: len(letters)]):
        return ("options", "ITEM_OPTIONS_COUNT")
    if any(not words or len(words) > MAX_OPTION for words in texts):
        return ("options", "ITEM_OPTION_LENGTH")
    return ("options", "ITEM_OPTIONS_TWICE") if len(set(texts)) < len(texts) else None


def _key_fault(text: ItemText) -> tuple[str, str] | None:
    """One letter; two or more but never all; one truth value; nothing for a short answer."""
    key = list(text.key)
    fits = {
        SINGLE: len(key) == 1 and key[0] in text.options,
        MULTIPLE: 2 <= len(set(key)) == len(key) < len(text.options) and set(key) <= set(text.options),
        TRUE_FALSE: len(key) == 1 and isinstance(key[0], bool),
        SHORT: not key,
    }
    code = {SINGLE: "ITEM_KEY_ONE", MULTIPLE: "ITEM_KEY_SEVERAL", TRUE_FALSE: "ITEM_KEY_TRUTH"}
    return None if fits.get(text.type, True) else ("key", code.get(text.type, "ITEM_KEY_UNUSED"))


def _short_fault(text: ItemText) -> tuple[str, str] | None:
    if text.type != SHORT:
        return ("rubric", "ITEM_RUBRIC_UNUSED") if text.rubric else None
    if not text.reference:
        return ("reference", "ITEM_REFERENCE")
    sound = all(line["text"] and line["points"] > 0 for line in text.rubric)
    if not sound or len(text.rubric) < MIN_KEY_POINTS:
        return ("rubric", "ITEM_RUBRIC")
    short = all(len(line["text"]) <= MAX_KEY_POINT and line["points"] <= MAX_POINTS for line in text.rubric)
    return None if short and len(text.rubric) <= MAX_KEY_POINTS else ("rubric", "ITEM_RUBRIC_LONG")


def clipped(text: ItemText) -> ItemText:
    """No more of a text than a sound item has to show: for looking at what is still being typed."""
    options = {letter: words[:MAX_OPTION] for letter, words in text.options.items()}
    return replace(text, stem=text.stem[:MAX_STEM], options=options)
