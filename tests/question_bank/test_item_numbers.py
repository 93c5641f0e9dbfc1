"""By what an item of a file is known: its number, or what follows from its question."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from carbonlearn.infra.clock import SettableClock
from carbonlearn.question_bank.formats.fields import field_of
from carbonlearn.question_bank.formats.texts import made_id, sameness
from carbonlearn.question_bank.models import Item
from carbonlearn.question_bank.queries import files
from tests.factories.item_files import written
from tests.question_bank.test_import_road import FEW, Road

CHOSEN = {
    "pool": "practice", "job_type": "accounting", "level": "4", "function": "basic-knowledge", "difficulty": 2, "source": "《通则》",
}  # fmt: skip


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("用电 3.5 MWh，排放多少？", "用电 35 MWh，排放多少？"),
        ("功率为 5 MW 的机组", "功率为 5 mW 的机组"),
        ("等于 10³ 千克的是", "等于 103 千克的是"),
        ("$a<b$ 是否成立？", "$a>b$ 是否成立？"),
        ("结果是 -1 还是别的？", "结果是 1 还是别的？"),
    ],
)
def test_what_means_something_else_is_another_question(one: str, other: str) -> None:
    assert sameness(one, {}) != sameness(other, {})
    assert made_id(one, {}, "short-answer") != made_id(other, {}, "short-answer")
    assert sameness("x", {"A": one, "B": "+2"}) != sameness("x", {"A": other, "B": "2"})


def test_blanks_and_width_make_no_other_question() -> None:
    assert sameness("用电 3.5 MWh，排放多少？", {}) == sameness("用电3.5MWh, 排放多少?", {})
    assert sameness("x", {"A": "1", "B": "2"}) == sameness("x", {"A": "2", "B": "1"})


def bare(**said: Any) -> Any:
    empty = dict.fromkeys(("id", "pool", "job_type", "level", "function", "source", "case"), "")
    return dataclasses.replace(FEW[3], **empty | {"difficulty": 0, "competence": [], "facts": []} | said)


def test_the_same_words_about_two_cases_or_in_two_tracks_are_two_questions(road: Road, db: Any) -> None:
    asked = bare(stem="该企业全年排放二氧化碳多少吨？")
    road.take(road.read(written(road.folder / "a.gift", "gift", [asked]), **CHOSEN).id)
    other = CHOSEN | {"job_type": "monitoring"}
    again = road.read(road.folder / "a.gift", **other)
    assert again.summary["verdicts"] == {"new": 1, "changed": 0, "same": 0, "fault": 0}
    assert made_id("x", {}, "short-answer", "case-1") != made_id("x", {}, "short-answer", "case-2")
    assert db.session.query(Item).count() == 1


def test_a_question_that_stands_twice_in_a_file_is_called_so_and_no_number_is_blamed(road: Road) -> None:
    found = road.read(written(road.folder / "a.gift", "gift", [bare(), bare()]), **CHOSEN)
    first, second = files.import_rows(found.id)
    assert (first.verdict, second.verdict) == ("new", "fault")
    assert [note["code"] for note in second.faults if note["grave"]] == ["IMPORT_ASKED_TWICE"]


def sheet(path: Path, head: str, stems: list[str]) -> Path:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.append([head, "题干", "选项A", "选项B", "选项C", "答案", "解析"])
    for number, stem in enumerate(stems, 1):
        page.append([number, stem, "甲", "乙", "丙", "A", "这里是解析，应当保留下来的二十个字以上的文字。"])
    book.save(path)
    return path


def test_an_ordinal_names_no_item_so_no_file_overwrites_another(road: Road, db: Any) -> None:
    assert (field_of("题号"), field_of("序号"), field_of("编号")) == ("ordinal", "ordinal", "id")
    one = sheet(road.folder / "a.xlsx", "题号", ["下列哪一项是活动数据？", "下列哪一项是排放因子？"])
    road.take(road.read(one, **CHOSEN).id)
    other = road.read(sheet(road.folder / "b.xlsx", "题号", ["下列哪一项是碳氧化率？"]), **CHOSEN)
    assert other.summary["verdicts"] == {"new": 1, "changed": 0, "same": 0, "fault": 0}
    assert all(item.external_id.startswith("imp-") for item in db.session.query(Item))


def test_a_bare_small_figure_is_refused_as_a_number(road: Road) -> None:
    found = road.read(sheet(road.folder / "a.xlsx", "编号", ["下列哪一项是活动数据？"]), **CHOSEN)
    (row,) = files.import_rows(found.id)
    assert (row.verdict, row.faults[0]["code"]) == ("fault", "IMPORT_ID_ORDINAL")
