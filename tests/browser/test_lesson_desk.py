"""An author writes with film and captions, another person publishes, and a learner gets the new lesson: in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import media, phone_steps
from tests.support.accessibility import assert_accessible
from tests.support.installation import Installation
from tests.support.live_server import LiveServer

DESK = {"viewport": {"width": 1280, "height": 800}}
SLUG = "a-film-of-our-own"


@pytest.fixture
def house(live_server: LiveServer) -> Iterator[Installation]:
    house = Installation(live_server)
    yield house
    house.close()


@pytest.fixture
def enter(open_context: Callable[..., BrowserContext], house: Installation) -> Callable[..., Page]:
    def sign(who: str, **device: Any) -> Page:
        page = open_context(**({"is_mobile": False} | device)).new_page()
        phone_steps.sign_in(page, who, house.password)
        return page

    return sign


def kept(page: Page, number: int) -> None:
    """The page says that this draft is stored."""
    expect(page.locator("#draft-state")).to_contain_text(f"第 {number} 稿")


def upload(page: Page, path: Path) -> None:
    page.set_input_files("#file", path)
    page.locator("#upload-form button").click()
    expect(page.locator("[data-upload-status]")).to_contain_text("已收下", timeout=20_000)


def write(wen: Page, tmp_path: Path) -> None:
    """A new film lesson with what was uploaded beside the typing, which stays."""
    film, words, wrong = tmp_path / "film.webm", tmp_path / "words.vtt", tmp_path / "film.mp4"
    film.write_bytes(media.film("webm", 4, (320, 180)))
    words.write_bytes(media.captions(4))
    wrong.write_bytes(b"<svg onload=alert(1)>")
    wen.goto("/desk/lessons/new")
    wen.fill("#title", "自己拍的一讲")
    wen.fill("#slug", SLUG)
    wen.locator("input[value=video]").check()
    wen.get_by_role("button", name="开始写").click()
    wen.fill("#summary", "用四秒钟的短片说明边界怎么划。")
    kept(wen, 2)
    wen.set_input_files("#file", wrong)
    wen.locator("#upload-form button").click()
    expect(wen.locator("[data-upload-fault]")).to_contain_text("这不是能用的文件")
    upload(wen, film)
    expect(wen.locator("#source_1")).not_to_have_value("")
    kept(wen, 3)
    upload(wen, words)
    expect(wen.locator("#captions_zh")).not_to_have_value("")
    kept(wen, 4)
    expect(wen.locator("#summary")).to_have_value("用四秒钟的短片说明边界怎么划。")


def submit(wen: Page) -> None:
    """Fill in what the page says is missing, look at the preview, and submit."""
    wen.fill("#en", "A film of our own")
    wen.fill("#sources", "《碳排放权交易管理暂行条例》")
    wen.fill("#competence", "basic-knowledge")
    wen.fill("#review_by", "2027-06-30")
    expect(wen.locator("#draft-state")).to_contain_text("没有缺项")
    expect(wen.locator("#draft-state")).to_contain_text("00:04")
    assert_accessible(wen)
    frame = wen.frame_locator("iframe[name=preview]")
    wen.get_by_role("link", name="更新预览").click()
    expect(frame.locator("video")).to_be_visible()
    wen.get_by_role("button", name="送审").click()
    expect(wen.locator("main")).to_contain_text("要由另一位来发布")


def publish(chen: Page, address: str) -> None:
    """Publish the draft, and put the lesson first in a course."""
    chen.goto(address)
    chen.get_by_role("button", name="发布这一版").click()
    expect(chen.locator("main")).to_contain_text("v1")
    chen.goto("/desk/lessons/courses/demonstration/acc-01-role")
    chen.locator("#lesson").select_option(SLUG)
    chen.get_by_role("button", name="加到末尾").click()
    expect(chen.locator("main")).to_contain_text("自己拍的一讲")
    rows = chen.locator(".placed-row")
    for place in range(rows.count() - 2, -1, -1):
        chen.get_by_role("button", name="上移 自己拍的一讲").click()
        expect(rows.nth(place)).to_contain_text("自己拍的一讲")
    assert_accessible(chen)


@pytest.mark.timeout(600)
def test_a_film_goes_from_the_authors_desk_to_the_learners_phone(
    enter: Callable[..., Page], tmp_path: Path, house: Installation, faults
) -> None:
    faults.expected.append("422")
    wen, chen = enter("wen", **DESK), enter("chen", **DESK)
    write(wen, tmp_path)
    submit(wen)
    publish(chen, wen.url)
    lin = enter("lin")
    lin.goto(f"/lessons/{SLUG}")
    expect(lin.locator("video")).to_be_visible()
    lin.wait_for_timeout(500)
    length = lin.locator("video").evaluate(
        "video => new Promise(done => video.readyState ? done(video.duration) : video.onloadedmetadata = () => done(video.duration))"
    )
    assert 3.5 < length < 4.5


@pytest.mark.timeout(600)
def test_a_revised_lesson_is_what_learners_get_and_two_authors_do_not_overwrite_each_other(
    enter: Callable[..., Page], house: Installation, faults
) -> None:
    faults.expected.append("409")
    wen, other = enter("wen", **DESK), enter("wen", **DESK)
    wen.goto("/desk/lessons/acc-09-cases")
    wen.get_by_role("button", name="改成新版").click()
    other.goto(wen.url)
    body = wen.locator("#body")
    body.fill(body.input_value() + "\n这一句是后来补上的。\n")
    kept(wen, 2)
    other.fill("#title", "另一页的标题")
    expect(other.locator("#draft-state")).to_contain_text("有人已存了第 2 稿")
    expect(other.locator("#title")).to_have_value("另一页的标题")
    wen.get_by_role("button", name="送审").click()
    expect(wen.get_by_text("已送审").first).to_be_visible()
    chen = enter("chen", **DESK)
    chen.goto(wen.url)
    chen.get_by_role("button", name="发布这一版").click()
    chen.get_by_role("link", name="看 v2 改了什么").click()
    expect(chen.locator("ins", has_text="这一句是后来补上的")).to_be_visible()
    assert_accessible(chen)
    lin = enter("lin")
    enrolled = lin.goto("/lessons/acc-09-cases")
    assert enrolled is not None
    expect(lin.locator("main")).to_contain_text("这一句是后来补上的")
