"""HTML and XHTML to the bank's Markdown: what the bank can show is kept, scripts and styles vanish, all other tags leave their words."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

from carbonlearn.infra import rich
from carbonlearn.question_bank.formats.texts import LOST, TAKEN, clean

BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "figure",
    "figcaption",
    "body",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
}
GONE = {
    "script",
    "style",
    "head",
    "iframe",
    "object",
    "embed",
    "applet",
    "noscript",
    "template",
    "svg",
    "form",
    "button",
    "select",
    "textarea",
    "title",
    "audio",
    "video",
    "canvas",
}
SHOWING = {"object", "embed", "applet", "svg", "canvas", "audio", "video"}
SILENT = {"style", "head", "title", "noscript", "template"}  # which nobody sees
EMPTY = {"br", "img", "hr", "input", "meta", "link", "base", "col", "embed", "source", "wbr", "area", "track"}
INLINE = {
    "a",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "sub",
    "sup",
    "span",
    "font",
    "small",
    "big",
    "code",
    "li",
    "tr",
    "td",
    "th",
    "thead",
    "tbody",
    "center",
    "html",
    "math",
}
KNOWN = sorted(BLOCKS | GONE | EMPTY | INLINE, key=len, reverse=True)
TAG = re.compile(
    rf"</?(?:{'|'.join(KNOWN)})(?:\s+[A-Za-z:_-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))*\s*/?>|<!--|<!\[CDATA\[|<!doctype|<\?xml"
    r"|<(?:script|style|img|iframe|svg|object|embed|a|body|form|meta|link)\b",
    re.IGNORECASE,
)
MARKS = {"br": "\n", "hr": "\n", "strong": "**", "b": "**", "li": "\n· "}
SUB = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
SUP = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
SPECIAL = re.compile(r"[\\*_$|!\[\]]")
BLANKS = re.compile(r"[ \t\r\n\f]+")

Picture = Callable[[str], str | None]
"""What a picture's address in a file is called there; None for one that is not of the file."""


def has_html(text: str) -> bool:
    """Whether somebody left HTML in a text. A smaller-than sign before a number or a letter is none."""
    return "<" in text and TAG.search(text) is not None


def markdown_of(html: str, picture: Picture = lambda _address: None, *, keeps_lines: bool = False) -> str:
    """HTML as Markdown. ``keeps_lines``: the text is Markdown already, with some HTML in it, so its line ends and marks mean something."""
    reader = _Reader(picture, keeps_lines)
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Collects words and marks; inside a table row by row."""

    def __init__(self, picture: Picture, keeps_lines: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._picture, self._keeps = picture, keeps_lines
        self._out: list[str] = []
        self._gone: list[str] = []
        self._rows: list[list[str]] = []
        self._cells: list[list[str]] = []  # where the words of the table cells that are open go
        self._shift: list[str] = []
        self._math = 0

    def _put(self, words: str) -> None:
        (self._cells[-1] if self._cells else self._out).append(words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if self._gone or tag in GONE:
            if not self._gone and tag not in SILENT:
                self._put(LOST if tag in SHOWING else TAKEN)
            if tag not in EMPTY:
                self._gone.append(tag)
        elif tag == "math" or self._math:
            self._open_math(tag, said)
        elif tag == "img":
            self._open_picture(said)
        else:
            self._open(tag)

    def _open(self, tag: str) -> None:
        if tag in ("sub", "sup"):
            self._shift.append(tag)
        elif tag == "table":
            self._rows = []
            self._out.append("\n\n")
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cells.append([])
        else:
            self._mark(tag)

    def _mark(self, tag: str) -> None:
        """What stands for a tag in the text; inside a table everything is one line."""
        mark = MARKS.get(tag, "\n\n" if tag in BLOCKS else "")
        self._put(" " if self._cells and mark.startswith("\n") else mark)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._gone:
            if tag == self._gone[-1]:
                self._gone.pop()
        elif self._math:
            self._math -= tag == "math"
        elif tag in ("sub", "sup") and self._shift:
            self._shift.pop()
        elif tag in ("td", "th") and self._cells:
            self._close_cell()
        elif tag == "table":
            self._close_table()
        elif tag not in EMPTY and tag != "li":
            self._mark(tag)

    def _close_cell(self) -> None:
        cell = BLANKS.sub(" ", "".join(self._cells.pop())).strip()
        if self._rows:
            self._rows[-1].append(cell.replace("|", "\\|"))

    def _close_table(self) -> None:
        self._cells = []
        self._out.append(table_of(self._rows) + "\n\n")
        self._rows = []

    def _open_math(self, tag: str, said: dict[str, str]) -> None:
        if tag != "math":
            return
        self._math += 1
        mark = "$$" if said.get("display") == "block" else "$"
        self._put(f"{mark}{said['alttext']}{mark}" if said.get("alttext") else LOST)

    def _open_picture(self, said: dict[str, str]) -> None:
        name = self._picture(said.get("src", ""))
        words = re.sub(r"[\[\]\\]", "", said.get("alt", ""))
        self._put(f"![{BLANKS.sub(' ', words).strip()}](media:{name})" if name else words + LOST)

    def handle_data(self, data: str) -> None:
        if self._gone or self._math:
            return
        if self._shift:
            data = data.translate(SUB if self._shift[-1] == "sub" else SUP)
        if not self._keeps:
            data = BLANKS.sub(" ", data)
            data = _escaped(data) if SPECIAL.search(data) else data
        self._put(data)

    def text(self) -> str:
        if self._rows or self._cells:
            self._close_table()
        found = "".join(self._out)
        return clean(found if self._keeps else re.sub(r" *\n *", "\n", found).replace("\xa0", " "))


def _escaped(words: str) -> str:
    """Marks that Markdown would read otherwise than HTML meant them, with a backslash; the others as they are."""
    if rich.plain(words) == " ".join(words.split()):
        return words
    return SPECIAL.sub(lambda found: "\\" + found[0], words)


def table_of(rows: list[list[str]]) -> str:
    """Rows of cells as a Markdown table; the first is its head. Cells are one line each, with ``|`` escaped."""
    rows = [row for row in rows if row]
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [_row([*row, *[""] * (width - len(row))]) for row in rows]
    return "\n".join([lines[0], _row(["---"] * width), *lines[1:]])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


CELLS = re.compile(r"(?<!\\)\|")


def rows_of(table: list[str]) -> list[list[str]] | None:
    """The cells of Markdown lines when they are a table as ``table_of`` writes it; otherwise None."""
    if len(table) < 2 or not all(row.startswith("| ") and row.endswith(" |") for row in table):
        return None
    rows = [[cell.strip() for cell in CELLS.split(row[1:-1])] for row in (table[0], *table[2:])]
    return rows if table_of(rows).split("\n") == table else None
