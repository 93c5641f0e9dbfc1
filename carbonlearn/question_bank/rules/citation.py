"""Which documents a text cites: titles in Chinese quotation marks, with what stands in brackets right behind."""

from __future__ import annotations

import re

TITLE = re.compile(r"《([^》]+)》(?:（([^）]*)）)?")
MAX_TITLE, MAX_DETAIL = 200, 200


def cited(source: str) -> dict[str, str]:
    """Titles in the order of the text, each once, with number, clause or date as written; empty where nothing stands behind."""
    found: dict[str, str] = {}
    for title, detail in TITLE.findall(source):
        found.setdefault(title.strip()[:MAX_TITLE], detail.strip()[:MAX_DETAIL])
    return found
