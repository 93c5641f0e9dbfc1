"""The lesson checker: a sound lesson passes, and each kind of fault is named."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 328 80">{title}<text font-size="{size}">碳</text></svg>'
HEAD = """slug: one-lesson
course: pub-01
title: 一讲
en: One lesson
kind: article
summary: 一句话。
competence: [basic-knowledge]
facts: [A01]
sources: [一份文件]
review_by: 2027-06-30
extra_seconds: 60
extra_for: [图1 60秒]
video: null
"""
BODY = f"""## 1 第一节

{"碳" * 610}

![一张图](/static/lessons/one.svg)

## 2 第二节

## 3 小结与自查
"""


def _load_checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_lessons", ROOT / "tools" / "check_lessons.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


checker = _load_checker()


def _tree(root: Path, head: str = HEAD, body: str = BODY, drawing: str | None = None) -> list[str]:
    """Lay out a folder with one lesson and return the arguments that check it."""
    for folder in ("lessons", "programmes", "facts", "competence", "static/lessons"):
        (root / folder).mkdir(parents=True)
    (root / "lessons/one.md").write_text(f"---\n{head}---\n{body}", encoding="utf-8")
    (root / "programmes/p.yaml").write_text("courses: {public: {items: [{slug: pub-01}]}}", encoding="utf-8")
    (root / "facts/f.md").write_text("| A01 | 七种气体 |\n", encoding="utf-8")
    (root / "weights.yaml").write_text("functions: [{slug: basic-knowledge}]", encoding="utf-8")
    (root / "competence/accounting.yaml").write_text(
        "job_type: {slug: accounting}\n"
        "levels: [{level: 4, functions: [{contents: [{skills: [{'no': '1.1.1'}], knowledge: []}]}]}]",
        encoding="utf-8",
    )
    sound = DRAWING.format(title="<title>图</title>", size=12)
    (root / "static/lessons/one.svg").write_text(drawing or sound, encoding="utf-8")
    return [
        str(root / "lessons"),
        "--programmes",
        str(root / "programmes"),
        "--static",
        str(root / "static"),
        "--facts",
        str(root / "facts"),
        "--competence",
        str(root / "competence"),
    ]


def test_passes_a_sound_lesson(tmp_path: Path) -> None:
    assert checker.main(_tree(tmp_path)) == 0


def _deck(root: Path, pages: list[str]) -> list[str]:
    """The same folder with a lesson of slides, whose deck has these pages."""
    arguments = _tree(root, HEAD.replace("kind: article", "kind: slides") + "slides: one\n", "")
    (root / "lessons/slides/one").mkdir(parents=True)
    found = {"findings": {"pages": [{"text": text} for text in pages]}}
    (root / "lessons/slides/one/pages.json").write_text(json.dumps(found), encoding="utf-8")
    return arguments


PAGES = ["碳" * 60] * 11 + ["小结与自查"]


def test_reads_the_pages_of_a_deck(tmp_path: Path) -> None:
    assert checker.main(_deck(tmp_path, PAGES)) == 0


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        (PAGES[1:], "11 pages"),
        ([*PAGES, "尾声"], "last page must be 小结与自查"),
        (["碳"] * 11 + PAGES[-1:], "at least 600"),
        ([], "there are no slides one"),
    ],
)
def test_names_a_fault_of_a_deck(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pages: list[str], said: str
) -> None:
    assert checker.main(_deck(tmp_path, pages)) == 1
    assert said in capsys.readouterr().err


def test_knows_the_points_of_a_job_type(tmp_path: Path) -> None:
    head = HEAD.replace("[basic-knowledge]", "['accounting/4/1.1.1-skills']")
    assert checker.main(_tree(tmp_path, head)) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("en: One lesson\n", "", "en is missing"),
        ("title: 一讲", "title: 3", "title has the wrong type"),
        ("course: pub-01", "course: pub-99", "course pub-99 is in no programme file"),
        ("facts: [A01]", "facts: [Z99]", "facts: Z99 is not known"),
        ("[basic-knowledge]", "['accounting/4/9.9.9-skills']", "9.9.9-skills is not known"),
        ("extra_seconds: 60", "extra_seconds: 600", "adds up to 60"),
        ("kind: article", "kind: video", "video must name mp4"),
        ("kind: article", "kind: slides", "is what a lesson of kind slides has"),
        ("review_by: 2027-06-30", "review_by: soon", "review_by has the wrong type"),
    ],
)
def test_names_a_fault_of_the_front_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    assert old in HEAD
    assert checker.main(_tree(tmp_path, HEAD.replace(old, new))) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("碳" * 610, "碳" * 580, "at least 600"),
        ("碳" * 610, "| " + "碳" * 610 + " |", "at least 600"),
        ("## 2 第二节\n", "", "2 sections"),
        ("## 1 ", "# 标题\n\n## 1 ", "has an H1"),
        ("one.svg", "two.svg", "does not exist"),
        ("![一张图]", "![]", "has no alt text"),
        ("小结与自查", "尾声", "must be 小结与自查"),
    ],
)
def test_names_a_fault_of_the_body(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    assert old in BODY
    assert checker.main(_tree(tmp_path, body=BODY.replace(old, new))) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("title", "size", "said"), [("", 12, "has no <title>"), ("<title>图</title>", 11, "11.0 px at 328 px")]
)
def test_names_a_fault_of_a_drawing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], title: str, size: int, said: str
) -> None:
    assert checker.main(_tree(tmp_path, drawing=DRAWING.format(title=title, size=size))) == 1
    assert said in capsys.readouterr().err


def test_looks_for_a_film_beside_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = "video: {mp4: video/a.mp4, webm: video/a.webm, captions: video/a.vtt, poster: video/a.jpg, seconds: 75}"
    head = HEAD.replace("kind: article", "kind: video").replace("video: null", film)
    arguments = _tree(tmp_path, head)
    (tmp_path / "static/lessons/video").mkdir()
    for name in ("a.mp4", "a.webm", "a.vtt"):
        (tmp_path / "static/lessons/video" / name).touch()
    assert checker.main(arguments) == 1
    assert "poster file video/a.jpg does not exist" in capsys.readouterr().err
    (tmp_path / "static/lessons/video/a.jpg").touch()
    assert checker.main(arguments) == 0


def test_refuses_two_lessons_with_one_slug(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = _tree(tmp_path)
    (tmp_path / "lessons/two.md").write_text(f"---\n{HEAD}---\n{BODY}", encoding="utf-8")
    assert checker.main(arguments) == 1
    assert "used more than once" in capsys.readouterr().err


def test_refuses_an_empty_folder(tmp_path: Path) -> None:
    arguments = _tree(tmp_path)
    (tmp_path / "lessons/one.md").unlink()
    assert checker.main(arguments) == 1
