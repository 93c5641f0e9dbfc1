"""The exam page opened again while answers are still under way: it shows what the server holds, and never less than was chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.exam_hall import Hall, SlowLine

SAVED, QUESTION = "已保存", "#question"


def _option(page: Page, letter: str) -> Any:
    return page.locator(f"#options input[value={letter}]")


def _saved(page: Page) -> None:
    expect(page.locator("#sync")).to_have_text(re.compile(SAVED))


def test_a_reload_amid_fast_answers_shows_every_one_of_them(
    hall: Hall, enter: Callable[..., Page], slow: SlowLine
) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting, url=slow.url)
    given = {1: ["B"], 2: ["C"], 3: ["D"], 4: ["A"], 5: ["B"]}
    for number, letters in given.items():
        expect(page.locator("#question-number")).to_have_text(f"第 {number} 题")
        _option(page, letters[0]).check()
        page.locator("#next").click()
    page.goto(f"/sittings/{sitting}#5")
    page.reload()
    assert len(hall.answers(sitting)) < 5, "some are still on their way"
    expect(page.locator(QUESTION)).to_be_visible()
    expect(page.locator("#sync")).not_to_have_text(re.compile(SAVED))
    expect(_option(page, "B")).to_be_checked(timeout=12_000)
    _saved(page)
    page.locator("#open-sheet").click()
    expect(page.locator("#answered-count")).to_have_text("5")
    assert hall.answers(sitting) == given


def test_what_was_chosen_after_the_reload_outranks_what_was_still_under_way(
    hall: Hall, enter: Callable[..., Page], slow: SlowLine
) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting, url=slow.url)
    for letter in "ABC":
        _option(page, letter).check()
    page.reload()
    slow.delay = 0
    _option(page, "D").check()
    _saved(page)
    page.wait_for_timeout(2000)
    expect(_option(page, "D")).to_be_checked()
    assert hall.answers(sitting) == {1: ["D"]}


def test_an_answer_that_never_arrived_is_named(hall: Hall, enter: Callable[..., Page]) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting, "#2")
    expect(page.locator(QUESTION)).to_be_visible()
    page.add_init_script(f"sessionStorage.setItem('under-way-{sitting}-1', '[[1, 1]]')")
    page.clock.install()
    page.reload()
    expect(page.locator(QUESTION)).to_be_visible()
    for _ in range(12):
        page.clock.run_for(5000)
        page.wait_for_timeout(100)
    expect(page.locator("#notice-lost")).to_have_text(re.compile("第 1 题的改动没有传到服务器"))
    page.locator("#previous").click()
    expect(page.locator("#notice-lost")).to_be_hidden()
