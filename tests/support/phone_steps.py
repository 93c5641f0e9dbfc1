"""What a learner does with a thumb, step by step, through pages alone.

A lesson is studied with the browser's clock and the server's clock moved on together, never faster than a beat at a time:
what is credited is earned by the same rule as in twenty real seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Locator, Page, Request, expect

from tests.support.installation import Installation, Solved
from tests.support.live_server import LiveServer

SLICE_SECONDS = 3.5  # the clocks move on by so much; a beat comes after 16 to 21 seconds
SLICES = 8
SWEEP_SECONDS = 10
PATIENCE_MS = 15_000
ANSWER = """(given) => {
  const text = document.querySelector("#options textarea");
  if (text) {
    text.value = given;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  } else for (const letter of given) document.querySelector(`#options input[value="${letter}"]`).click();
}"""
SITTING = re.compile(r"/sittings/([A-Za-z0-9_-]+)")


def sign_in(page: Page, username: str, password: str) -> None:
    """Through the form of the sign-in page, to whatever page comes first for this person."""
    page.goto("/sign-in")
    page.locator('input[name="login"]').fill(username)
    page.locator('input[name="password"]').fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(re.compile(r"/(study|desk).*"))


def follow(page: Page, link: Locator) -> None:
    """Tap a link or a button and wait for the page that it leads to."""
    with page.expect_navigation():
        link.tap()


class Reader:
    """Someone reading lessons on this page. The clocks move on only when every beat that was sent has been answered."""

    def __init__(self, page: Page, server: LiveServer, know: Callable[[], str]) -> None:
        """``know`` says what is right for the presence question that waits."""
        self.page, self.server, self.know = page, server, know
        self.sent = self.answered = 0
        page.clock.install()
        page.on("request", self._sent)
        page.on("requestfinished", self._answered)

    def open(self, link: Locator) -> None:
        """Open a lesson, and wait until it counts."""
        before = self.sent
        follow(self.page, link)
        self._hear_beat_after(before)

    def study(self, beats: int) -> None:
        """Read for so many beats: a part is read while it is on screen, then the reader scrolls on."""
        part = 0
        for _beat in range(beats):
            if not self.page.locator(".credit-reason-counting").count():
                part += 1
                self._scroll_to(part)
            self._read_until_beat()
            self._say_present()

    def _read_until_beat(self) -> None:
        before = self.sent
        for _slice in range(SLICES):
            self.server.advance(SLICE_SECONDS)
            self.page.clock.run_for(round(SLICE_SECONDS * 1000))
            if self.sent > before:
                break
        self._hear_beat_after(before)

    def _say_present(self) -> None:
        """Answer the presence question on this page, when there is one, as someone who has read."""
        sheet = self.page.locator("#presence[open]")
        if sheet.count():
            sheet.locator(f'input[value="{self.know()}"]').check(force=True)
            sheet.locator("[type=submit]").click()
            expect(sheet).to_have_count(0)

    def _scroll_to(self, part: int) -> None:
        """Bring the heading of a part under the reader's eyes."""
        before = self.sent
        anchor = self.page.locator("#outline [data-part]").nth(part).get_attribute("data-part")
        self.page.evaluate("(id) => document.getElementById(id).scrollIntoView({block: 'start'})", anchor)
        self.page.clock.run_for(1000)
        self._hear_beat_after(before)

    def _hear_beat_after(self, before: int) -> None:
        until = time.monotonic() + PATIENCE_MS / 1000
        while self.sent == before or self.answered < self.sent:
            assert time.monotonic() < until, self.page.locator("#lesson-credit").inner_text()
            self.page.wait_for_timeout(20)

    def _sent(self, request: Request) -> None:
        self.sent += request.url.endswith("/beats")

    def _answered(self, request: Request) -> None:
        self.answered += request.url.endswith("/beats")


def reload_until(page: Page, server: LiveServer, wanted: str, tries: int = 40) -> None:
    """Look again until the sweeps have done their work; the clock moves on by one sweep between two looks."""
    for _try in range(tries):
        if page.locator(wanted).first.is_visible():
            return
        server.advance(SWEEP_SECONDS)
        page.wait_for_timeout(1200)
        page.reload()
    raise AssertionError(f"{wanted} did not appear on {page.url}:\n{page.locator('main').inner_text()[:800]}")


def enter_room(page: Page, server: LiveServer, house: Installation) -> None:
    """From the waiting room into the exam, as soon as the window begins."""
    starts_at, _ends_at = house.window_of(sitting_id(page))
    if house.now < starts_at - timedelta(seconds=50):
        server.set_clock(starts_at - timedelta(seconds=50))
    reload_until(page, server, "#checks :text('已封存')")
    server.set_clock(max(starts_at, house.now) + timedelta(seconds=1))
    page.reload()
    page.get_by_role("button", name="进入考试").tap()
    expect(page.locator("#question")).to_be_visible()


def take_a_place(page: Page) -> None:
    """Book the next window and check in for it; the hours must be full."""
    page.goto("/exams")
    offered = page.locator("form[action$='/bookings'] button").first
    for _again in range(
        30
    ):  # the right to sit and the windows come by sweeps, which a busy machine runs late
        if offered.count():
            break
        time.sleep(1)
        page.reload()
    follow(page, offered)
    page.get_by_role("button", name="进入候考室").tap()
    expect(page.locator("#countdown")).to_be_visible()


def sitting_id(page: Page) -> str:
    """The sitting that the page shows."""
    found = SITTING.search(page.url)
    assert found, page.url
    return found.group(1)


def answer_item(page: Page, item: Solved) -> None:
    """Give the right answer to the question on the screen, and wait until the server has acknowledged it."""
    expect(page.locator("#question-number")).to_contain_text(str(item.n))
    with page.expect_response(re.compile(r"/responses$")) as reply:
        if item.type == "short-answer":
            page.locator("#options textarea").fill(item.answer)
        for letter in letters_of(item):
            page.locator(f'#options input[value="{letter}"]').check()
    assert reply.value.status == 200, reply.value.text()
    expect(page.locator("#sync-text")).to_have_text("已保存")


def open_item(page: Page, number: int) -> None:
    """Go to a question by the answer sheet, which may be open already."""
    page.locator("#open-sheet, #sheet").locator("visible=true").first.wait_for()
    if page.locator("#open-sheet").is_visible():
        page.locator("#open-sheet").tap()
    page.locator("#groups").get_by_role("button", name=f"第 {number} 题，").tap()
    expect(page.locator("#question")).to_be_visible()


def checked_values(page: Page) -> list[str]:
    """What stands chosen on the screen."""
    return page.locator("#options input:checked").evaluate_all("all => all.map((one) => one.value)")


def answer_quickly(page: Page, items: list[Solved]) -> None:
    """Answer these items one after the other without waiting between; then wait until all are acknowledged.

    The page's own controls are clicked from inside the page: ninety questions by taps would take minutes and show nothing new.
    """
    for item in items:
        page.evaluate("(n) => { location.hash = `#${n}` }", item.n)
        expect(page.locator("#question-number")).to_have_text(f"第 {item.n} 题")
        page.evaluate(ANSWER, letters_of(item) or item.answer)
    expect(page.locator("#sync-text")).to_have_text("已保存", timeout=60_000)


def letters_of(item: Solved) -> list[str]:
    """The options that the right answer ticks; none for a short answer."""
    if item.type == "short-answer":
        return []
    return item.answer if isinstance(item.answer, list) else ["T" if item.answer else "F"]
