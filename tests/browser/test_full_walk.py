"""The whole way, as people walk it: from the first lesson on a phone to the certificate that a stranger scans, and its revocation."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import desk_steps, phone_steps
from tests.support.installation import Installation, Solved
from tests.support.live_server import LiveServer

DESK: dict[str, Any] = {
    "viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai",
    "reduced_motion": "reduce",
}  # fmt: skip
THRESHOLD_MS = 3 * 60_000
TYPES = ("single-choice", "true-false", "multiple-choice", "short-answer")
REASON = "演示：核对登记信息时发现错误，按流程撤销。"


@dataclass
class Walk:
    """The people of one walk, each with a browser of their own, and what they have in hand so far."""

    server: LiveServer
    house: Installation
    phone: Page
    open_context: Callable[..., BrowserContext]
    screenshot: Callable[[Page, str], Path]
    accessible: Callable[[Page], None]
    desks: dict[str, Page] = field(default_factory=dict)
    paper: list[Solved] = field(default_factory=list)
    number: str = ""

    def look(self, name: str, page: Page | None = None) -> None:
        """Keep a picture of a screen and hold it to what every page owes."""
        self.screenshot(page or self.phone, f"walk-{name}")
        self.accessible(page or self.phone)

    def desk(self, username: str) -> Page:
        """The desk of one of the staff, signed in."""
        if username not in self.desks:
            self.desks[username] = self.open_context(DESK).new_page()
            phone_steps.sign_in(self.desks[username], username, self.house.password)
        return self.desks[username]


@pytest.fixture
def walk(
    live_server: LiveServer,
    phone: Page,
    open_context: Callable[..., BrowserContext],
    screenshot: Callable[[Page, str], Path],
    accessible: Callable[[Page], None],
) -> Iterator[Walk]:
    house = Installation(live_server)
    yield Walk(live_server, house, phone, open_context, screenshot, accessible)
    house.close()
    sys.stderr.write(live_server.log[-4000:])  # shown when the walk fails


@pytest.mark.timeout(600)
def test_walks_from_the_first_lesson_to_a_scanned_certificate_and_its_revocation(walk: Walk) -> None:
    sign_in_and_look_around(walk)
    study_two_lessons(walk)
    book_the_next_window(walk)
    wait_and_start(walk)
    answer_the_paper(walk)
    hand_in(walk)
    mark_and_release(walk)
    see_the_result(walk)
    address = open_the_certificate(walk)
    stranger = scan(walk, address)
    revoke(walk, stranger)


def sign_in_and_look_around(walk: Walk) -> None:
    """A stranger sees the landing page and the door; behind it stands the learner's home."""
    walk.phone.goto("/")
    walk.look("landing")
    walk.phone.goto("/sign-in")
    walk.look("sign-in")
    phone_steps.sign_in(walk.phone, "lin", walk.house.password)
    expect(walk.phone.get_by_text("演示").first).to_be_visible()
    walk.look("home")


def study_two_lessons(walk: Walk) -> None:
    """Real lessons, beat by beat, until the server has credited enough; then home says so."""
    phone = walk.phone
    reader = phone_steps.Reader(phone, walk.server, lambda: walk.house.right_choice("lin"))
    reader.open(phone.locator("a.dock"))
    walk.look("lesson")
    reader.study(beats=6)
    walk.look("lesson-credited")
    first = walk.house.credited_ms("lin")
    assert 80_000 <= first <= 130_000, first
    reader.open(phone.get_by_role("link", name="下一讲"))
    reader.study(beats=7)
    assert THRESHOLD_MS <= walk.house.credited_ms("lin") <= 270_000
    phone.goto("/study")
    expect(phone.get_by_text("课时已满，可以考试了")).to_be_visible()
    walk.look("home-reached")


def book_the_next_window(walk: Walk) -> None:
    """A place in the next window that still takes bookings, and its ticket as a page and on paper."""
    phone = walk.phone
    phone_steps.follow(phone, phone.get_by_role("link", name="考试", exact=True))
    walk.look("exams")
    phone_steps.follow(phone, phone.locator("form[action$='/bookings'] button").first)
    expect(phone.locator("#place")).to_be_visible()
    walk.look("exams-booked")
    phone_steps.reload_until(phone, walk.server, "#place a:has-text('准考证')")
    phone_steps.follow(phone, phone.get_by_role("link", name="准考证"))
    walk.look("ticket")
    address = phone.get_by_role("link", name="PDF").get_attribute("href")
    pdf = phone.request.get(str(address))
    assert pdf.status == 200
    text = pypdfium2.PdfDocument(pdf.body())[0].get_textpage().get_text_range()
    assert "林晓" in text
    picture_of(pdf.body()).save(walk.screenshot(phone, "walk-ticket-pdf"))


def wait_and_start(walk: Walk) -> None:
    """Checked in early, waiting by the server's clock, let in when the window begins."""
    phone = walk.phone
    phone.goto("/exams")
    phone.get_by_role("button", name="进入候考室").tap()
    expect(phone.locator("#countdown")).to_be_visible()
    expect(phone.locator("#enter")).to_be_disabled()
    walk.look("waiting-room")
    phone_steps.enter_room(phone, walk.server, walk.house)
    walk.paper = walk.house.solved(phone_steps.sitting_id(phone))
    assert len(walk.paper) == 96


