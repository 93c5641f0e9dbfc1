"""GIFT, Moodle's text format: one question a paragraph, its answers in braces. Texts are marked as Markdown, which they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from carbonlearn.question_bank.formats.carried import CASE_TAG, feedback_of, tags_of, take_feedback, take_tags
from carbonlearn.question_bank.formats.entry import FileCase, FileItem, Outgoing, Piece
from carbonlearn.question_bank.formats.markup import markdown_of
from carbonlearn.question_bank.formats.texts import ENDS, clean, decoded, line
from carbonlearn.question_bank.formats.words import truth_of
from carbonlearn.question_bank.rules.item import LETTERS, MULTIPLE, SHORT, SINGLE, TRUE_FALSE

RESERVED = re.compile(r"[\\~=#{}:]")
TWO_ENDS = re.compile(r"\r\n?(?=\\n)")
"""A line end before an escaped one: in files that were written from texts with both."""
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
TAG = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)*)\]")
PARTS = re.compile(
    r"\s*(?:::(?P<title>(?:\\.|[^\\])*?)::)?\s*(?:\[(?P<format>html|moodle|plain|markdown)\])?"
    r"(?P<stem>(?:\\.|[^\\{])*)(?P<answers>\{(?:\\.|[^\\}])*\})?(?P<rest>.*)",
    re.DOTALL,
)
ANSWER = re.compile(
    r"\s*(?P<sign>[=~])\s*(?:%(?P<weight>-?[\d.]+)%)?\s*(?:\[(?:html|moodle|plain|markdown)\])?"
    r"(?P<text>(?:\\.|[^\\~=#])*)(?:#(?!###)(?P<feedback>(?:\\.|[^\\~=#])*))?",
    re.DOTALL,
)
FEEDBACK = re.compile(r"(?<!\\)((?:\\\\)*)####(.*)\Z", re.DOTALL)
SHARES = {2: "50", 3: "33.33333", 4: "25", 5: "20", 6: "16.66667", 7: "14.28571"}


def write(path: Path, outgoing: Outgoing) -> None:
    """Write the file, in UTF-8."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for case in outgoing.cases:
            file.write(
                f"// [id:{_tag(case.id)}] [tag:{CASE_TAG}]\n::{_escaped(case.id)}::[markdown]{_escaped(case.text)}\n\n"
            )
        for item in outgoing.counted():
            tags = "".join(f" [tag:{_tag(tag)}]" for tag in tags_of(item))
            file.write(
                f"// [id:{_tag(item.id)}]{tags}\n::{_escaped(item.id)}::[markdown]{_escaped(item.stem)} {_answers(item)}\n\n"
            )


def _answers(item: FileItem) -> str:
    feedback = f"####{_escaped(feedback_of(item))}"
    if item.type == TRUE_FALSE:
        return f"{{{'TRUE' if item.key and item.key[0] is True else 'FALSE'}{feedback}}}"
    if item.type == SHORT:
        return f"{{{feedback}}}"
    lines = [_sign(item, letter, words) + _option(words) for letter, words in item.options.items()]
    return "{\n" + "\n".join(lines) + f"\n{feedback}}}"


def _sign(item: FileItem, letter: str, words: str) -> str:
    """The sign of an option; with its weight where that is needed, or where the text itself begins like one."""
    right = letter in item.key
    if item.type == SINGLE:
        weight = ("%100%" if right else "%0%") if words.startswith("%") else ""
        return ("=" if right else "~") + weight
    return f"~%{SHARES.get(len(item.key), '100')}%" if right else "~%-100%"


def _option(words: str) -> str:
    return ("[markdown]" if words.startswith("[") else "") + _escaped(words)


def _escaped(text: str) -> str:
    return RESERVED.sub(lambda found: "\\" + found[0], ENDS.sub("\n", text)).replace("\n", "\\n")


def _tag(text: str) -> str:
    return re.sub(r"[\]\\]", lambda found: "\\" + found[0], text)


