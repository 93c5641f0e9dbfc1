"""Moodle XML: the questions as Moodle's own export writes them, texts in Markdown, pictures inside as base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from carbonlearn.question_bank.formats.carried import CASE_TAG, feedback_of, tags_of
from carbonlearn.question_bank.formats.entry import FileCase, FileItem, Outgoing
from carbonlearn.question_bank.formats.gift import SHARES
from carbonlearn.question_bank.rules.item import SHORT, SINGLE, TRUE_FALSE

MEDIA = re.compile(r"(?<=\]\(media:)([0-9a-z]{26})(?=\))")
PLUGIN = "@@PLUGINFILE@@/"
KINDS = {TRUE_FALSE: "truefalse", SHORT: "essay"}

Pictures = Callable[[str], bytes | None]


def write(path: Path, outgoing: Outgoing) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n')
        for case in outgoing.cases:
            file.write(_case(case, outgoing.picture))
        for item in outgoing.counted():
            file.write(_question(item, outgoing.picture))
        file.write("</quiz>\n")


def _case(case: FileCase, picture: Pictures) -> str:
    return (
        f'<question type="description"><name>{_plain(case.id)}</name>{_rich("questiontext", case.text, picture)}'
        f"{_rich('generalfeedback', '', picture)}<defaultgrade>0</defaultgrade><penalty>0</penalty><hidden>0</hidden>"
        f"<idnumber>{escape(case.id)}</idnumber>{_tags([CASE_TAG])}</question>\n"
    )


def _question(item: FileItem, picture: Pictures) -> str:
    """One question. What a short answer is marked by goes to its graders' information, where Moodle keeps it from the candidates."""
    short = item.type == SHORT
    shown = ("source",) if short else ("reference", "rubric", "source")
    penalty = "1" if item.type == TRUE_FALSE else "0"
    grade = sum(row["points"] for row in item.rubric) / 100 if short else 1
    return (
        f'<question type="{KINDS.get(item.type, "multichoice")}"><name>{_plain(item.id)}</name>{_rich("questiontext", item.stem, picture)}'
        f"{_rich('generalfeedback', feedback_of(item, shown), picture)}<defaultgrade>{grade:g}</defaultgrade><penalty>{penalty}</penalty>"
        f"<hidden>0</hidden><idnumber>{escape(item.id)}</idnumber>{_answers(item, picture)}{_tags(tags_of(item))}</question>\n"
    )


def _answers(item: FileItem, picture: Pictures) -> str:
    if item.type == TRUE_FALSE:
        right = bool(item.key) and item.key[0] is True
        return "".join(
            f'<answer fraction="{100 if value is right else 0}" format="moodle_auto_format"><text>{str(value).lower()}</text></answer>'
            for value in (True, False)
        )
    if item.type == SHORT:
        grading = FileItem(reference=item.reference, rubric=item.rubric)
        return (
            "<responseformat>editor</responseformat><responserequired>1</responserequired><responsefieldlines>10</responsefieldlines>"
            "<attachments>0</attachments><attachmentsrequired>0</attachmentsrequired>"
            f"{_rich('graderinfo', feedback_of(grading), picture)}{_rich('responsetemplate', '', picture)}"
        )
    single = "true" if item.type == SINGLE else "false"
    head = f"<single>{single}</single><shuffleanswers>false</shuffleanswers><answernumbering>ABCD</answernumbering>"
    silent = '<feedback format="markdown"><text></text></feedback>'
    return head + "".join(
        f'<answer fraction="{_fraction(item, letter)}" format="markdown">{_inside(words, picture)}{silent}</answer>'
        for letter, words in item.options.items()
    )


def _fraction(item: FileItem, letter: str) -> str:
    if item.type == SINGLE:
        return "100" if letter in item.key else "0"
    return SHARES.get(len(item.key), "100") if letter in item.key else "-100"


def _rich(tag: str, text: str, picture: Pictures) -> str:
    return f'<{tag} format="markdown">{_inside(text, picture)}</{tag}>'


def _inside(text: str, picture: Pictures) -> str:
    """The text, and the files of the pictures that it shows."""
    shown = {
        one: content for one in dict.fromkeys(MEDIA.findall(text)) if (content := picture(one)) is not None
    }
    told = text
    for one in shown:
        told = told.replace(f"](media:{one})", f"]({PLUGIN}{one}.webp)")
    files = "".join(
        f'<file name={quoteattr(one + ".webp")} path="/" encoding="base64">{base64.b64encode(content).decode()}</file>'
        for one, content in shown.items()
    )
    return f"<text>{escape(told)}</text>{files}"


def _plain(text: str) -> str:
    return f"<text>{escape(text)}</text>"


def _tags(tags: Iterable[str]) -> str:
    return f"<tags>{''.join(f'<tag>{_plain(tag)}</tag>' for tag in tags)}</tags>"
