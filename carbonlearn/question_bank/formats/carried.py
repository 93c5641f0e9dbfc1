"""How our own fields travel in formats that do not know them: as tags ``name=value``, and as labelled parts of the general feedback."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from carbonlearn.question_bank.formats.entry import FileItem
from carbonlearn.question_bank.formats.fields import put, rubric_text, version_text
from carbonlearn.question_bank.formats.texts import clean, line

CASE_TAG = "kind=case"
SINGLE_TAGS = ("pool", "function", "difficulty", "case", "review_by")
MANY_TAGS = ("competence", "facts")
LABELS = {"参考答案": "reference", "得分点": "rubric", "依据": "source"}
LABEL_OF = {name: label for label, name in LABELS.items()}
LABEL = re.compile(rf"(\\*)({'|'.join(LABELS)})：(.*)", re.DOTALL)


def tags_of(item: FileItem) -> Iterator[str]:
    """Everything that has no place of its own."""
    if item.job_type:
        yield f"track={item.job_type}/{item.level}"
    for name in SINGLE_TAGS:
        value = getattr(item, name)
        if value:
            yield f"{name}={value}"
    if item.version:
        yield f"version={version_text(item)}"
    for name in MANY_TAGS:
        for value in getattr(item, name):
            yield f"{name}={value}"


def take_tags(item: FileItem, tags: Iterable[str]) -> None:
    """Fill an item from its tags; a tag that is none of ours means nothing."""
    for tag in tags:
        name, equals, value = tag.partition("=")
        if not equals:
            continue
        if name in MANY_TAGS:
            getattr(item, name).append(line(value))
        elif name in SINGLE_TAGS or name in ("track", "version"):
            put(item, name, value)


def feedback_of(item: FileItem, names: Iterable[str] = ("reference", "rubric", "source")) -> str:
    """The explanation with the parts that stand below it, each under its label; ``take_feedback`` reads it back."""
    parts = [_protected(item.explanation)]
    for name in names:
        text = "\n" + rubric_text(item) if name == "rubric" and item.rubric else getattr(item, name)
        if text:
            first, newline, rest = text.partition("\n")
            parts.append(f"{LABEL_OF[name]}：{first}{newline}{_protected(rest)}")
    return "\n\n".join(part for part in parts if part)


def take_feedback(item: FileItem, text: str) -> None:
    """Fill an item from such a text; one without labels is the explanation."""
    parts: dict[str, list[str]] = {"explanation": []}
    current = "explanation"
    for typed in clean(text).split("\n"):
        found = LABEL.fullmatch(typed)
        if found and not found[1]:
            current = LABELS[found[2]]
            parts.setdefault(current, []).append(found[3])
        else:
            parts.setdefault(current, []).append(typed[1:] if found else typed)
    for name, lines in parts.items():
        value = clean("\n".join(lines))
        if name == "reference":
            item.reference = value
        elif value:
            put(item, name, value)


def _protected(text: str) -> str:
    return "\n".join("\\" + one if LABEL.fullmatch(one) else one for one in text.split("\n"))