def _plain(text: str) -> str:
    return ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text.strip())


def read(path: Path) -> Iterator[Piece]:
    """The questions of a file in UTF-8, UTF-16 or GB 18030. Raises FileFault for other bytes."""
    for number, tags, text in _questions(clean(TWO_ENDS.sub("", decoded(path.read_bytes()))) + "\n"):
        found = PARTS.fullmatch(text)
        if found:
            yield from _piece(f"L{number}", tags, found)


def _questions(text: str) -> Iterator[tuple[int, list[tuple[str, str]], str]]:
    """Line, tags and text of each question: paragraphs, where a blank line inside braces divides nothing."""
    lines: list[str] = []
    tags: list[tuple[str, str]] = []
    start, depth = 0, 0
    for number, one in enumerate(text.split("\n"), 1):
        if not depth and one.lstrip().startswith("//"):
            tags += [(kind, re.sub(r"\\(.)", r"\1", value)) for kind, value in TAG.findall(one)]
        elif not depth and (not one.strip() or one.startswith("$CATEGORY")):
            if lines:
                yield start, tags, "\n".join(lines)
                lines, tags = [], []
        else:
            start = start if lines else number
            lines.append(one)
            bare = ESCAPED.sub("", one)
            depth = max(0, depth + bare.count("{") - bare.count("}"))
    if lines:
        yield start, tags, "\n".join(lines)


def _piece(place: str, tags: list[tuple[str, str]], found: re.Match[str]) -> Iterator[Piece]:
    named = [value for kind, value in tags if kind == "id"]
    own = [value for kind, value in tags if kind == "tag"]
    html = found["format"] == "html"
    stem = _text(found["stem"], html)
    if found["answers"] is None:
        if CASE_TAG in own and named:
            yield FileCase(named[0], stem, place)
        return
    if found["rest"].strip():
        stem = f"{stem} ____ {_text(found['rest'], html)}"
    item = FileItem(place=place, stem=stem, id=line(named[0]) if named else "")
    take_tags(item, own)
    inside = found["answers"][1:-1].strip()
    general = FEEDBACK.search(inside)
    if general:
        inside = inside[: general.start(2) - 4].strip()
        take_feedback(item, _text(general[2], html))
    _take_answers(item, inside, html)
    yield item


def _text(text: str, html: bool) -> str:
    return markdown_of(_plain(text)) if html else clean(_plain(text))


def _take_answers(item: FileItem, inside: str, html: bool) -> None:
    """The answers between the braces; kinds of question that we do not have are said so."""
    word = inside.split("#", maxsplit=1)[0].strip()
    truth = truth_of(word) if word.upper() in ("T", "F", "TRUE", "FALSE") else None
    if not inside:
        item.type = SHORT
    elif truth is not None:
        item.type, item.key = TRUE_FALSE, [truth]
    elif inside.startswith(("=", "~")) and "~" in ESCAPED.sub("", inside):
        _take_options(item, inside, html)
    else:
        kind = "numerical" if inside.startswith("#") else "matching" if "->" in inside else "shortanswer"
        item.note("type", "IMPORT_TYPE_NOT_OURS", said=kind)


def _take_options(item: FileItem, inside: str, html: bool) -> None:
    answers = list(ANSWER.finditer(inside))
    if len(answers) > len(LETTERS):
        item.note("options", "ITEM_OPTIONS_COUNT")
    right, said = [], []
    for letter, answer in zip(LETTERS, answers, strict=False):
        item.options[letter] = line(_text(answer["text"], html))
        weight = float(answer["weight"] or (100 if answer["sign"] == "=" else 0))
        if weight > 0:
            right.append(letter)
        if answer["feedback"]:
            said.append(f"{letter}：{line(_text(answer['feedback'], html))}")
    shared = any(0 < float(answer["weight"] or 0) < 100 for answer in answers)
    item.type = MULTIPLE if len(right) > 1 or shared else SINGLE
    item.key = list(right)
    item.explanation = item.explanation or "\n".join(said)
