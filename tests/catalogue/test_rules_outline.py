from __future__ import annotations

import pytest

from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.catalogue.rules.conditions import words
from carbonlearn.catalogue.rules.outline import (
    article_parts,
    reading_ms,
    recording_parts,
    sections,
    stated_ms,
)
from tests.factories.enrolment import programme_file

BODY = "## 1 甲\n\n一二三四五\n\n表1 说明\n\n| 气 | 来处 |\n|---|---|\n| 碳 | 锅炉 |\n\n## 2 乙\n\n> 式子\n\n六七八\n\n## 3 自查\n\n问答\n"


def test_reading_takes_a_fifth_of_a_second_a_character_and_tables_none() -> None:
    assert reading_ms("一二三四五 abc 123\n| 气 | 来处 |\n![图](x)") == 1_000


def test_stated_time_lies_on_the_part_that_holds_what_it_is_for() -> None:
    found = sections(BODY)
    assert stated_ms(found, ["表1 60秒"]) == (60_000, 0, 0)
    assert stated_ms(found, ["自查 90秒"]) == (0, 0, 90_000)
    assert stated_ms(found, ["算例 30秒"]) == (0, 30_000, 0)
    assert stated_ms(found, ["第1至2节算例复算 31秒"]) == (15_500, 15_500, 0)
    assert stated_ms(found, ["第1节和第3节练习 10秒"]) == (5_000, 0, 5_000)


def test_stated_time_without_seconds_is_refused() -> None:
    with pytest.raises(ValueError, match="n秒"):
        stated_ms(sections(BODY), ["表1"])


def test_parts_follow_one_another_without_gaps() -> None:
    parts = article_parts(BODY, ["表1 60秒"])
    assert [(part.title, part.anchor) for part in parts] == [
        ("甲", "part-1"),
        ("乙", "part-2"),
        ("自查", "part-3"),
    ]
    assert [part.from_ms for part in parts[1:]] == [part.to_ms for part in parts[:-1]]
    assert parts[-1].to_ms == 60_000 + 200 * (5 + 3 + 5 + 2)


def test_a_film_is_as_long_as_it_lasts() -> None:
    assert [part.to_ms - part.from_ms for part in recording_parts(BODY, "短片", 86_000)] == [86_000, 0, 0, 0]


@pytest.mark.parametrize("body", ["没有标题", "前言\n\n## 1 甲\n"])
def test_a_body_that_cannot_be_outlined_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="lesson"):
        sections(body)


@pytest.mark.parametrize("key", sorted(path.stem for path in (FOLDER / "programmes").glob("*.yaml")))
def test_every_condition_of_every_programme_has_words_in_both_languages(key: str) -> None:
    said = [
        words(condition)
        for level in programme_file(key)["eligibility"]
        for branch in level["any_of"]
        for condition in branch["all_of"]
    ]
    assert said and all(zh and en and "None" not in zh + en for zh, en in said)
