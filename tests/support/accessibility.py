"""What every page owes every reader: no axe violation, and no sideways scroll."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def assert_accessible(page: Page) -> None:
    """Fail with rule, element and advice for each violation on the page as it stands."""
    violations = [
        f"{found['id']} ({found['impact']}): {found['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in found["nodes"])
        for found in Axe().run(page).response["violations"]
    ]
    assert violations == [], f"{page.url}\n" + "\n".join(violations)
    assert_no_sideways_scroll(page)


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
