"""What a changed row of an item file would put in place of what the bank has: field by field, old against new, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.question_bank.file_notes import FIELDS
from carbonlearn.question_bank.formats.entry import FileItem
from carbonlearn.question_bank.formats.judging import CHANGED
from carbonlearn.question_bank.formats.words import TYPE_NAMES
from carbonlearn.question_bank.models import ImportRow
from carbonlearn.question_bank.queries import files
from carbonlearn.web.i18n import pick, points


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a row that would be another; lines of text, none where a side says nothing."""

    field: str
    old: list[str]
    new: list[str]


def changes_of(rows: Iterable[ImportRow]) -> dict[int, list[Change]]:
    """What the changed rows change, by the number of the row; the same few statements for any number of rows."""
    changed = [row for row in rows if row.verdict == CHANGED and row.version_id]
    old = files.versions_told([row.version_id for row in changed if row.version_id])
    return {
        row.number: _changes(old[row.version_id], FileItem.of(row.entry), _fields(row))
        for row in changed
        if row.version_id in old
    }


def _fields(row: ImportRow) -> list[str]:
    return [
        name for note in row.faults if note["code"] == "IMPORT_CHANGES" for name in note["facts"]["fields"]
    ]


def _changes(old: FileItem, new: FileItem, fields: list[str]) -> list[Change]:
    return [
        Change(
            str(FIELDS.get(name, name)), _lines(name, getattr(old, name)), _lines(name, getattr(new, name))
        )
        for name in fields
    ]


def _lines(name: str, value: Any) -> list[str]:
    """A field as lines of text."""
    if name == "options":
        return [f"{letter}. {words}" for letter, words in value.items()]
    if name == "rubric":
        return [
            pick(f"（{points(one['points'])} 分）", f"({points(one['points'])}) ") + one["text"]
            for one in value
        ]
    if name == "key":
        return ["、".join(_mark(one) for one in value)] if value else []
    if isinstance(value, list):
        return [str(one) for one in value]
    return [one for one in _word(name, value).splitlines() if one.strip()]


def _mark(key: str | bool) -> str:
    if isinstance(key, bool):
        return pick("正确", "True") if key else pick("错误", "False")
    return key


def _word(name: str, value: Any) -> str:
    names = {"function": catalogue.functions(), "type": TYPE_NAMES}.get(name, {})
    if value in names:
        return pick(*names[value])
    return str(value) if value else ""
