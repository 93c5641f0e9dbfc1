"""The checker of item files: what it lets pass, and each fault that it must name."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import check_items, check_words
from tools.check_items import Catalogue, Item, item_faults, main

EXPLANATION = "燃料中的碳氧化生成二氧化碳，换算系数为四十四比十二。" * 3


def an_item(**changes: Any) -> Item:
    """A sound single choice with the changes asked for; None takes a key away."""
    item: Item = {
        "id": "acc4-basic-s01",
        "type": "single-choice",
        "function": "basic-knowledge",
        "difficulty": 2,
        "competence": ["basic-knowledge"],
        "stem": "1 t碳完全氧化生成多少吨二氧化碳？",
        "options": {"A": "0.273 t", "B": "1.571 t", "C": "2.750 t", "D": "3.667 t"},
        "key": ["D"],
        "explanation": EXPLANATION,
        "source": "相对分子质量",
        "facts": ["A24"],
        "review_by": date(2027, 6, 30),
    } | changes
    return {name: value for name, value in item.items() if value is not None}


TRUE_FALSE = {"id": "acc4-basic-t01", "type": "true-false", "options": None, "key": True}
MULTIPLE = {"id": "acc4-basic-m01", "type": "multiple-choice", "key": ["A", "D"]}
SHORT = {
    "id": "acc4-basic-a01",
    "type": "short-answer",
    "options": None,
    "key": None,
    "reference": "乘以四十四比十二。",
    "rubric": [{"points": 1, "text": "系数"}, {"points": 2, "text": "结果"}],
}


@pytest.mark.parametrize("changes", [{}, TRUE_FALSE, MULTIPLE, SHORT], ids=["s", "t", "m", "a"])
def test_lets_a_sound_item_of_each_type_pass(changes: Item) -> None:
    assert item_faults(an_item(**changes), Catalogue()) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"source": None}, "source must be str"),
        ({"facts": []}, "facts is empty"),
        ({"difficulty": True}, "difficulty must be int"),
        ({"difficulty": 6}, "difficulty must be 1 to 5"),
        ({"review_by": "soon"}, "review_by must be a date"),
        ({"hint": "D"}, "hint does not belong"),
        ({"id": "acc4-basic-m01"}, "id must end"),
        ({"key": ["A", "D"]}, "exactly one key"),
        ({"key": ["E"]}, "key must name options"),
        ({"options": {"A": "1 t", "B": "2 t", "C": "3 t"}}, "options must be 4"),
        ({"options": {"A": "1 t", "B": "2 t", "C": "2 t", "D": "3 t"}}, "two options are the same"),
        ({"options": {"A": 1.5, "B": "2 t", "C": "3 t", "D": "4 t"}}, "every option must be a text"),
        ({"options": {"A": "1 t", "B": "2 t", "C": "3 t", "D": "以上都对"}}, "refers to the other options"),
        ({"explanation": "短"}, "explanation has 1 characters"),
        ({"stem": "下列气体中，不属于温室气体的是哪一种？"}, "negative stem without 【不】"),
        ({"not_with": "acc4-basic-s02"}, "not_with must list ids"),
        ({"not_with": []}, "not_with must name items"),
        ({"not_with": ["acc4-basic-s02", "acc4-basic-s02"]}, "each once"),
        (MULTIPLE | {"key": ["A"]}, "at least two keys"),
        (MULTIPLE | {"key": ["A", "B", "C", "D"]}, "never all options"),
        (TRUE_FALSE | {"key": "true"}, "key must be true or false"),
        (SHORT | {"rubric": [{"points": 2, "text": "结果"}]}, "must sum to 3"),
        (SHORT | {"rubric": [{"points": 3, "text": ""}]}, "rubric must list points with a text"),
        (
            SHORT | {"rubric": [{"points": True, "text": "系数"}, {"points": 2, "text": "结果"}]},
            "rubric must list points",
        ),
    ],
)
def test_names_the_fault_of_an_unsound_item(changes: Item, fault: str) -> None:
    assert any(fault in line for line in item_faults(an_item(**changes), Catalogue()))


@pytest.mark.parametrize(
    "stem",
    [
        "下列气体中，【不】属于温室气体的是哪一种？",
        "下列情况应当列为不符合项的有哪些？",
        "带有“口径错误”的有哪些？",
    ],
    ids=["marked", "a finding", "a noun"],
)
def test_accepts_a_stem_that_is_marked_or_asks_for_what_is_so(stem: str) -> None:
    assert item_faults(an_item(stem=stem), Catalogue()) == []


def test_sees_a_stem_that_asks_for_the_wrong_statement() -> None:
    assert item_faults(an_item(stem="下列说法中错误的是哪一项？"), Catalogue()) != []


def test_names_functions_facts_and_points_that_the_catalogue_does_not_know() -> None:
    catalogue = Catalogue(
        functions={"quality-and-records"}, facts={"A01"}, points={"accounting/4/1.1.1-skill"}
    )
    faults = item_faults(an_item(competence=["accounting/4/9.9.9-skill"]), catalogue)
    assert faults == [
        "unknown function basic-knowledge",
        "unknown fact A24",
        "unknown competence point accounting/4/9.9.9-skill",
    ]


def test_the_points_of_a_folder_are_those_of_its_level_and_of_what_is_common_its_functions() -> None:
    level = check_items.catalogue_of(check_items.DEFAULT_FOLDER / "exam" / "accounting-4", set()).points
    assert level and {point.split("/")[1] for point in level} == {"4"}
    common = check_items.catalogue_of(check_items.DEFAULT_FOLDER / "exam" / "common-4", set())
    assert item_faults(an_item(competence=["accounting/4/1.1.1-skill"]), common) == [
        "unknown competence point accounting/4/1.1.1-skill"
    ]


def test_refuses_two_items_with_one_stem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twins = [an_item(), an_item(id="acc4-basic-s02", stem="1 t碳完全氧化 生成多少吨二氧化碳？")]
    (tmp_path / "basic-knowledge.yaml").write_text(
        yaml.safe_dump(twins, allow_unicode=True), encoding="utf-8"
    )
    assert main([str(tmp_path)]) == 1
    assert "twice: stem" in capsys.readouterr().err


def test_enemies_are_other_items_of_the_same_pool_told_from_one_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stems = iter(f"第 {place} 题：碳完全氧化生成多少吨二氧化碳？" for place in range(9))

    def write(folder: str, *items: Item) -> None:
        path = tmp_path / folder
        path.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump([item | {"stem": next(stems)} for item in items], allow_unicode=True)
        (path / "basic-knowledge.yaml").write_text(text, encoding="utf-8")

    point = {"competence": ["accounting/4/1.1.1-skill"], "function": "quality-and-records"}
    fine = an_item(not_with=["acc4-basic-s02"], **point), an_item(id="acc4-basic-s02", **point)
    write("exam/accounting-4", *fine)
    assert main([str(tmp_path)]) == 0
    write(
        "exam/accounting-4",
        an_item(not_with=["acc4-basic-s02", "acc4-basic-s01", "acc4-basic-s99"], **point),
        an_item(id="acc4-basic-s02", not_with=["acc4-basic-s01", "mock-acc4-basic-s01"], **point),
    )
    write("mock/accounting-4", an_item(id="mock-acc4-basic-s01", **point))
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().err
    for fault in (
        "acc4-basic-s01: not_with names the item itself",
        "not_with names acc4-basic-s99, which is nowhere",
        "acc4-basic-s02: not_with names acc4-basic-s01, which names it already",
        "not_with names mock-acc4-basic-s01, which is in another pool",
    ):
        assert fault in told, fault


def test_refuses_a_file_that_is_no_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.yaml").write_text("- id: [", encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "broken.yaml" in capsys.readouterr().err


def test_refuses_a_folder_without_items(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1


FOLDERS = sorted(
    f"{path.parent.name}/{path.name}"
    for path in check_items.DEFAULT_FOLDER.glob("*/*-[1-5]")
    if path.parent.name != check_words.REVIEWS
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_item_that_ships_has_a_readers_word_on_its_text(folder: str, all_words: list[str]) -> None:
    assert [fault for fault in all_words if fault.startswith(f"{folder}:")] == []


@pytest.fixture(scope="module")
def all_words() -> list[str]:
    return list(check_words.word_faults(check_items.DEFAULT_FOLDER))


def test_names_an_item_without_a_word_and_one_whose_case_has_changed_since(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, reviews = tmp_path / "exam" / "accounting-4", tmp_path / "reviews" / "exam"
    folder.mkdir(parents=True)
    reviews.mkdir(parents=True)
    case = {"id": "acc4-case-01", "text": "某企业年产熟料 100 万 t。"}
    both = [
        an_item(
            case=case["id"], function="accounting-and-reporting", competence=["accounting-and-reporting"]
        ),
        an_item(
            id="acc4-basic-s02",
            stem="什么是活动数据，它从哪里来？",
            function="quality-and-records",
            competence=["quality-and-records"],
        ),
    ]
    (folder / "a.yaml").write_text(yaml.safe_dump(both, allow_unicode=True), "utf-8")

    def note(text: str) -> None:
        (folder / "cases.yaml").write_text(
            yaml.safe_dump([case | {"text": text}], allow_unicode=True), "utf-8"
        )

    note(case["text"])
    first = next(one for one in check_words.entries_of(folder) if one.get("case"))
    word = {"id": first["id"], "digest": check_words.digest_of(first), "on": date(2026, 11, 21)}
    (reviews / "accounting-4.yaml").write_text(yaml.safe_dump([word]), "utf-8")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == "exam/accounting-4: acc4-basic-s02: no reader's word\n"
    note("某企业年产熟料 200 万 t。")
    assert main([str(tmp_path)]) == 1
    assert "acc4-basic-s01: the reader's word is on another text" in capsys.readouterr().err


def test_finds_the_item_bank_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "key is longest" in capsys.readouterr().out


def test_takes_facts_from_the_first_cell_of_a_table_row(tmp_path: Path) -> None:
    sheet = tmp_path / "facts.md"
    sheet.write_text("| 号 | 事实 |\n|---|---|\n| A01 | 见 B02 |\n| F123 | 值 |\n", encoding="utf-8")
    assert check_items.read_facts([sheet]) == {"A01", "F123"}
