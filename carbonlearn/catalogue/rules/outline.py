"""How long a lesson takes, part by part: what it takes to read it, never a number typed in to reach a total.

Source: domain paper, "Hours that are honest": 300 Chinese characters a minute, plus its tables, exercises and figures as stated.
All lengths are whole milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CHARACTERS_A_MINUTE = 300
MS_A_CHARACTER = 60_000 // CHARACTERS_A_MINUTE
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
HEADING = re.compile(r"^## +(?:(\d+)[ \u2002]+)?(.+?)\s*$", re.MULTILINE)
STATED_FOR = re.compile(r"^(?P<what>.*?)\s*(?P<seconds>\d+)\s*(?:秒|s)$")
SECTION = re.compile(r"第(\d+)(?:节)?(?:(至|和|、)第?(\d+))?节")
STATED_PAGE = re.compile(r"^(?:第|page)\s*(?P<page>\d{1,3})(?:\s*页\s*|\s+)(?P<seconds>\d{1,4})\s*(?:秒|s)$")
SHORTEST_PAGE_MS = 20_000
PAGE_TITLE = 40
NUMBERED = re.compile(r"[图表例]\d+")


@dataclass(frozen=True, slots=True)
class Section:
    """One ``## `` part of a lesson's Markdown: its heading without the number, and its text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the outline: where it begins and ends in the lesson."""

    title: str
    anchor: str
    from_ms: int
    to_ms: int


def sections(body: str) -> tuple[Section, ...]:
    """The parts of a Markdown body, in order. Raises ValueError for a body without headings or with text before the first."""
    found = list(HEADING.finditer(body))
    if not found:
        raise ValueError("a lesson has at least one heading (## )")
    if body[: found[0].start()].strip():
        raise ValueError("a lesson begins with its first heading")
    ends = [*(match.start() for match in found[1:]), len(body)]
    return tuple(Section(match[2], body[match.end() : end]) for match, end in zip(found, ends, strict=True))


def reading_ms(text: str) -> int:
    """What the running text of a section takes; tables and figures are stated apart and do not count here."""
    prose = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("|", "![")))
    return len(HAN.findall(prose)) * MS_A_CHARACTER


def stated_ms(parts: Sequence[Section], stated: Iterable[str]) -> tuple[int, ...]:
    """The extra time stated ("表1 60秒"), laid on the parts that hold what it is stated for."""
    extra = [0] * len(parts)
    for entry in stated:
        match = STATED_FOR.match(entry.strip())
        if match is None:
            raise ValueError(f"extra time is stated as 'what n秒', not {entry!r}")
        places = _places(parts, match["what"])
        for place, share in zip(places, _shares(int(match["seconds"]) * 1000, len(places)), strict=True):
            extra[place] += share
    return tuple(extra)


def _places(parts: Sequence[Section], what: str) -> list[int]:
    """The parts by the sections named, else by the figure or table's number, else by exercises; else the last one."""
    section = SECTION.search(what)
    if section:
        first, last = int(section[1]), int(section[3] or section[1])
        named = range(first, last + 1) if section[2] == "至" else sorted({first, last})
        found = [number - 1 for number in named if number <= len(parts)]
    elif NUMBERED.search(what):
        labels = _labels(what)
        found = sorted({_first_with(parts, label) for label in labels} - {-1})
    elif "算例" in what or "计算" in what:
        found = [index for index, part in enumerate(parts) if "\n> " in part.text]
    else:
        found = []
    return found or [len(parts) - 1]


def _labels(what: str) -> list[str]:
    """The figures, tables or examples that are named; 例1至例4 names four."""
    labels = NUMBERED.findall(what)
    if "至" not in what or len(labels) != 2:
        return labels
    first, last = (int(label[1:]) for label in labels)
    return [f"{labels[0][0]}{number}" for number in range(first, last + 1)]


def _first_with(parts: Sequence[Section], label: str) -> int:
    return next((index for index, part in enumerate(parts) if label in part.title + part.text), -1)


def _shares(total: int, count: int) -> list[int]:
    share, rest = divmod(total, count)
    return [share + (index < rest) for index in range(count)]


def article_parts(body: str, stated: Iterable[str]) -> tuple[Part, ...]:
    """The outline of an article with its honest lengths; anchors are ``part-1``, ``part-2`` …"""
    found = sections(body)
    position, parts = 0, []
    for number, (section, extra) in enumerate(zip(found, stated_ms(found, stated), strict=True), 1):
        end = position + reading_ms(section.text) + extra
        parts.append(Part(section.title, f"part-{number}", position, end))
        position = end
    return tuple(parts)


def recording_parts(body: str, title: str, length_ms: int) -> tuple[Part, ...]:
    """The outline of a recording (film or sound): it alone has a length; the text beside it, if any, earns nothing."""
    return (Part(title, "film", 0, length_ms), *_beside(body, length_ms))


def slide_parts(pages: Sequence[str], stated: Iterable[str]) -> tuple[Part, ...]:
    """The outline of slides, which are its parts and nothing else: each page as long as reading its words takes and what is stated
    for it ("第3页 60秒"), at least 20 seconds. Raises ValueError for a page that is not there.
    """
    extra = _stated_pages(len(pages), stated)
    position, parts = 0, []
    for number, text in enumerate(pages, 1):
        end = position + max(SHORTEST_PAGE_MS, reading_ms(text) + extra[number - 1])
        title = next(iter(text.splitlines()), "")[:PAGE_TITLE] or f"第 {number} 页"
        parts.append(Part(title, f"page-{number}", position, end))
        position = end
    return tuple(parts)


def _beside(body: str, length_ms: int) -> list[Part]:
    """The parts of a text that stands beside what is studied."""
    found = sections(body) if body.strip() else ()
    return [
        Part(section.title, f"part-{number}", length_ms, length_ms) for number, section in enumerate(found, 1)
    ]


def _stated_pages(count: int, stated: Iterable[str]) -> list[int]:
    extra = [0] * count
    for entry in stated:
        match = STATED_PAGE.match(entry.strip())
        if match is None or not 1 <= int(match["page"]) <= count:
            raise ValueError(f"extra time of slides is stated as '第n页 n秒', not {entry!r}")
        extra[int(match["page"]) - 1] += int(match["seconds"]) * 1000
    return extra
