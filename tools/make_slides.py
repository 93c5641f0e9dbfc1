"""Makes the decks that ship with the program: each ``deck.typ`` becomes its PDF, and the PDF is read as an author's upload would be.

    python -m tools.make_slides                     every deck
    python -m tools.make_slides verification-steps  one of them

Beside ``deck.typ`` it writes ``deck.pdf``, a picture of every page, and ``pages.json`` with the words on them; all of it is committed,
so that an installation draws nothing when it is seeded. It prints each page's reading time, which is what studying it will credit.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import typst

from carbonlearn.catalogue.rules.outline import reading_ms
from carbonlearn.catalogue.services.decks import PDF, write_findings
from carbonlearn.infra.glyphs import font_paths, missing_glyphs
from carbonlearn.infra.media.kinds import Findings
from carbonlearn.infra.media.reader import examine

ROOT = Path(__file__).resolve().parent.parent
DECKS = ROOT / "carbonlearn" / "catalogue" / "content" / "lessons" / "slides"
SOURCE = "deck.typ"
MADE = datetime(2026, 11, 21, tzinfo=UTC)
"""The date in the documents: fixed, so that the same text gives the same file."""
SLIDE = re.compile(r"^#(?:slide|cover)\[", re.MULTILINE)
LARGEST_PDF, LARGEST_PAGE = 600_000, 40_000


def compiled(source: Path) -> bytes:
    """The deck as PDF, set in the fonts that ship with the program. Raises ValueError for whatever typst warns of."""
    folder = str(font_paths()[0].parent)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    compiler = typst.Compiler(root=ROOT, font_paths=fonts, package_path=ROOT / "templates" / "pdf")
    pdf, warnings = compiler.compile_with_warnings(source, format="pdf", timestamp=MADE)
    if warnings:
        raise ValueError(f"{source}: {warnings[0].message}")
    return bytes(pdf)


def make(folder: Path) -> Findings:
    """Write a deck's PDF, its pages and what was found in them."""
    pdf = folder / PDF
    pdf.write_bytes(compiled(folder / SOURCE))
    for old in folder.glob("page-*.webp"):
        old.unlink()
    findings = examine(pdf, folder)
    write_findings(folder, findings)
    return findings


def faults(folder: Path, findings: Findings) -> list[str]:
    """What is too large for a phone line, and characters that were left blank."""
    found = [f"{PDF} is too large"] if (folder / PDF).stat().st_size > LARGEST_PDF else []
    found += [
        f"{page.file} is too large"
        for page in findings.pages
        if (folder / page.file).stat().st_size > LARGEST_PAGE
    ]
    source = (folder / SOURCE).read_text("utf-8")
    if (wanted := len(SLIDE.findall(source))) != len(findings.pages):
        found.append(f"{wanted} slides on {len(findings.pages)} pages: one is too full")
    blank = [letter for letter in missing_glyphs(source) if letter.isprintable()]
    return [*found, f"no font draws {' '.join(blank)}"] if blank else found


def main(arguments: list[str] | None = None) -> int:
    """Make the decks that are named, or all; 1 when there is anything wrong with one."""
    parser = argparse.ArgumentParser(description="Make the decks that ship with the program.")
    parser.add_argument("names", nargs="*", help="folders of decks; all of them when none is named")
    names = parser.parse_args(arguments).names or sorted(
        path.parent.name for path in DECKS.glob(f"*/{SOURCE}")
    )
    wrong = 0
    for name in names:
        findings = make(DECKS / name)
        for number, page in enumerate(findings.pages, 1):
            size = (DECKS / name / page.file).stat().st_size
            print(
                f"{name} {number:2} {reading_ms(page.text) / 1000:5.1f} s {size:6} bytes {page.text.split(chr(10))[0]}"
            )
        for fault in faults(DECKS / name, findings):
            print(f"FAULT {name}: {fault}", file=sys.stderr)
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
