"""What a printed paper and its answer book say, in plain values for the template; read from the sealed paper alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from carbonlearn.catalogue.queries import rules_of
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.exams.models import ExamWindow, Paper
from carbonlearn.exams.queries.papers import form_letter
from carbonlearn.exams.queries.releases import ANSWERS, PAPER
from carbonlearn.exams.queries.sealed import face, key
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.infra import rich, vault
from carbonlearn.infra.typeset import blocks, spans
from carbonlearn.question_bank.queries import picture

ORDINALS = "一二三四五六七八"
NAMES = {
    "single-choice": ("单项选择题", "每题只有一个正确答案"),
    "true-false": ("判断题", "正确的填“√”，错误的填“×”"),
    "multiple-choice": ("多项选择题", "每题有两个或两个以上正确答案，全部选对才得分"),
    "short-answer": ("简答题", "写在题下的横线上"),
}
RULES = (
    "开考前请填写姓名、准考证号和座位号，并核对卷别、页数。",
    "用黑色签字笔作答；选择题和判断题把答案填在括号内，涂改须清楚。",
    "交卷时试卷与草稿纸一并交回，不得带离考场。",
)
SHORT_OPTION = 16  # characters that fit into half of the width
LINE_POINTS = 100  # hundredths: a line to write on for each half point
TALL = 260  # characters from which a question may run over a page's end


def print_data(paper: Paper, book: str) -> dict[str, Any]:
    """Everything the template ``exam-paper`` sets. Raises PaperDamaged."""
    content, window = face(paper), window_by_id(paper.window_id)
    rules = rules_of(paper.programme_version_id) if paper.programme_version_id else None
    letter, day = form_letter(paper.form), _day(window, rules)
    answers = {entry["n"]: entry for entry in key(paper)["items"]} if book == ANSWERS else {}
    return {
        "book": book,
        "title": content["name"] + ("　参考答案与评分要点" if book == ANSWERS else ""),
        "programme": rules.name if rules else "",
        "facts": f"{day}　{letter} 卷　满分 {_points(paper.total_points)} 分　时间 {paper.duration_seconds // 60} 分钟",
        "watermark": f"{day}　{letter} 卷",
        "running": f"{content['name']}　{letter} 卷",
        "seal": f"封存摘要 {paper.sha256[:16]}",
        "rules": list(RULES)
        if book == PAPER
        else ["阅卷专用。只发给阅卷人和监考负责人，考试结束前不得拆封。"],
        "parts": list(_parts(content["items"], answers)),
        "pictures": _pictures(content["items"], answers),
        "end": "（完）",
    }


def _day(window: ExamWindow, rules: ProgrammeRules | None) -> str:
    start = window.starts_at.astimezone(rules.zone) if rules else window.starts_at
    return f"{start:%Y-%m-%d %H:%M}"


def _parts(items: Sequence[Mapping[str, Any]], answers: Mapping[int, Any]) -> Iterator[dict[str, Any]]:
    for place, (kind, group) in enumerate(groupby(items, key=lambda item: item["type"])):
        found = list(group)
        name, how = NAMES[kind]
        each, total = found[0]["points"], sum(item["points"] for item in found)
        yield {
            "heading": f"{ORDINALS[place]}、{name}",
            "note": f"（共 {len(found)} 题，每题 {_points(each)} 分，共 {_points(total)} 分。{how}。）",
            "items": list(_items(found, answers)),
        }


def _items(items: Sequence[Mapping[str, Any]], answers: Mapping[int, Any]) -> Iterator[dict[str, Any]]:
    """The items of a type; a case stands before the first of those that share it."""
    before = ""
    for item in items:
        case = item.get("case", "")
        opens = bool(case) and case != before and not answers
        shared = [other["n"] for other in items if other.get("case", "") == case]
        before = case
        yield {
            "n": item["n"],
            "case": blocks(case) if opens else None,
            "case_note": _case_note(shared),
            **(_answered(item, answers[item["n"]]) if answers else _asked(item)),
        }


def _case_note(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"根据下面的资料，回答第 {numbers[0]} 题。"
    return f"根据下面的资料，回答第 {numbers[0]}—{numbers[-1]} 题。"


def _asked(item: Mapping[str, Any]) -> dict[str, Any]:
    is_choice = item["type"] in ("single-choice", "multiple-choice")
    options = item["options"] if is_choice else []
    short = all(_width(text) <= 2 * SHORT_OPTION for _letter, text in options)
    mark = "（　　）" if item["type"] != "short-answer" else f"（{_points(item['points'])} 分）"
    stem = blocks(item["stem"])
    last = stem[-1] if stem else {}
    if "p" in last:
        last["p"].append({"t": mark, "bound": True})
    else:
        stem.append({"p": [{"t": mark}]})
    return {
        "stem": stem,
        "options": [[letter, spans(text)] for letter, text in options],
        "columns": 2 if short else 1,
        "lines": max(4, 2 * item["points"] // LINE_POINTS) if item["type"] == "short-answer" else 0,
        "tall": len(item["stem"]) > TALL or item["points"] > 500,
    }


def _answered(item: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    if item["type"] == "true-false":
        answer = "√ 正确" if entry["key"] == [True] else "× 错误"
    else:
        answer = "".join(str(letter) for letter in entry["key"])
    return {
        "answer": answer,
        "reference": blocks(entry["reference"]),
        "rubric": [[spans(line["text"]), f"{_points(line['points'])} 分"] for line in entry["rubric"]],
        "explanation": blocks(entry["explanation"]),
        "source": spans(entry["source"]),
    }


def _pictures(items: Sequence[Mapping[str, Any]], answers: Mapping[int, Any]) -> dict[str, list[int]]:
    texts = [text for item in items for text in (item["stem"], item.get("case", ""))]
    texts += [text for item in items for _letter, text in item["options"]]
    texts += [entry[name] for entry in answers.values() for name in ("reference", "explanation")]
    named = {one for text in texts for one in rich.pictures_in(text)}
    return {one: list(_content(one)) for one in sorted(named)}


def _content(picture_id: str) -> bytes:
    found = picture(picture_id)
    stream = vault.media().open(found.sha256, 0, found.size)
    try:
        return stream.read(found.size)
    finally:
        stream.close()


def _points(hundredths: int) -> str:
    return f"{hundredths / 100:g}"


def _width(text: str) -> int:
    """Twice the number of full characters."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in rich.plain(text))
