"""What every page owes every reader: no axe violation, and no sideways scroll."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def assert_accessible(page: Page) -> None:
    """Fail with rule, element and advice for each violation on the page as it stands."""
    response = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert _told(response) == [], f"{page.url}\n" + "\n".join(_told(response))
    assert_no_sideways_scroll(page)


def assert_legible(page: Page) -> None:
    """Fail when a text is too faint on its ground: what remains to be asked of a page found accessible, in other colours."""
    assert page.evaluate("'axe' in window"), "assert_accessible comes first"
    response = page.evaluate("axe.run(document, {runOnly: ['color-contrast'], resultTypes: ['violations']})")
    assert _told(response) == [], f"{page.url}\n" + "\n".join(_told(response))
    assert_no_sideways_scroll(page)


def _told(response: dict[str, Any]) -> list[str]:
    return [
        f"{found['id']} ({found['impact']}): {found['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in found["nodes"])
        for found in response["violations"]
    ]


def assert_no_sideways_scroll(page: Page) -> None:
    """Fail when the page is wider than its window, naming the elements that stick out."""
    wide = page.evaluate(
        """() => {
          const room = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= room) return [];
          return [...document.querySelectorAll('body *')]
            .filter((element) => element.getBoundingClientRect().right > room + 1)
            .slice(0, 5).map((element) => element.outerHTML.slice(0, 160));
        }"""
    )
    assert wide == [], f"{page.url} scrolls sideways at {page.viewport_size}"
