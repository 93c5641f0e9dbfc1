"""Our GIFT files as a reader sees them that was written elsewhere: gift-pegjs 1.0.2 (MIT), in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.factories.item_files import shipped, written
from tests.support.source import ROOT

READER = ROOT / "tests" / "data" / "readers" / "gift-pegjs-1.0.2" / "gift-parser-globals.js"
KINDS = {"single-choice": "MC", "multiple-choice": "MC", "true-false": "TF", "short-answer": "Essay"}


@pytest.fixture
def parse(browser: Browser) -> Any:
    page = browser.new_page()
    page.add_script_tag(content=READER.read_text("utf-8"))
    yield lambda text: page.evaluate("text => giftParser.parse(text)", text)
    page.close()


def test_another_reader_finds_every_question_with_its_key(parse: Any, tmp_path: Path) -> None:
    items, cases = shipped()
    found = parse(written(tmp_path / "items.gift", "gift", items, cases).read_text("utf-8"))
    assert [one["title"] for one in found if one["type"] == "Description"] == [case.id for case in cases]
    questions = [one for one in found if one["type"] != "Description"]
    assert len(questions) == len(items)
    for item, one in zip(items, questions, strict=True):
        assert (one["type"], one["id"], one["stem"]["text"], one["stem"]["format"]) == (
            KINDS[item.type],
            item.id,
            item.stem,
            "markdown",
        )
        assert f"difficulty={item.difficulty}" in one["tags"]
        if one["type"] == "TF":
            assert one["isTrue"] is item.key[0]
        if one["type"] == "MC":
            assert [choice["text"]["text"] for choice in one["choices"]] == list(item.options.values())
            right = [
                letter
                for letter, choice in zip(item.options, one["choices"], strict=True)
                if choice["isCorrect"] or (choice["weight"] or 0) > 0
            ]
            assert right == item.key, item.id


def test_the_other_reader_refuses_what_is_no_gift(parse: Any, tmp_path: Path) -> None:
    """The control: it does read, and does say no."""
    with pytest.raises(Exception, match="SyntaxError"):
        parse("::x:: stem {=a ~b")
