"""The fields of an item as files name them, and how a word typed for one becomes a value; what it cannot be becomes a note."""

from __future__ import annotations

import re
from collections.abc import Callable

from carbonlearn.question_bank.formats.entry import FileItem
from carbonlearn.question_bank.formats.texts import clean, line
from carbonlearn.question_bank.formats.words import (
    day_of,
    difficulty_of,
    folded,
    hundredths_of,
    letters_of,
    list_of,
    points_text,
    pool_of,
    truth_of,
    type_of,
)
from carbonlearn.question_bank.rules.item import SHORT, TRUE_FALSE

NAMES = {
    "id": ("编号", "ID"),
    "type": ("题型", "Type"),
    "stem": ("题干", "Stem"),
    "answer": ("答案", "Answer"),
    "rubric": ("得分点", "Rubric"),
    "explanation": ("解析", "Explanation"),
    "source": ("依据", "Source"),
    "difficulty": ("难度", "Difficulty"),
    "function": ("职业功能", "Function"),
    "track": ("工种等级", "Track"),
    "pool": ("题库", "Pool"),
    "competence": ("能力点", "Competence"),
    "facts": ("事实", "Facts"),
    "case": ("案例", "Case"),
    "review_by": ("复核期限", "Review by"),
    "version": ("版本", "Version"),
}
"""What we call them, in Chinese and English, in the order in which people read them."""

ALSO = {
    "id": "外部编号 externalid itemid",
    "ordinal": "题号 序号 no",
    "stem": "题目 试题 问题 题目内容 试题内容 question",
    "answer": "正确答案 标准答案 参考答案 答 key correctanswer",
    "rubric": "评分点 采分点 评分标准 得分要点 keypoints",
    "explanation": "答案解析 试题解析 详解 说明 feedback",
    "source": "出处 来源 依据及出处 reference",
    "type": "试题类型 题目类型 questiontype",
    "difficulty": "难易度 难易程度 难度等级 level",
    "function": "功能 知识点 章节",
    "track": "方向 工种 joblevel",
    "competence": "能力 鉴定点 考核点 competencies",
    "review_by": "有效期 复核日期 reviewby",
}
FIELD_OF = {folded(word): name for name, words in NAMES.items() for word in words} | {
    folded(word): name for name, words in ALSO.items() for word in words.split()
}
MOST_SAID = 200  # characters of what could not be understood, for the note and the annotated sheet
VERSION = re.compile(r"([1-9]\d{0,5})(?:/([1-9]\d{0,5}))?")
RUBRIC_LINE = re.compile(
    r"[-·•*]?\s*(?:[（(]\s*([\d.０-９．]+)\s*(?:分|points?|p)?\s*[）)])\s*(.+)|(?:\d+\s*[.．、]\s*)?(.+?)\s*[（(]\s*([\d.０-９．]+)\s*分?\s*[）)]\s*[。；;.]?"
)


def field_of(word: str) -> str | None:
    """Which field a heading or label means."""
    return FIELD_OF.get(folded(word))


def put(item: FileItem, name: str, text: str) -> None:
    """What a file says of one field, into the item; empty says nothing."""
    if text.strip():
        PUTTERS[name](item, text)


def _type(item: FileItem, text: str) -> None:
    found = type_of(text)
    if found is None:
        item.note("type", "IMPORT_TYPE_UNKNOWN", said=line(text)[:MOST_SAID])
    item.type = found or ""


def _pool(item: FileItem, text: str) -> None:
    found = pool_of(text)
    if found is None:
        item.note("pool", "IMPORT_POOL_UNKNOWN", said=line(text)[:MOST_SAID])
    item.pool = found or ""


def _difficulty(item: FileItem, text: str) -> None:
    found = difficulty_of(text)
    if found is None:
        item.note("difficulty", "IMPORT_DIFFICULTY_UNKNOWN", said=line(text)[:MOST_SAID])
    item.difficulty = found or 0


