"""What is made of an item before anybody sees it: no HTML, a number, no more than the bank can hold of each text."""

from __future__ import annotations

import re

from carbonlearn.question_bank.formats.entry import FileCase, FileItem
from carbonlearn.question_bank.formats.markup import has_html, markdown_of
from carbonlearn.question_bank.formats.texts import LOST, TAKEN, clean, line
from carbonlearn.question_bank.rules.item import MAX_CASE

BLOCK_FIELDS = ("stem", "explanation", "reference")
LINE_FIELDS = ("source",)
LONGEST = 20_000
MAX_ID, MAX_CODE = 64, 64
EXTERNAL_ID = re.compile(r"[^\s/\\<>\"'`{}|^\x00-\x1f]{1,64}")
ORDINAL = re.compile(r"\d{1,5}")
ADDRESS = re.compile(
    r"!\[([^\]]*)\]\((?!media:)[^)]*\)|\[([^\]]+)\]\(\s*(?:https?|javascript|data|file|ftp):[^)]*\)",
    re.IGNORECASE,
)


def tidy(item: FileItem) -> FileItem:
    """The item with its texts cleaned; each cleaning that somebody might miss is noted. A number that only counts rows is none."""
    for name in BLOCK_FIELDS:
        setattr(item, name, _tidied(item, name, getattr(item, name), one_line=False))
    for name in LINE_FIELDS:
        setattr(item, name, _tidied(item, name, getattr(item, name), one_line=True))
    item.options = {
        letter: _tidied(item, "options", words, one_line=True) for letter, words in item.options.items()
    }
    for row in item.rubric:
        row["text"] = _tidied(item, "rubric", row["text"], one_line=True)
    _refuse_long(item)
    if item.id and not EXTERNAL_ID.fullmatch(item.id):
        item.note("id", "IMPORT_ID_FORM", said=item.id[:64])
        item.id = item.id[:MAX_ID]
    elif ORDINAL.fullmatch(item.id):
        item.note("id", "IMPORT_ID_ORDINAL", said=item.id)
    return item


def tidy_case(case: FileCase) -> FileCase:
    """The case with its text cleaned, which is noted as on items. What is longer than any case is cut: its length is a fault."""
    found = _noted(case, "text", _without_html(case.text), clean(case.text))
    case.id, case.text = case.id[:MAX_ID], found[: MAX_CASE + 1]
    return case


def _tidied(item: FileItem, name: str, text: str, *, one_line: bool) -> str:
    found = _noted(item, name, _without_html(text), clean(text))
    return line(found) if one_line else found


def _noted(of: FileItem | FileCase, name: str, found: str, said: str) -> str:
    """The text without our marks; what was left out of it is noted, and what the question may hang on keeps it out."""
    if LOST in found:
        of.note(name, "IMPORT_LOST")
    if TAKEN in found or (found != said and LOST not in found):
        of.note(name, "IMPORT_CLEANED", grave=False)
    return clean(found.replace(LOST, "□").replace(TAKEN, "")) if LOST in found or TAKEN in found else found


def _without_html(text: str) -> str:
    """A text without HTML, and without links and pictures that lead out of the bank."""
    text = clean(text)
    for _layer in range(3):  # what is taken away may have hidden some more
        if has_html(text):
            text = clean(markdown_of(text, keeps_lines=True))
    if has_html(text):
        text = text.replace("<", "＜")
    if "](" in text:
        text = ADDRESS.sub(lambda found: found[2] or (found[1] or "") + LOST, text)
    return clean(text)


def _refuse_long(item: FileItem) -> None:
    for name in (*BLOCK_FIELDS, *LINE_FIELDS):
        text = getattr(item, name)
        if len(text) > LONGEST:
            item.note(name, "IMPORT_TOO_LONG", most=LONGEST)
            setattr(item, name, text[:LONGEST])
    item.competence = [code[:MAX_CODE] for code in item.competence[:40]]
    item.facts = [code[:MAX_CODE] for code in item.facts[:40]]
    item.case, item.function = item.case[:MAX_CODE], item.function[:MAX_CODE]
