"""Decks that ship with the program: a PDF, and beside it what reading it found, so that no page is drawn at every seeding.

A deck is taken in as an author's upload is, from where that has been examined: into the storage, then recorded. ``tools/make_slides.py``
has it examined by the same process when the deck is made, and keeps what came of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from carbonlearn.catalogue.models import MediaFile
from carbonlearn.catalogue.rules.lesson import SLUG
from carbonlearn.catalogue.services import media
from carbonlearn.infra.media.kinds import Findings

PDF, FOUND = "deck.pdf", "pages.json"


@dataclass(frozen=True, slots=True)
class Deck:
    """A deck in its folder: what its file is, with its pages, and a hash that changes when any of it does."""

    name: str
    folder: Path
    findings: Findings
    sha256: str


def read_deck(folder: Path, name: str) -> Deck:
    """The deck of this name. Raises ValueError when there is none, or when its pages were drawn of another file."""
    place = folder / name
    if not re.fullmatch(SLUG, name) or not (place / PDF).is_file() or not (place / FOUND).is_file():
        raise ValueError(f"there are no slides named {name!r}")
    found = json.loads((place / FOUND).read_text("utf-8"))
    if hashlib.sha256((place / PDF).read_bytes()).hexdigest() != found["sha256"]:
        raise ValueError(f"the pages of {name!r} were drawn of another file")
    findings = Findings.of(found["findings"])
    absent = [page.file for page in findings.pages if not (place / page.file).is_file()]
    if absent:
        raise ValueError(f"pages of {name!r} are missing: {', '.join(absent)}")
    return Deck(name, place, findings, hashlib.sha256((place / FOUND).read_bytes()).hexdigest())


def write_findings(folder: Path, findings: Findings) -> None:
    """Keep what reading the deck in this folder found, for ``read_deck``."""
    found = {"sha256": hashlib.sha256((folder / PDF).read_bytes()).hexdigest(), "findings": findings.plain()}
    (folder / FOUND).write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


def enter_deck(deck: Deck, now: datetime) -> MediaFile:
    """Store and record a deck; the one that is there already is given back."""
    kept = media.stow(deck.folder / PDF, f"{deck.name}.pdf", deck.findings, deck.folder)
    return media.enter(kept, actor=None, now=now)
