"""Items as lines, in the layout that Chinese question banks use: number and stem, ``A.``, ``答案：``, ``解析：``, and labels of that kind.

What we write is read back as it was: a line of a text that looks like a number, an option or a label gets a backslash before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from carbonlearn.question_bank.formats.entry import FileCase, FileItem
from carbonlearn.question_bank.formats.fields import (
    NAMES,
    RUBRIC_LINE,
    answer,
    answer_text,
    field_of,
    put,
    rubric_text,
    track_text,
    version_text,
)
from carbonlearn.question_bank.formats.texts import clean, decoded, line
from carbonlearn.question_bank.formats.words import POOL_NAMES, TYPE_NAMES, letters_of, truth_of, type_of
from carbonlearn.question_bank.rules.item import LETTERS, MULTIPLE, SHORT, SINGLE, TRUE_FALSE

NUMBER = re.compile(r"(?:第\s*)?(\d{1,5})\s*(?:[.．、)）](?!\d)|题[:：]?)\s*(.*)", re.DOTALL)
TYPE_MARK = re.compile(r"[【\[（(]([^】\]）)]{2,16})[】\]）)]\s*")
OPTION = re.compile(r"[（(]?([A-H])\s*[.．、:：)）]\s*(.*)", re.DOTALL)
LABEL = re.compile(r"【?([^\s:：【】]{1,16}(?: [A-Za-z]{1,10})?)(?:】\s*[:：]?|\s*[:：])\s*(.*)", re.DOTALL)
SECTION = re.compile(r"[一二三四五六七八九十]{1,3}\s*[、.．]\s*([^\s（(，,。:：]{2,10}).*", re.DOTALL)
CASE = re.compile(r"【(?:案例|Case)】\s*(\S(?:.{0,62}\S)?)\s*", re.IGNORECASE)
NEXT = {
    letter: re.compile(rf"(?<!\\)(?:(?<=\s)|(?<=[；;。]))[（(]?{letter}\s*[.．、)）]\s*")
    for letter in LETTERS
}
LOOKS_LIKE_NEXT = re.compile(r"(?<=[\s；;。])(?=\\*[（(]?[A-H]\s*[.．、)）])")
PROTECTED_NEXT = re.compile(r"(?<=[\s；;。])\\(?=\\*[（(]?[A-H]\s*[.．、)）])")
IN_BRACKETS = re.compile(r"[（(]\s*([A-HＡ-Ｈ]{1,8}|[√×✓✗对错])\s*[）)]")
LEAD = re.compile(r"\s*")


@dataclass(slots=True)
class _Draft:
    """What has been read of one item: the lines of each field. ``open`` is the field that the next plain line belongs to."""

    place: str
    number: int = 0
    type: str = ""
    lines: dict[str, list[str]] = field(default_factory=dict)
    open: str = "stem"
    is_case: bool = False

    def add(self, name: str, text: str) -> None:
        self.lines.setdefault(name, []).append(text)
        self.open = name

    def text(self, name: str) -> str:
        return clean("\n".join(self.lines.get(name, [])))

    @property
    def options(self) -> int:
        return sum(name in LETTERS for name in self.lines)

    @property
    def is_answered(self) -> bool:
        """Whether more than the stem is there, so that a new number begins a new item."""
        return any(name != "stem" for name in self.lines)


def read(path: Path) -> Iterator[FileItem | FileCase]:
    """The items and cases of a text file in this layout. Raises FileFault."""
    lines = enumerate(clean(decoded(path.read_bytes())).split("\n"), 1)
    return items_of((f"L{number}", text) for number, text in lines)


def items_of(lines: Iterable[tuple[str, str]]) -> Iterator[FileItem | FileCase]:
    """The items and cases in lines, given as (place, text)."""
    draft: _Draft | None = None
    kind = ""
    for place, text in lines:
        bare = text.strip()
        section = SECTION.fullmatch(bare)
        if section and (named := type_of(section[1])):
            if draft:
                yield _done(draft)
            draft, kind = None, named
            continue
        begun = _begun(place, bare, draft, kind)
        if begun:
            if draft:
                yield _done(draft)
            draft = begun
        elif draft:
            _more(draft, text)
    if draft:
        yield _done(draft)


def _begun(place: str, bare: str, draft: _Draft | None, kind: str) -> _Draft | None:
    """A draft, when this line begins an item or a case."""
    case = CASE.fullmatch(bare)
    if case:
        return _Draft(place, is_case=True, lines={"id": [case[1]]}, open="text")
    label = LABEL.fullmatch(bare)
    if label and field_of(label[1]) == "stem":
        if draft and draft.is_case is False and not draft.lines.get("stem") and not draft.options:
            return None  # 编号 and 题型 may stand before the stem
        return _opened(_Draft(place, type=kind), label[2])
    number = NUMBER.fullmatch(bare)
    if number and (draft is None or draft.is_case or _is_next(draft, int(number[1]), bare)):
        return _opened(_Draft(place, int(number[1]), kind), number[2])
    return None


def _is_next(draft: _Draft, number: int, bare: str) -> bool:
    """Whether a numbered line begins the next item: in answers and explanations numbers also count what is said there."""
    if draft.open == "rubric" and RUBRIC_LINE.fullmatch(bare):
        return False
    counts = draft.open in ("answer", "rubric", "explanation") and number <= draft.number
    starts_anew = number == 1 and draft.options > 0
    return number == draft.number + 1 or (draft.is_answered and (starts_anew or not counts))


def _opened(draft: _Draft, text: str) -> _Draft:
    mark = TYPE_MARK.match(text)
    if mark and (named := type_of(mark[1])):
        draft.type, text = named, text[mark.end() :]
    draft.add("stem", text)
    return draft


def _more(draft: _Draft, text: str) -> None:
    """A line that goes on: an option, a label, or more of the field that is open."""
    bare = text.strip()
    if draft.is_case:
        draft.add("text", _unprotected(text))
        return
    option = OPTION.fullmatch(bare)
    if (
        option
        and draft.options < len(LETTERS)
        and option[1] == LETTERS[draft.options]
        and draft.open in ("stem", *LETTERS)
    ):
        _add_options(draft, option[1], option[2])
        return
    label = LABEL.fullmatch(bare)
    name = field_of(label[1]) if label else None
    if label and name:
        draft.add(name, label[2])
        return
    draft.add(draft.open, _unprotected(text))


def _add_options(draft: _Draft, letter: str, text: str) -> None:
    """One option, and those that follow it on the same line."""
    following = NEXT.get(chr(ord(letter) + 1))
    found = following.search(text) if following else None
    draft.add(letter, PROTECTED_NEXT.sub("", text[: found.start()] if found else text))
    if found:
        _add_options(draft, chr(ord(letter) + 1), text[found.end() :])


def _done(draft: _Draft) -> FileItem | FileCase:
    if draft.is_case:
        return FileCase(draft.lines["id"][0], draft.text("text"), draft.place)
    item = FileItem(place=draft.place, type=draft.type)
    for name in NAMES:
        if name != "answer":
            put(item, name, draft.text(name))
    item.options = {letter: line(draft.text(letter)) for letter in LETTERS if letter in draft.lines}
    told = draft.text("answer") or (_taken_from_stem(item) if item.type != SHORT else "")
    item.type = item.type or _guessed(item, told)
    if told:
        answer(item, told)
    return item


def _taken_from_stem(item: FileItem) -> str:
    """The answer that stands in brackets in the stem; the brackets stay, empty."""
    found = list(IN_BRACKETS.finditer(item.stem))
    if not found:
        return ""
    last = found[-1]
    item.stem = item.stem[: last.start()] + "（　）" + item.stem[last.end() :]
    return last[1]


def _guessed(item: FileItem, told: str) -> str:
    """The type that an item without one must be, by its options and its answer."""
    if item.options:
        return MULTIPLE if len(letters_of(told) or []) > 1 else SINGLE
    return TRUE_FALSE if truth_of(told) is not None else SHORT


def protected(text: str) -> str:
    """A text whose lines will not be taken for anything else."""
    return "\n".join(_protected(one) for one in text.split("\n"))


def _protected(text: str) -> str:
    lead = LEAD.match(text)
    start = lead.end() if lead else 0
    return f"{text[:start]}\\{text[start:]}" if _reacts(text[start:].lstrip("\\")) else text


def _unprotected(text: str) -> str:
    lead = LEAD.match(text)
    start = lead.end() if lead else 0
    rest = text[start:]
    return text[:start] + rest[1:] if rest.startswith("\\") and _reacts(rest.lstrip("\\")) else text


def _reacts(text: str) -> bool:
    label = LABEL.match(text)
    return bool(
        NUMBER.match(text)
        or OPTION.match(text)
        or SECTION.match(text)
        or CASE.match(text)
        or (label and field_of(label[1]))
    )


def lines_of(item: FileItem, number: int, *, english: bool = False) -> Iterator[tuple[str, str]]:
    """An item as (field, text), each text of one or more lines, in the order and the words of the layout."""
    word = int(english)
    names = {name: f"{words[word]}：" for name, words in NAMES.items()}
    kind = TYPE_NAMES.get(item.type)
    yield "stem", f"{number}. {f'【{kind[word]}】' if kind else ''}{_after_first(item.stem)}"
    for letter, words in item.options.items():
        yield letter, f"{letter}. {LOOKS_LIKE_NEXT.sub(lambda _found: chr(92), words)}"
    pool = POOL_NAMES.get(item.pool)
    told = {
        "answer": answer_text(item, english=english),
        "rubric": rubric_text(item),
        "explanation": item.explanation,
        "source": item.source,
        "id": item.id,
        "difficulty": str(item.difficulty or ""),
        "function": item.function,
        "track": track_text(item),
        "pool": pool[word] if pool else item.pool,
        "competence": "、".join(item.competence),
        "facts": "、".join(item.facts),
        "case": item.case,
        "review_by": item.review_by,
        "version": version_text(item),
    }
    for name, text in told.items():
        if text:
            yield name, names[name] + ("\n" + protected(text) if name == "rubric" else _after_first(text))


def _after_first(text: str) -> str:
    first, newline, rest = text.partition("\n")
    return first + newline + protected(rest) if newline else first


def case_lines(case: FileCase) -> str:
    return f"【案例】{case.id}\n{protected(case.text)}"
