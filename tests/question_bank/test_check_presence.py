"""What the checker of presence questions lets through, and what it refuses."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import check_presence
from tools.check_presence import likeness, main, question_faults, runs

LESSON = "pub-02-climate-basics-1.yaml"


def question(**changes: Any) -> dict[str, Any]:
    """A sound single choice with something changed."""
    sound = {
        "id": "presence-pub-02-01",
        "part": 1,
        "type": "single-choice",
        "stem": "这一节说，水汽的多少主要随什么变化？",
        "options": {"A": "风速", "B": "温度", "C": "海拔", "D": "煤耗"},
        "key": ["B"],
        "explanation": "第1节说水汽的量主要随温度变化，所以不在管控清单上。",
    }
    return sound | changes


def true_false(key: list[Any]) -> dict[str, Any]:
    """A true/false question with this key."""
    plain = question(type="true-false", key=key)
    del plain["options"]
    return plain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped questions that a test may spoil."""
    return Path(shutil.copytree(check_presence.CONTENT / "presence", tmp_path / "presence"))


def spoil(path: Path, number: int, **changes: Any) -> None:
    """Change one question of a file."""
    content = yaml.safe_load(path.read_text("utf-8"))
    content["items"][number] |= changes
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def test_finds_the_presence_questions_sound() -> None:
    assert main([]) == 0


@pytest.mark.parametrize("sound", [question(), true_false([True]), true_false([False])])
def test_lets_a_sound_question_through(sound: dict[str, Any]) -> None:
    assert question_faults(sound) == []


@pytest.mark.parametrize(
    "spoilt",
    [
        question(key=["E"]),
        question(key=["A", "B"]),
        question(key="B"),
        question(stem="这" * 61),
        question(options={"A": "风速", "B": "温度", "C": "海拔"}),
        question(options={"A": "风速", "B": "温度", "C": "海拔", "D": "以上都是"}),
        question(options={"A": "风速", "B": "温度的高低变化情况", "C": "海拔", "D": "煤耗"}),
        question(options={"A": "风速", "B": "温度", "C": "温度", "D": "煤耗"}),
        question(explanation="第2节说水汽的量主要随温度变化，所以不在管控清单上。"),
        question(explanation="第1节说得很清楚。"),
        question(part="1"),
        question(type="multiple-choice"),
        true_false([1]),
        true_false(["true"]),
        question() | {"hint": "想一想"},
    ],
)
def test_refuses_a_faulty_question(spoilt: dict[str, Any]) -> None:
    assert question_faults(spoilt)


def test_refuses_a_lesson_without_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / LESSON).unlink()
    assert main([str(folder)]) == 1
    assert f"{LESSON}: no such file" in capsys.readouterr().err


def test_refuses_a_file_without_a_lesson(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(folder / LESSON, folder / "pub-99-nothing.yaml")
    assert main([str(folder)]) == 1
    assert "pub-99-nothing.yaml: no such lesson" in capsys.readouterr().err


def test_refuses_a_part_that_the_lesson_does_not_have(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder / LESSON, 0, part=9, explanation="第9节说水汽的量主要随温度变化，所以不在管控清单上。")
    assert main([str(folder)]) == 1
    assert "there is no part 9" in capsys.readouterr().err


def test_refuses_a_stem_near_an_exam_item(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items = check_presence.read_items(check_presence.CONTENT)
    stem = next(item["stem"] for _, item in items if len(item["stem"]) <= check_presence.LONGEST_STEM)
    spoil(folder / LESSON, 0, stem=stem)
    assert main([str(folder)]) == 1
    assert "near each other" in capsys.readouterr().err


def test_takes_stems_as_near_by_their_runs_and_not_by_their_punctuation() -> None:
    assert likeness(runs("水汽，主要随温度变化"), runs("水汽主要随温度变化。")) == 1
    assert likeness(runs("水汽主要随温度变化"), runs("交易员办理登记和清缴")) == 0
