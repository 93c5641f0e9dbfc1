"""Texts from strangers: decoded whatever they are written in, without what no text needs, and without HTML."""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata

from carbonlearn.question_bank.formats.entry import FileFault

UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
    "|[\U0001fffe\U0001ffff]"
)
ENDS = re.compile(r"\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")
TRAILING = re.compile(r"[ \t\u3000]+(?=\n|\Z)")
MANY_BLANK = re.compile(r"\n{3,}")
BREAKS = re.compile(r"[ \t\u3000]*[\n\t]\s*")
MADE = "imp-"
LOST, TAKEN = "\ue7fe", "\ue7fd"
"""Where a reader could not keep what stood in a text (a formula, a picture), and where it left out what no text needs. ``tidy`` turns
them into notes."""
ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ONE_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3002: ".", 0x3001: ","}


def clean(text: str) -> str:
    """A text of several lines: one kind of line end, nothing unprintable, no blanks at ends of lines."""
    text = UNPRINTABLE.sub("", ENDS.sub("\n", text))
    return MANY_BLANK.sub("\n\n", TRAILING.sub("", text)).strip()


def line(text: str) -> str:
    """A text of one line: an option, a source, a line of the rubric."""
    return BREAKS.sub(" ", clean(text)).strip()


def decoded(content: bytes) -> str:
    """Bytes as text: by their mark, as UTF-8, or as GB 18030, in which Chinese text files often come. Raises FileFault."""
    for mark, name in ENCODINGS:
        if content.startswith(mark):
            try:
                return content.decode(name)
            except UnicodeDecodeError as error:
                raise FileFault("IMPORT_ENCODING") from error
    for name in ("utf-8", "gb18030"):
        try:
            found = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" in found or (name != "utf-8" and _is_gibberish(found)):
            break
        return found
    raise FileFault("IMPORT_ENCODING")


def _is_gibberish(text: str) -> bool:
    """Whether a text that could be decoded is none: private characters, or characters that nobody has assigned."""
    odd = sum(
        unicodedata.category(letter) in ("Co", "Cn", "Cc") and letter not in "\r\n\t"
        for letter in text[:20_000]
    )
    return odd * 50 > min(len(text), 20_000)


def sameness(stem: str, options: dict[str, str]) -> str:
    """A key under which a question is found again that says the same, whatever its blanks and width of letters; options in any order.

    Points, signs and small figures count: 3.5 is not 35, and mW is not MW.
    """
    parts = [_bare(stem), *sorted(_bare(words) for words in options.values())]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).translate(ONE_WIDTH).split())


def made_id(stem: str, options: dict[str, str], *place: str) -> str:
    """The number of an item whose file gives it none: the same question gets the same number each time. ``place``: what else makes it
    another question: type, track, case."""
    told = "\n".join((*place, sameness(stem, options)))
    return MADE + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
