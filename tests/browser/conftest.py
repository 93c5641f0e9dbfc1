"""A phone in the hand: Chromium at 360 x 740 with touch, against the real program.

A message of level error in the console fails the test; so does an exception in a script, and so does an address of
ours that answers 5xx. Pictures go to `screenshots/`, which git ignores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from tests.support.accessibility import assert_accessible
from tests.support.exam_hall import Hall, SlowLine
from tests.support.live_server import ROOT, LiveServer

SCREENSHOTS = ROOT / "screenshots"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
READER: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
PHONE: dict[str, Any] = READER | {
    "viewport": {"width": 360, "height": 740},
    "screen": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "permissions": ["camera"],
    "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/136.0.0.0 Mobile Safari/537.36",
}
DESK: dict[str, Any] = READER | {"viewport": {"width": 1280, "height": 800}}
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)  # as long as a click may wait


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The browser that `make test` found or fetched."""
    record = ROOT / ".tools" / "browser"
    path = os.environ.get("CARBONLEARN_BROWSER") or (record.read_text().strip() if record.exists() else "")
    if not path:
        pytest.exit(
            "carbonlearn: no browser; run `make test`, or tools/ensure_browser.py before pytest", returncode=1
        )
    return {"executable_path": path, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One demonstration installation for all walks of this worker. Walks that kill or reset use `new_server`."""
    server = LiveServer(tmp_path_factory.mktemp("live"))
    try:
        yield server.start("--demo")
    finally:
        server.stop()


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """An installation of the test's own: `server = new_server(); server.start("--demo")`."""
    made: list[LiveServer] = []

    def make(**settings: str) -> LiveServer:
        made.append(LiveServer(tmp_path / f"server-{len(made) + 1}", **settings))
        return made[-1]

    yield make
    for server in made:
        server.stop()


class Faults:
    """What went wrong in the pages of one test. `expected` takes pieces of text that are part of the story."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.expected: list[str] = []

    def watch(self, context: BrowserContext) -> BrowserContext:
        """Listen to every page of this context."""
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.found.append(f"script: {error.error}"))
        context.on("response", self._see)
        return context

    def check(self) -> None:
        """Fail when anything unexpected was heard."""
        unexpected = [fault for fault in self.found if not any(text in fault for text in self.expected)]
        assert unexpected == []

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _see(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"answer {response.status}: {response.url}")


@pytest.fixture
def faults() -> Iterator[Faults]:
    """The faults of this test's pages, checked when it ends: `faults.expected.append("422")` allows one."""
    faults = Faults()
    yield faults
    faults.check()


@pytest.fixture
def open_context(
    browser: Browser, live_server: LiveServer, faults: Faults
) -> Iterator[Callable[..., BrowserContext]]:
    """One more person's browser: `open_context(PHONE)`, `open_context(DESK, base_url=...)`."""
    opened: list[BrowserContext] = []

    def make(device: dict[str, Any] = PHONE, **over: Any) -> BrowserContext:
        context = browser.new_context(**({"base_url": live_server.url} | device | over))
        context.set_default_timeout(PATIENCE_MS)
        opened.append(faults.watch(context))
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def phone(open_context: Callable[..., BrowserContext]) -> Page:
    """A page on a phone, signed out."""
    return open_context(PHONE).new_page()


@pytest.fixture
def desk(open_context: Callable[..., BrowserContext]) -> Page:
    """A page on a desk's screen, signed out."""
    return open_context(DESK).new_page()


@pytest.fixture
def screenshot() -> Callable[..., Path]:
    """Keep a picture of the screen, and one of the whole page (`…-whole`) when that is longer: `screenshot(phone, "item-12")`;
    the screen alone with `whole=False`."""

    def take(page: Page, name: str, whole: bool = True) -> Path:
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        if whole and page.evaluate("document.documentElement.scrollHeight > innerHeight"):
            page.screenshot(path=SCREENSHOTS / f"{name}-whole.png", full_page=True)
        return path

    return take


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Fail when axe finds a violation on the page, or when the page scrolls sideways: `accessible(phone)`."""
    return assert_accessible


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """One installation for all of these walks: each has a candidate of its own, and the clock only ever moves on."""
    from carbonlearn.factory import create_app
    from carbonlearn.infra.config import Settings

    server = LiveServer(tmp_path_factory.mktemp("hall"))
    try:
        server.start()
        yield Hall(server, create_app(Settings.from_environment(server.environment)))
    finally:
        server.stop()


@pytest.fixture
def enter(hall: Hall, open_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """The page of a sitting, on this person's phone."""

    def go(
        person: Any,
        sitting: str,
        path: str = "",
        watch: Callable[..., None] | None = None,
        url: str = "",
        **over: Any,
    ) -> Page:
        url = url or hall.server.url
        context = open_context(base_url=url, **over)
        context.add_cookies([{"name": "carbonlearn", "value": person.token, "url": url}])
        page = context.new_page()
        if watch:
            page.on("requestfinished", watch)
        page.goto(f"/sittings/{sitting}{path}")
        return page

    return go


@pytest.fixture
def slow(hall: Hall) -> Iterator[SlowLine]:
    line = SlowLine(hall.server.url, 1.5)
    yield line
    line.door.close()
