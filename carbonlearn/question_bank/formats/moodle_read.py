"""Moodle XML, question by question as a stream: ours and anybody's, in HTML, Markdown or plain text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from carbonlearn.question_bank.formats.carried import CASE_TAG, take_feedback, take_tags
from carbonlearn.question_bank.formats.entry import FileCase, FileItem, FilePicture, Piece
from carbonlearn.question_bank.formats.markup import has_html, markdown_of
from carbonlearn.question_bank.formats.safe_xml import ended
from carbonlearn.question_bank.formats.texts import clean, line
from carbonlearn.question_bank.formats.words import truth_of
from carbonlearn.question_bank.rules.item import LETTERS, MULTIPLE, SHORT, SINGLE, TRUE_FALSE

PLUGIN = re.compile(r"@@PLUGINFILE@@/([^\s()\"'<>]+)")
SHOWN = re.compile(r"\]\(@@PLUGINFILE@@/([^\s()]+)\)")
MAX_PICTURE = 10 * 1024 * 1024
SILENT = {"category", "description"}


def read(path: Path) -> Iterator[Piece]:
    """The questions of a file. Raises FileFault."""
    with path.open("rb") as stream:
        for number, (_name, question) in enumerate(ended(stream, {"question"}), 1):
            yield from _pieces(f"#{number}", question)


def _pieces(place: str, question: Element) -> Iterator[Piece]:
    kind = question.get("type", "")
    tags = [(one.findtext("text") or "").strip() for one in question.findall("tags/tag")]
    pictures = dict(_pictures(question, place))
    if kind == "description" and CASE_TAG in tags:
        yield FileCase(
            line(question.findtext("idnumber") or ""), _text(question.find("questiontext"), place), place
        )
    elif kind not in SILENT:
        yield _item(place, kind, question, tags)
    yield from pictures.values()


def _item(place: str, kind: str, question: Element, tags: list[str]) -> FileItem:
    item = FileItem(place=place, id=line(question.findtext("idnumber") or ""))
    item.stem = _text(question.find("questiontext"), place)
    take_tags(item, tags)
    take_feedback(item, _text(question.find("generalfeedback"), place))
    if kind == "multichoice":
        _take_options(item, question, place)
    elif kind == "truefalse":
        _take_truth(item, question)
    elif kind == "essay":
        item.type = SHORT
        explained = item.explanation
        take_feedback(item, _text(question.find("graderinfo"), place))
        if item.explanation != explained and explained:
            item.reference = item.reference or item.explanation
            item.explanation = explained
    else:
        item.note("type", "IMPORT_TYPE_NOT_OURS", said=line(kind)[:40])
    return item


def _take_options(item: FileItem, question: Element, place: str) -> None:
    answers = question.findall("answer")
    if len(answers) > len(LETTERS):
        item.note("options", "ITEM_OPTIONS_COUNT")
    said = []
    for letter, answer in zip(LETTERS, answers, strict=False):
        item.options[letter] = line(_text(answer, place))
        if _fraction(answer) > 0:
            item.key.append(letter)
        if told := line(_text(answer.find("feedback"), place)):
            said.append(f"{letter}：{told}")
    several = (question.findtext("single") or "").strip().lower() in ("false", "0")
    item.type = MULTIPLE if several else SINGLE
    item.explanation = item.explanation or "\n".join(said)


def _take_truth(item: FileItem, question: Element) -> None:
    item.type = TRUE_FALSE
    for answer in question.findall("answer"):
        truth = truth_of(answer.findtext("text") or "")
        if _fraction(answer) > 0 and truth is not None:
            item.key = [truth]


def _fraction(answer: Element) -> float:
    try:
        return float(answer.get("fraction", "0"))
    except ValueError:
        return 0.0


def _text(element: Element | None, place: str) -> str:
    """A text as Markdown; pictures of the file under their names there."""
    if element is None:
        return ""
    text = element.findtext("text") or ""
    shape = element.get("format", "moodle_auto_format")
    if shape == "html" or (shape == "moodle_auto_format" and has_html(text)):
        return markdown_of(text, lambda address: _name(address, place))
    return clean(SHOWN.sub(lambda found: f"](media:{_called(found[1], place)})", text))


def _name(address: str, place: str) -> str | None:
    found = PLUGIN.search(address)
    return _called(found[1], place) if found else None


def _called(name: str, place: str) -> str:
    """A picture's name within the whole file: each question has files of its own, which may be called alike."""
    return f"{place.removeprefix('#')}-{re.sub(r'[^0-9A-Za-z._-]', '_', unquote(name))}"


def _pictures(question: Element, place: str) -> Iterator[tuple[str, FilePicture]]:
    for file in question.iter("file"):
        name = _called(file.get("name", ""), place)
        text = file.text or ""
        if len(text) > MAX_PICTURE * 4 // 3:
            continue
        try:
            yield name, FilePicture(name, base64.b64decode(text, validate=False))
        except binascii.Error:
            continue
