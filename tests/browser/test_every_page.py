"""Every page that the cast can reach from its menus, on a phone and on a desk, light and dark: it answers and reads well."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support import phone_steps
from tests.support.accessibility import assert_accessible, assert_legible
from tests.support.installation import Installation
from tests.support.live_server import LiveServer

SIZES = (("phone", {"width": 360, "height": 740}), ("desk", {"width": 1280, "height": 800}))
MENUS = ".tab-bar a, .rail a, .rail-sheet a, main a"
NO_PAGE = re.compile(r"\.(pdf|svg|xlsx|jwt|json|jpg|csv)$|/photo$|/static/|/sitting|ticket-code")
ID = re.compile(
    r"(?<=/)[a-z]{3}-\d{2}-[a-z0-9-]+|(?<=/desk/blueprints/)[^/]+/[^/]+/\d/[^/]+|(?<=/practice/chapters/)[a-z-]+|"
    r"(?<=/)([0-9a-z]{26}|\d{4}-\d{2}-\d{2})(?=/|$)|(?<=^/lessons/).+|(?<=^/courses/).+|(?<=^/programmes/).+"
)
PUBLIC = ("/", "/sign-in", "/password-code", "/programmes", "/v", "/v/7K3M9QXW2RTB5HDN")
CAST = ("lin", "rosa", "an", "wen", "mark", "chen", "olga", "sun", "audrey")


@pytest.fixture(scope="module")
def house(live_server: LiveServer) -> Iterator[Installation]:
    house = Installation(live_server)
    yield house
    house.close()


def kind_of(address: str) -> str:
    """Pages of one kind share an address but for its ids; one of each kind is enough."""
    return ID.sub("*", urlsplit(address).path)


def reachable(page: Page, start: str) -> list[str]:
    """The first address of every kind of page that links lead to, over two steps. The desk's people stay at the desk: what
    they share with learners is looked at there."""
    found = {kind_of(start): start}
    seen: set[str] = set()
    for _step in range(2):
        for kind, address in list(found.items()):
            if kind not in seen:
                seen.add(kind)
                for further in links_of(page, address):
                    found.setdefault(kind_of(further), further)
    return [address for kind, address in found.items() if start != "/desk" or kind.startswith("/desk")]


def links_of(page: Page, address: str) -> list[str]:
    """Where the menus and the content of a page lead, within this site and to pages only."""
    page.goto(address)
    hrefs: list[str] = page.locator(MENUS).evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    own = [
        href for href in hrefs if href and href.startswith("/") and not NO_PAGE.search(urlsplit(href).path)
    ]
    return list(dict.fromkeys(own))


def name_of(who: str, address: str, look: str) -> str:
    """The picture's file name."""
    path = re.sub(r"[^a-z0-9]+", "-", kind_of(address).replace("*", "one").lower()).strip("-") or "front"
    return f"page-{who}-{path}-{look}"


def look_at(page: Page, who: str, addresses: list[str], screenshot: Callable[..., Path]) -> None:
    """Open each address; change window and colours under it, and hold every look to its duty."""
    for address in addresses:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == (404 if "7K3M9" in address else 200), address
        for size, window in SIZES:
            page.set_viewport_size(window)  # type: ignore[arg-type]
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            screenshot(page, name_of(who, address, f"{size}-light"))
            assert_accessible(page)
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            screenshot(page, name_of(who, address, f"{size}-dark"), whole=False)
            assert_legible(page)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", CAST)
def test_every_page_of_the_cast_stands_in_every_look(
    who: str,
    open_context: Callable[..., BrowserContext],
    house: Installation,
    screenshot: Callable[..., Path],
) -> None:
    page = open_context(is_mobile=False).new_page()
    phone_steps.sign_in(page, who, house.password)
    start = urlsplit(page.url).path
    addresses = reachable(page, start)
    assert len(addresses) >= 2, addresses
    look_at(page, who, addresses, screenshot)


def test_every_page_that_needs_no_account_stands_in_every_look(
    open_context: Callable[..., BrowserContext],
    screenshot: Callable[..., Path],
    faults,
) -> None:
    faults.expected.append("404")
    page = open_context(is_mobile=False).new_page()
    key = next(address for address in links_of(page, "/programmes") if address.startswith("/programmes/"))
    look_at(page, "public", [*PUBLIC, key], screenshot)