def answer_the_paper(walk: Walk) -> None:
    """One of each type by itself, looked at and saved; a reload keeps them; then the rest, one tap after another."""
    phone = walk.phone
    of_each = [next(item for item in walk.paper if item.type == kind) for kind in TYPES]
    for item in of_each:
        phone_steps.open_item(phone, item.n)
        phone_steps.answer_item(phone, item)
        walk.look(f"item-{item.type}")
    phone.locator("#flag").tap()
    phone.locator("#open-sheet").tap()
    walk.look("answer-sheet")
    phone.reload()
    for item in of_each[:3]:
        phone_steps.open_item(phone, item.n)
        assert phone_steps.checked_values(phone) == phone_steps.letters_of(item)
    done = {item.n for item in of_each}
    phone_steps.answer_quickly(phone, [item for item in walk.paper if item.n not in done])
    saved = walk.house.answers(phone_steps.sitting_id(phone))
    assert saved == {item.n: item.answer for item in walk.paper}


def hand_in(walk: Walk) -> None:
    """The last question before the end, and a receipt that the server computed from what it holds."""
    phone = walk.phone
    phone.locator("#open-sheet").tap()
    expect(phone.locator("#answered-count")).to_have_text("96")
    walk.look("answer-sheet-full")
    phone.locator("#hand-in").tap()
    expect(phone.get_by_text("确认交卷？")).to_be_visible()
    walk.look("submission")
    phone.get_by_role("button", name="交卷").tap()
    expect(phone.locator("#receipt-code")).to_have_text(re.compile(r"\w{3,}"))
    walk.look("receipt")
    assert walk.house.sitting(phone_steps.sitting_id(phone))[0] == "submitted"


def mark_and_release(walk: Walk) -> None:
    """Two markers see answers without a name; another person releases, with the password once more."""
    mark = walk.desk("mark")
    mark.goto("/desk/marking")
    phone_steps.reload_until(mark, walk.server, ".score-switch")
    assert "林晓" not in mark.content()
    walk.look("desk-marking", mark)
    wanted = sum(item.type == "short-answer" for item in walk.paper)
    assert desk_steps.mark_everything(mark) == wanted
    walk.look("desk-marking-nothing", mark)
    assert desk_steps.mark_everything(walk.desk("mei")) == wanted
    ding = walk.desk("ding")
    ding.goto("/desk/results")
    phone_steps.reload_until(ding, walk.server, ":text('可以发布')")
    walk.look("desk-results", ding)
    ding.locator("tr", has_text="可以发布").get_by_role("link").click()
    walk.look("desk-release", ding)
    desk_steps.release_results(ding, walk.house.password)
    walk.look("desk-released", ding)


def see_the_result(walk: Walk) -> None:
    """The learner sees the score by type."""
    phone = walk.phone
    phone.goto("/results")
    walk.look("results")
    phone_steps.follow(phone, phone.locator("main a[href^='/results/']").first)
    expect(phone.get_by_text("通过", exact=True)).to_be_visible()
    walk.look("result")


def open_the_certificate(walk: Walk) -> str:
    """The certificate on the phone and as a PDF; what its QR says."""
    phone = walk.phone
    phone.goto("/certificates")
    phone_steps.reload_until(phone, walk.server, "a[href$='.pdf']")
    walk.look("certificate")
    address = str(phone.locator("a[href$='.pdf']").get_attribute("href"))
    phone_steps.follow(phone, phone.get_by_role("link", name="全屏出示二维码"))
    walk.number = phone.locator(".certificate-number").inner_text()
    walk.look("certificate-shown")
    pdf = phone.request.get(address)
    assert pdf.status == 200
    assert pdf.headers["content-type"] == "application/pdf"
    picture = picture_of(pdf.body())
    picture.save(Path(walk.screenshot(phone, "walk-certificate-pdf")))
    codes = [code.text for code in zxingcpp.read_barcodes(picture)]
    assert len(codes) == 1, codes
    return codes[0]


def picture_of(pdf: bytes) -> Any:
    """The first page as a scanner would see it, 200 dots an inch."""
    return pypdfium2.PdfDocument(BytesIO(pdf))[0].render(scale=200 / 72).to_pil()


def scan(walk: Walk, address: str) -> Page:
    """A stranger without a cookie opens what the QR says, and reads the verdict in both languages."""
    stranger = walk.open_context().new_page()
    stranger.goto(walk.server.url + urlsplit(address).path)
    verdict = stranger.locator("body")
    expect(verdict).to_contain_text("有效")
    expect(verdict).to_contain_text(re.compile("valid", re.IGNORECASE))
    expect(verdict).not_to_contain_text("林晓")
    expect(stranger.locator(".holder-name")).to_have_text(re.compile(r"林\s*[*＊×○]|[*＊×○]\s*晓"))
    walk.look("verify-valid", stranger)
    return stranger


def revoke(walk: Walk, stranger: Page) -> None:
    """The association revokes with a reason; whoever looks again reads it at once."""
    an = walk.desk("an")
    desk_steps.revoke_certificate(an, walk.number, walk.house.password, REASON)
    walk.look("desk-certificate-revoked", an)
    stranger.reload()
    expect(stranger.locator("body")).to_contain_text("已撤销")
    expect(stranger.locator("body")).to_contain_text(re.compile("revoked", re.IGNORECASE))
    expect(stranger.locator("body")).not_to_contain_text(REASON)
    walk.look("verify-revoked", stranger)
    walk.phone.goto("/certificates")
    expect(walk.phone.locator("body")).to_contain_text("已撤销")
    walk.look("certificate-revoked")
