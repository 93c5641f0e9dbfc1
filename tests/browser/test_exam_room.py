"""The exam room on a phone: answers outlive a reload and a dead network, one device writes, and time ends by itself."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.exam_hall import Hall

SAVED, QUESTION = "已保存", "#question"


def _option(page: Page, letter: str) -> Any:
    return page.locator(f"#options input[value={letter}]")


def _saved(page: Page) -> None:
    expect(page.locator("#sync")).to_have_text(re.compile(SAVED))


def test_a_reload_keeps_answers_and_place(
    hall: Hall, enter: Callable[..., Page], accessible: Callable[[Page], None], screenshot: Callable[..., Any]
) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting)
    _option(page, "B").check()
    _saved(page)
    page.locator("#next").click()
    expect(page.locator("#question-number")).to_have_text("第 2 题")
    page.goto(f"/sittings/{sitting}#93")
    page.reload()
    page.locator("textarea").fill("外购电力按用电量乘以电网因子")
    expect(page.locator("#sync")).to_have_text(re.compile("保存中"))
    _saved(page)
    page.locator("#flag").click()
    accessible(page)
    page.reload()
    expect(page.locator("textarea")).to_have_value("外购电力按用电量乘以电网因子")
    expect(page.locator("#flag")).to_have_attribute("aria-pressed", "true")
    page.locator("#open-sheet").click()
    expect(page.locator("#answered-count")).to_have_text("2")
    accessible(page)
    screenshot(page, "answer-sheet")
    page.get_by_role("button", name="第 1 题，已答").click()
    expect(_option(page, "B")).to_be_checked()
    screenshot(page, "sitting-question")
    assert hall.answers(sitting) == {1: ["B"], 93: "外购电力按用电量乘以电网因子"}


def test_handing_in_without_network_says_so_at_once_and_goes_nowhere_later(
    hall: Hall, enter: Callable[..., Page], faults: Any
) -> None:
    faults.expected += ["ERR_INTERNET_DISCONNECTED"]
    person, sitting = hall.candidate()
    page = enter(person, sitting)
    _option(page, "A").check()
    _saved(page)
    page.context.set_offline(True)
    _option(page, "B").check()
    page.locator("#open-sheet").click()
    page.locator("#hand-in").click()
    line = page.locator("#notice-no-hand-in")
    expect(line).to_have_text(re.compile("现在没有网络，连上后才能交卷；答案都留在本页"))
    expect(page.locator("#notice-offline")).to_be_hidden()
    page.context.set_offline(False)
    _saved(page)
    expect(line).to_be_hidden()
    page.wait_for_timeout(1000)
    expect(page.locator("#sheet")).to_be_visible()
    page.locator("#hand-in").click()
    expect(page.get_by_role("heading", name="确认交卷？")).to_be_visible()


def test_the_other_language_is_one_tap_away_and_loses_nothing(
    hall: Hall, enter: Callable[..., Page], faults: Any, screenshot: Callable[..., Any]
) -> None:
    faults.expected += ["ERR_INTERNET_DISCONNECTED"]
    person, sitting = hall.candidate()
    page = enter(person, sitting)
    page.goto(f"/sittings/{sitting}#93")
    page.locator("textarea").fill("还没有保存的字")
    screenshot(page, "sitting-bar")
    page.locator("#language-switch button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("textarea")).to_have_value("还没有保存的字")
    assert page.url.endswith("#93")
    screenshot(page, "sitting-bar-english")
    page.context.set_offline(True)
    page.locator("textarea").fill("没有网络时写的字")
    page.locator("#language-switch button").click()
    page.wait_for_timeout(500)
    expect(page.locator("textarea")).to_have_value("没有网络时写的字")
    page.context.set_offline(False)
    expect(page.locator("#sync")).to_have_text(re.compile("Saved"), timeout=20_000)
    assert hall.answers(sitting) == {93: "没有网络时写的字"}


def test_the_line_over_an_english_question_counts_its_points_and_keeps_the_flag_beside_it(
    hall: Hall, enter: Callable[..., Page]
) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting, locale="en-GB")
    page.context.add_cookies([{"name": "lang", "value": "en", "url": hall.server.url}])
    page.reload()
    expect(page.locator("#question-points")).to_have_text(re.compile("^1 point$|points$"))
    assert page.locator("#question-points").inner_text() != "1 points"
    title, flag = page.locator("#question-title").bounding_box(), page.locator("#flag").bounding_box()
    assert title and flag
    assert flag["x"] >= title["x"] + title["width"], "beside it, not below"


def test_without_network_the_chip_says_so_and_answers_follow_later(
    hall: Hall, enter: Callable[..., Page], faults: Any, screenshot: Callable[..., Any]
) -> None:
    faults.expected += ["ERR_INTERNET_DISCONNECTED"]
    person, sitting = hall.candidate()
    page = enter(person, sitting, "#72")
    _option(page, "A").check()
    _saved(page)
    before = _option(page, "C").bounding_box()
    page.context.set_offline(True)
    _option(page, "C").check()
    expect(page.locator("#sync")).to_have_text(re.compile("离线 · 待上传 1"))
    expect(page.locator("#notice-offline")).to_be_visible()
    assert _option(page, "C").bounding_box() == before, "nothing moves under the thumb"
    page.locator("#next").click()
    _option(page, "D").check()
    expect(page.locator("#sync")).to_have_text(re.compile("离线 · 待上传 2"))
    screenshot(page, "sitting-offline")
    assert hall.answers(sitting) == {72: ["A"]}
    page.context.set_offline(False)
    _saved(page)
    expect(page.locator("#notice-offline")).to_be_hidden()
    assert hall.answers(sitting) == {72: ["A", "C"], 73: ["D"]}


def test_an_answer_that_the_server_refuses_holds_up_no_other(
    hall: Hall, enter: Callable[..., Page], faults: Any
) -> None:
    faults.expected += ["422"]
    person, sitting = hall.candidate()
    page = enter(person, sitting)
    expect(page.locator(QUESTION)).to_be_visible()

    def spoil(route: Any) -> None:
        """As if something had gone wrong on this device: no text is such an answer."""
        sent = json.loads(route.request.post_data)
        route.continue_(post_data=json.dumps(sent | ({"value": 7} if sent["item"] == 1 else {})))

    page.route("**/responses", spoil)
    _option(page, "B").check()
    page.locator("#next").click()
    _option(page, "D").check()
    deadline = time.monotonic() + 10
    while not hall.answers(sitting) and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    assert hall.answers(sitting) == {2: ["D"]}
    page.unroute("**/responses")
    _saved(page)
    assert hall.answers(sitting) == {1: ["B"], 2: ["D"]}


def test_half_a_sign_at_the_limit_is_saved_as_text(hall: Hall, enter: Callable[..., Page]) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting, "#93")
    page.locator("textarea").evaluate(
        "box => { box.value = '碳' + '\\ud83d'; box.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    _saved(page)
    assert hall.answers(sitting) == {93: "碳\ufffd"}


def test_another_device_takes_over_and_the_first_page_freezes(
    hall: Hall, enter: Callable[..., Page], accessible: Callable[[Page], None], faults: Any
) -> None:
    faults.expected += ["409"]
    person, sitting = hall.candidate()
    first = enter(person, sitting)
    _option(first, "A").check()
    _saved(first)
    second = enter(hall.same_person(person), sitting)
    expect(second.locator("h1")).to_have_text("已在别的设备打开")
    expect(second.locator("#elsewhere")).to_contain_text("这里还没有开始")
    accessible(second)
    second.get_by_role("button", name="在这里继续作答").click()
    expect(_option(second, "A")).to_be_checked()
    _option(first, "C").check()
    expect(first.locator("#elsewhere")).to_be_visible()
    expect(first.locator(QUESTION)).to_be_hidden()
    expect(first.locator("#elsewhere")).to_contain_text("这里已停止保存")
    expect(first.locator("#elsewhere-lost")).to_contain_text("1 处改动")
    accessible(first)
    _option(second, "D").check()
    _saved(second)
    assert hall.answers(sitting) == {1: ["D"]}


def test_a_second_tab_of_the_same_phone_does_not_write_beside_the_first(
    hall: Hall, enter: Callable[..., Page], faults: Any
) -> None:
    faults.expected += ["409"]
    person, sitting = hall.candidate()
    first = enter(person, sitting)
    expect(first.locator(QUESTION)).to_be_visible()
    second = first.context.new_page()
    second.goto(f"/sittings/{sitting}")
    expect(second.locator("#elsewhere-text")).to_contain_text("这里还没有开始")
    second.get_by_role("button", name="在这里继续作答").click()
    expect(second.locator(QUESTION)).to_be_visible()
    _option(first, "B").check()
    expect(first.locator("#elsewhere")).to_be_visible()
    assert hall.answers(sitting) == {}


def test_who_takes_over_goes_on_at_the_item_answered_last(
    hall: Hall, enter: Callable[..., Page], faults: Any
) -> None:
    faults.expected += ["409"]
    person, sitting = hall.candidate()
    first = enter(person, sitting)
    for _ in range(2):
        first.get_by_role("button", name="下一题").click()
    _option(first, "B").check()
    _saved(first)
    second = first.context.new_page()
    second.goto(f"/sittings/{sitting}")
    second.get_by_role("button", name="在这里继续作答").click()
    expect(second.locator("#question-number")).to_have_text("第 3 题")
    expect(_option(second, "B")).to_be_checked()


def test_when_time_is_up_the_page_stops_and_shows_the_receipt(
    hall: Hall, enter: Callable[..., Page], accessible: Callable[[Page], None], screenshot: Callable[..., Any]
) -> None:
    person, sitting = hall.candidate(minutes=2)
    page = enter(person, sitting)
    expect(page.locator(QUESTION)).to_be_visible()
    hall.server.advance(2 * 60 - 8)
    page.reload()
    expect(page.locator("#notice-time")).to_contain_text("还剩 1 分钟")
    _option(page, "B").check()
    expect(page.locator("#over")).to_be_visible(timeout=15_000)
    expect(page.locator("#receipt-code")).to_have_text(re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}"), timeout=20_000)
    expect(page.locator("#receipt-title")).to_have_text("时间到，已自动交卷")
    accessible(page)
    screenshot(page, "receipt-timed-out")
    assert hall.answers(sitting) == {1: ["B"]}


def test_handing_in_asks_once_more_and_gives_a_receipt(
    hall: Hall, enter: Callable[..., Page], accessible: Callable[[Page], None], screenshot: Callable[..., Any]
) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting, "#96")
    page.locator("textarea").fill("边界、数据、核查")
    page.get_by_role("button", name="检查并交卷").click()
    page.locator("#hand-in").click()
    expect(page.get_by_role("heading", name="确认交卷？")).to_be_visible()
    expect(page.locator(".notice-warn")).to_contain_text("还有 95 题没有作答")
    accessible(page)
    screenshot(page, "submission")
    page.get_by_role("button", name="交卷").click()
    expect(page.locator("#receipt-title")).to_have_text("已交卷")
    assert hall.answers(sitting) == {96: "边界、数据、核查"}
    page.go_back()
    page.goto(f"/sittings/{sitting}")
    expect(page.locator("#receipt-title")).to_have_text("已交卷")


def test_the_door_of_the_waiting_room_opens_by_itself(
    hall: Hall, enter: Callable[..., Page], accessible: Callable[[Page], None], screenshot: Callable[..., Any]
) -> None:
    person, sitting = hall.candidate(begun=False, starts_in=timedelta(seconds=12))
    page = enter(person, sitting)
    expect(page.locator("#check-network")).to_contain_text("毫秒")
    button = page.locator("#enter")
    expect(button).to_be_disabled()
    accessible(page)
    screenshot(page, "waiting-room")
    expect(button).to_be_enabled(timeout=20_000)
    expect(button).to_have_class(re.compile("button-primary"))
    accessible(page)
    button.click()
    expect(page.locator("#question-number")).to_have_text("第 1 题")


def test_a_question_can_be_answered_with_the_keyboard_alone(hall: Hall, enter: Callable[..., Page]) -> None:
    person, sitting = hall.candidate()
    page = enter(person, sitting, "#71")
    expect(page.locator("#question-title")).to_be_focused()
    page.keyboard.press("a")
    page.keyboard.press("c")
    page.keyboard.press("f")
    expect(page.locator("#flag")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#question-title")).to_be_focused()
    expect(page.locator("#question-number")).to_have_text("第 72 题")
    _saved(page)
    page.keyboard.press("ArrowLeft")
    expect(_option(page, "C")).to_be_checked()
    assert hall.answers(sitting) == {71: ["A", "C"]}


def test_the_whole_room_weighs_at_most_fifty_kibibytes(
    hall: Hall, enter: Callable[..., Page], record_property: Callable[[str, object], None]
) -> None:
    from tests.factories.sittings import a_real_face

    person, sitting = hall.candidate(face=a_real_face())
    weights: dict[str, int] = {}

    def weigh(request: Any) -> None:
        sizes = request.sizes()
        weights[request.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]

    page = enter(person, sitting, watch=weigh)
    expect(page.locator(QUESTION)).to_be_visible()
    page.wait_for_load_state("networkidle")
    total = sum(weights.values())
    record_property("exam_room_bytes", total)
    assert total <= 50 * 1024
    assert len(weights) <= 8