def _track(item: FileItem, text: str) -> None:
    job_type, slash, level = line(text).partition("/")
    if not slash:
        item.note("track", "IMPORT_TRACK_UNKNOWN", said=line(text)[:MOST_SAID])
        return
    item.job_type, item.level = job_type.strip()[:32], level.strip()[:16]


def _review_by(item: FileItem, text: str) -> None:
    found = day_of(text)
    if found is None:
        item.note("review_by", "IMPORT_DAY_UNKNOWN", said=line(text)[:MOST_SAID])
    item.review_by = found or ""


def _rubric(item: FileItem, text: str) -> None:
    for typed in clean(text).split("\n"):
        if typed.strip():
            _rubric_line(item, typed.strip())


def _rubric_line(item: FileItem, typed: str) -> None:
    found = RUBRIC_LINE.fullmatch(typed)
    points = hundredths_of(found[1] or found[4]) if found else None
    if found is None or points is None:
        item.note("rubric", "IMPORT_RUBRIC_LINE", said=typed[:MOST_SAID])
        return
    item.rubric.append({"points": points, "text": line(found[2] or found[3])})


def rubric_text(item: FileItem) -> str:
    """The rubric as lines that ``put`` reads back."""
    return "\n".join(f"（{points_text(row['points'])} 分）{row['text']}" for row in item.rubric)


def answer(item: FileItem, text: str) -> None:
    """What stands behind 答案, once the type is known: letters, a truth value, or the model answer."""
    if item.type == SHORT:
        item.reference = clean(text)
    elif item.type == TRUE_FALSE:
        truth = truth_of(text)
        if truth is None:
            item.note("key", "IMPORT_TRUTH_UNKNOWN", said=line(text)[:MOST_SAID])
        else:
            item.key = [truth]
    else:
        letters = letters_of(text)
        if letters is None:
            item.note("key", "IMPORT_KEY_UNKNOWN", said=line(text)[:MOST_SAID])
        item.key = list(letters or [])


def answer_text(item: FileItem, *, english: bool = False) -> str:
    """The answer as ``answer`` reads it back."""
    if item.type == SHORT:
        return item.reference
    if item.type == TRUE_FALSE:
        right, wrong = ("True", "False") if english else ("正确", "错误")
        return "" if not item.key else right if item.key[0] is True else wrong
    return "".join(str(letter) for letter in item.key)


def version_text(item: FileItem) -> str:
    """The version that a file is written from, and that of its case: ``3``, ``3/2``."""
    of_case = f"/{item.case_version}" if item.case and item.case_version else ""
    return f"{item.version}{of_case}" if item.version else ""


def _version(item: FileItem, text: str) -> None:
    found = VERSION.fullmatch(line(text))
    if found:  # of other programs' versions we know nothing
        item.version, item.case_version = int(found[1]), int(found[2] or 0)


def track_text(item: FileItem) -> str:
    return f"{item.job_type}/{item.level}" if item.job_type else ""


PUTTERS: dict[str, Callable[[FileItem, str], None]] = {
    "ordinal": lambda _item, _text: None,  # counts the rows of one file and names nothing
    "id": lambda item, text: setattr(item, "id", line(text)),
    "type": _type,
    "pool": _pool,
    "difficulty": _difficulty,
    "track": _track,
    "review_by": _review_by,
    "version": _version,
    "rubric": _rubric,
    "function": lambda item, text: setattr(item, "function", line(text)),
    "competence": lambda item, text: setattr(item, "competence", list_of(text)),
    "facts": lambda item, text: setattr(item, "facts", list_of(text)),
    "case": lambda item, text: setattr(item, "case", line(text)),
    "source": lambda item, text: setattr(item, "source", line(text)),
    "explanation": lambda item, text: setattr(item, "explanation", clean(text)),
    "stem": lambda item, text: setattr(item, "stem", clean(text)),
}
