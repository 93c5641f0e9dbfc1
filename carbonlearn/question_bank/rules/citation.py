"""Which documents a text cites: titles in Chinese quotation marks, with what stands in brackets right behind."""

from __future__ import annotations

import re

TITLE = re.compile(r"《([^》]+)》(?:（([^）]*)）)?")
MAX_TITLE, MAX_DETAIL = 200, 200
HAN = r"\u3400-\u9fff"
LOOSE = re.compile(rf"(?<=[{HAN}])\s+(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])\s+(?=[{HAN}])")
"""A blank between Chinese and figures or Latin letters: a habit of typing, no part of a title."""


def cited(source: str) -> dict[str, str]:
    """Titles in the order of the text, each once, with number, clause or date as written; empty where nothing stands behind."""
    found: dict[str, str] = {}
    for title, detail in TITLE.findall(source):
        found.setdefault(joined(title.strip())[:MAX_TITLE], detail.strip()[:MAX_DETAIL])
    return found


def joined(title: str) -> str:
    """A title in the one spelling by which its document is known: 2006年IPCC指南 however it was spaced."""
    return " ".join(LOOSE.sub("", title).split())
