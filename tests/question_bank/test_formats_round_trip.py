"""What goes out in a format comes back as it was: every shipped item, and texts that try to break the format."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from carbonlearn.question_bank.formats.entry import FileCase, FileItem, said
from carbonlearn.question_bank.formats.kinds import FORMATS, pieces
from carbonlearn.question_bank.formats.texts import line
from carbonlearn.question_bank.formats.tidy import tidy, tidy_case
from tests.factories.item_files import shipped, written

ITEMS, CASES = shipped()
SNIPPETS = [
    "A. ",
    "B、",
    "答案：",
    "解析：",
    "依据：",
    "参考答案：",
    "得分点：",
    "1. ",
    "2、",
    "第 3 题",
    "（B）",
    "【单选题】",
    "【案例】x",
    "一、判断题",
    "编号：9",
    "| a | b |",
    "| --- | --- |",
    "|",
    "$x_1$",
    "$$",
    "$",
    "\\",
    "\\\\",
    "\\n",
    "{",
    "}",
    "~",
    "=",
    "#",
    "####",
    "::",
    "//",
    "->",
    "%50%",
    "**",
    "__",
    "*",
    "&amp;",
    "&",
    "]]>",
    "@@PLUGINFILE@@/x",
    "[id:x]",
    "[tag:y=z]",
    "_x0041_",
    "=1+1",
    "-2+3",
    "@SUM(A1)",
    "'",
    '"',
    "< 5",
    "a<b",
    ">",
    "![x]",
    "](media:",
    "CO₂",
    "m³",
    "😀",
    "\u2028",
    "\t",
    "\u3000",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\x00",
    "\x0b",
    "\ufeff",
    "\u202e",
    "Ａ．",
    "0.5",
    "3.5 吨",
    "汉",
    "字",
]
NASTY = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=6)), min_size=1, max_size=12).map(
    "".join
)
CODES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-/._", min_size=1, max_size=30)


@st.composite
def items(draw: st.DrawFn) -> FileItem:
    """An item of any type whose texts are as the bank would keep them, however odd."""
    kind = draw(st.sampled_from(["single-choice", "true-false", "multiple-choice", "short-answer"]))
    letters = "ABCDEFGH"[: draw(st.integers(3, 8))]
    item = FileItem(
        id=draw(st.from_regex(r"[a-z一-龥][0-9a-z一-龥.#=:~-]{0,40}", fullmatch=True)),
        type=kind,
        stem=draw(NASTY),
        explanation=draw(NASTY),
        source=draw(NASTY),
        pool=draw(st.sampled_from(["exam", "mock", "practice"])),
        job_type="accounting",
        level=draw(st.sampled_from(["3", "4"])),
        function=draw(CODES),
        difficulty=draw(st.integers(1, 5)),
        competence=draw(st.lists(CODES, max_size=3, unique=True)),
        facts=draw(st.lists(CODES, max_size=3, unique=True)),
        review_by=draw(st.dates().filter(lambda day: day.year >= 1000)).isoformat(),
    )
    if kind in ("single-choice", "multiple-choice"):
        item.options = {letter: draw(NASTY.filter(lambda text: bool(kept(text)))) for letter in letters}
        count = 1 if kind == "single-choice" else draw(st.integers(2, len(letters) - 1))
        item.key = sorted(draw(st.permutations(letters))[:count])
    elif kind == "true-false":
        item.key = [draw(st.booleans())]
    else:
        item.reference = draw(NASTY.filter(lambda text: bool(kept(text))))
        item.rubric = draw(
            st.lists(
                st.builds(
                    lambda points, text: {"points": points, "text": text},
                    st.integers(1, 1000),
                    NASTY.filter(lambda text: bool(kept(text))),
                ),
                min_size=2,
                max_size=4,
            )
        )
    return tidy(item)


def kept(text: str) -> str:
    """What the bank keeps of a text of one line."""
    return line(tidy(FileItem(id="x", source=text)).source)


def read(path: Path) -> tuple[list[FileItem], dict[str, str]]:
    found = list(pieces(path, path.parent)[1])
    return [tidy(one) for one in found if isinstance(one, FileItem)], {
        one.id: tidy_case(one).text for one in found if isinstance(one, FileCase)
    }


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("kind", FORMATS)
def test_every_shipped_item_and_case_comes_back_as_it_was(kind: str, english: bool, tmp_path: Path) -> None:
    got, cases = read(written(tmp_path / "items", kind, ITEMS, CASES, english=english))
    assert len(got) == len(ITEMS) > 900
    wrong = [
        (was.id, name, getattr(was, name), getattr(now, name))
        for was, now in zip(ITEMS, got, strict=True)
        for name in said(was)
        if getattr(was, name) != getattr(now, name)
    ]
    assert wrong == []
    assert [item.notes for item in got if item.notes] == []
    assert cases == {case.id: case.text for case in CASES}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_says_something_else_is_read_as_something_else(kind: str, tmp_path: Path) -> None:
    """The control of the test above: what differs is seen to differ."""
    item = next(one for one in ITEMS if one.type == "short-answer")
    for name, value in {
        "stem": "另一个题干在这里。",
        "reference": "另一个答案",
        "difficulty": item.difficulty % 5 + 1,
        "facts": ["F999"],
        "review_by": "2031-01-01",
    }.items():
        other = dataclasses.replace(item, **{name: value})
        got, _cases = read(written(tmp_path / name, kind, [other], CASES))
        assert said(got[0]) != said(item) and said(got[0]) == said(other), name


@pytest.mark.parametrize("kind", FORMATS)
@settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wanted=st.lists(items(), min_size=1, max_size=3, unique_by=lambda item: item.id))
@example(
    wanted=[
        FileItem(
            id="a",
            type="true-false",
            stem="答案：B\n\\1. A. 甲 B. 乙",
            key=[True],
            explanation="依据：x\n\n参考答案：y",
            source="s",
            pool="exam",
            job_type="accounting",
            level="4",
            function="f",
            difficulty=1,
        )
    ]
)
def test_texts_that_look_like_the_format_come_back_as_they_were(kind: str, wanted: list[FileItem]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        got, _cases = read(written(Path(folder) / "items", kind, wanted))
    assert [said(item) for item in got] == [said(item) for item in wanted]


def test_gift_keeps_a_table_whose_lines_end_as_a_browser_ends_them(tmp_path: Path) -> None:
    """Also in a file that was written from such a text before texts had one kind of line end."""
    table = "下表是什么？\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"
    item = dataclasses.replace(ITEMS[0], stem=table.replace("\n", "\r\n"))
    path = written(tmp_path / "items", "gift", [item])
    assert b"\r" not in path.read_bytes()
    older = tmp_path / "older"
    older.write_bytes(path.read_bytes().replace(rb"\n", b"\r" + rb"\n"))
    assert older.read_bytes().count(b"\r") >= 4
    for file in (path, older):
        assert [one.stem for one in read(file)[0]] == [table]
