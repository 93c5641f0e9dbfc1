"""What the first view weighs on the wire, with nothing cached: every byte of every answer, as the browser counted them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import phone_steps
from tests.support.installation import Installation
from tests.support.live_server import LiveServer

LEARNER_BYTES = 60_000
SITTING_BYTES = 50 * 1024
SITTING_REQUESTS = 8


@dataclass
class Scale:
    """Weighs what a page fetches, by the browser's own count of encoded bytes, head lines included."""

    page: Page
    answers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wire = self.page.context.new_cdp_session(self.page)
        self.wire.send("Network.enable")
        self.wire.on("Network.responseReceived", self._received)
        self.wire.on("Network.loadingFinished", self._finished)

    def weigh(self, path: str) -> tuple[int, int]:
        """Open a page as the first one ever and wait until it rests; bytes and requests."""
        self.page.goto("about:blank")
        self.wire.send("Network.clearBrowserCache")
        self.answers.clear()
        self.page.goto(path, wait_until="networkidle")
        total = sum(size for _url, size in self.answers.values())
        lines = "".join(f"  {size:7d} {url}\n" for url, size in self.answers.values())
        sys.stdout.write(f"\n{path}: {total} bytes in {len(self.answers)} requests\n{lines}")
        return total, len(self.answers)

    def _received(self, event: dict[str, Any]) -> None:
        if not event["response"].get("fromDiskCache"):
            self.answers[event["requestId"]] = (event["response"]["url"], 0)

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self.answers:
            url, _none = self.answers[event["requestId"]]
            self.answers[event["requestId"]] = (url, int(event["encodedDataLength"]))


@pytest.fixture
def house(live_server: LiveServer) -> Iterator[Installation]:
    house = Installation(live_server)
    yield house
    house.close()


@pytest.fixture
def zhang(open_context: Callable[..., BrowserContext], house: Installation) -> Page:
    """A learner's page whose browser has cached nothing."""
    page = open_context().new_page()
    phone_steps.sign_in(page, "zhang", house.password)
    return page


def test_the_first_view_of_a_learners_page_weighs_60_kilobytes_at_most(zhang: Page) -> None:
    lesson = str(zhang.locator("a.dock").get_attribute("href"))
    for path in ("/study", lesson, "/exams", "/certificates", "/me"):
        total, _requests = Scale(zhang).weigh(path)
        assert 2_000 < total <= LEARNER_BYTES, path


def test_a_sitting_with_its_96_items_weighs_50_kibibytes_at_most_in_8_requests(
    zhang: Page, live_server: LiveServer, house: Installation
) -> None:
    house.give_hours("zhang", 4)
    phone_steps.take_a_place(zhang)
    phone_steps.enter_room(zhang, live_server, house)
    total, requests = Scale(zhang).weigh(zhang.url.split("#")[0])
    expect(zhang.locator("#question")).to_be_visible()
    assert 10_000 < total <= SITTING_BYTES
    assert requests <= SITTING_REQUESTS
