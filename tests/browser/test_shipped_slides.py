"""A deck that ships, read on a phone: every page is drawn, can be heard, and counts while it is on screen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.support import phone_steps
from tests.support.accessibility import assert_accessible
from tests.support.installation import Installation
from tests.support.live_server import LiveServer

LESSON = "pub-06-china-carbon-market-3"
DRAWN = "image => image.complete && image.naturalWidth === 1280"


def test_the_pages_of_a_deck_are_drawn_and_count_while_they_are_on_screen(
    live_server: LiveServer, open_context: Callable[..., BrowserContext]
) -> None:
    house = Installation(live_server)
    page = open_context().new_page()
    phone_steps.sign_in(page, "lin", house.password)
    house.close()
    page.goto(f"/lessons/{LESSON}")
    pages = page.locator("#slides .slide")
    expect(pages).to_have_count(15)
    expect(page.locator("article.prose")).to_have_count(0)
    for number in (0, 6, 14):
        picture = pages.nth(number).locator("img")
        picture.scroll_into_view_if_needed()
        page.wait_for_function(DRAWN, arg=picture.element_handle())
    expect(page.locator('[data-part="page-15"] .badge')).to_be_visible()
    expect(page.locator("[data-chip].credit-chip-counting")).to_be_visible()
    pages.nth(14).locator("summary").click()
    expect(pages.nth(14).locator(".slide-words p")).to_contain_text("预分配不是余量")
    assert_accessible(page)
