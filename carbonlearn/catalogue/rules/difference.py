"""What changed between two versions of a lesson, as people read it: field by field, and the text line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape
from typing import Any

KEPT, ADDED, GONE, SKIPPED = "kept", "added", "gone", "skipped"
AROUND = 2  # unchanged lines shown on either side of a change
FIELDS = ("title", "en", "kind", "summary", "sources", "competence", "stated", "review_by", "media")
BLOCK_END = re.compile(r"</(?:h2|h3|p|li|tr|blockquote|pre|figure)>|<br ?/?>")
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text: kept, added, gone, or (skipped) how many unchanged ones are left out, in ``count``."""

    state: str
    text: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class FieldChange:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Written:
    """A lesson's text: what its author wrote, where that is kept, and the page made of it."""

    source: Mapping[str, Any] | None
    html: str


@dataclass(frozen=True, slots=True)
class Difference:
    fields: list[FieldChange]
    lines: list[Line]


def difference(before: Written | None, after: Written) -> Difference:
    """What ``after`` changed; everything is new where there is nothing before. Compares the pages where a source is not kept."""
    both = before is not None and bool(before.source) and bool(after.source)
    old = lines_of((before.source or {}).get("body", "") if both else "", before.html) if before else []
    new = lines_of((after.source or {}).get("body", "") if both else "", after.html)
    fields = field_changes(before.source or {}, after.source or {}) if before and both else []
    return Difference(fields, line_changes(old, new))


def lines_of(body: str, html: str) -> list[str]:
    """The text as lines: what its author wrote, or for a version whose source is not kept the words of its page."""
    if body:
        return [line for line in body.splitlines() if line.strip()]
    plain = unescape(TAG.sub("", BLOCK_END.sub("\n", html)))
    return [line.strip() for line in plain.splitlines() if line.strip()]


def line_changes(before: list[str], after: list[str]) -> list[Line]:
    """Both texts in one column, with long unchanged stretches left out."""
    found: list[Line] = []
    for what, start, end, to_start, to_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if what == "equal":
            found += _quiet(before[start:end], first=not found, last=end == len(before))
        else:
            found += [Line(GONE, text) for text in before[start:end]]
            found += [Line(ADDED, text) for text in after[to_start:to_end]]
    return found


def _quiet(lines: list[str], *, first: bool, last: bool) -> list[Line]:
    """Unchanged lines: those beside a change, and a count of the others."""
    head, tail = 0 if first else AROUND, 0 if last else AROUND
    left_out = len(lines) - head - tail
    if left_out <= 1:
        return [Line(KEPT, text) for text in lines]
    shown_tail = lines[len(lines) - tail :]
    return [
        *(Line(KEPT, text) for text in lines[:head]),
        Line(SKIPPED, count=left_out),
        *(Line(KEPT, text) for text in shown_tail),
    ]


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """The fields beside the text that differ, as text."""
    return [
        FieldChange(name, plain(before.get(name)), plain(after.get(name)))
        for name in FIELDS
        if plain(before.get(name)) != plain(after.get(name))
    ]


def plain(value: Any) -> str:
    """A field's value in a line of words."""
    if isinstance(value, Mapping):
        return "；".join(f"{name}: {plain(inner)}" for name, inner in sorted(value.items()) if inner)
    if isinstance(value, list):
        return "、".join(plain(inner) for inner in value)
    return "" if value is None else str(value)
