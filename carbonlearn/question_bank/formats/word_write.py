"""Items as a Word file, in the layout that Chinese question banks use; tables and pictures stand where the texts have them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor
from docx.text.paragraph import Paragraph

from carbonlearn.question_bank.formats.entry import Outgoing
from carbonlearn.question_bank.formats.labelled import case_lines, lines_of
from carbonlearn.question_bank.formats.markup import rows_of
from carbonlearn.question_bank.formats.pictures import png_of
from carbonlearn.question_bank.formats.word_read import picture_label

PICTURE = re.compile(r"!\[([^\[\]\\]*)\]\(media:([0-9a-z]{26})\)")
WIDEST = Cm(12)
QUIET = {
    "id",
    "difficulty",
    "function",
    "track",
    "pool",
    "competence",
    "facts",
    "case",
    "review_by",
    "version",
}
FONT = "Noto Sans CJK SC"

Pictures = Callable[[str], bytes | None]


def write(path: Path, outgoing: Outgoing) -> None:
    """Write the file; the items of a case refer to it, and the cases stand first."""
    document = docx.Document()
    _dress(document)
    made = _Made(document, outgoing.picture)
    for case in outgoing.cases:
        made.put(case_lines(case), "Normal")
    for number, item in enumerate(outgoing.counted(), 1):
        for name, text in lines_of(item, number, english=outgoing.english):
            made.put(text, "Own" if name in QUIET else "Normal")
        made.end()
    document.save(str(path))


def _dress(document: Document) -> None:
    """A font that has Chinese characters, close lines, and a quiet style for our own fields."""
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10.5)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    normal.paragraph_format.space_after = Pt(2)
    own: Any = document.styles.add_style("Own", 1)
    own.base_style = normal
    own.font.size, own.font.color.rgb = Pt(9), RGBColor(0x5C, 0x6B, 0x73)


def _run(text: str) -> Any:
    words = OxmlElement("w:t")
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run = OxmlElement("w:r")
    run.append(words)
    return run


class _Made:
    """The document as it grows.

    Paragraphs are put before the last element of the body by hand: the library would walk through all of the body for each of them.
    """

    def __init__(self, document: Document, picture: Pictures) -> None:
        self._document, self._picture = document, picture
        self._last = document.element.body[-1]  # the properties of the section
        self._pngs: dict[str, bytes | None] = {}

    def put(self, text: str, style: str) -> None:
        """The lines of a text as paragraphs; Markdown tables as tables."""
        lines = text.split("\n")
        start = 0
        while start < len(lines):
            end = start
            while end < len(lines) and lines[end].startswith("| "):
                end += 1
            rows = rows_of(lines[start:end]) if end > start + 1 else None
            if rows:
                self._table(rows)
                start = end
            else:
                self._paragraph(lines[start], style)
                start += 1

    def end(self) -> None:
        """An item is over."""
        self._paragraph("", "Normal")

    def _table(self, rows: list[list[str]]) -> None:
        table = self._document.add_table(len(rows), len(rows[0]), style="Table Grid")
        self._last.addprevious(table._tbl)
        for cells, row in zip(rows, table.rows, strict=True):
            for words, cell in zip(cells, row.cells, strict=True):
                self._words(cell.paragraphs[0], words.replace("\\|", "|"))

    def _paragraph(self, text: str, style: str) -> None:
        element = OxmlElement("w:p")
        if style != "Normal":
            named = OxmlElement("w:pStyle")
            named.set(qn("w:val"), style)
            properties = OxmlElement("w:pPr")
            properties.append(named)
            element.append(properties)
        self._last.addprevious(element)
        if PICTURE.search(text):
            self._words(Paragraph(element, self._document._body), text)
        elif text:
            element.append(_run(text))

    def _words(self, paragraph: Paragraph, text: str) -> None:
        start = 0
        for found in PICTURE.finditer(text):
            png = self._png(found[2])
            if png is not None:
                if found.start() > start:
                    paragraph.add_run(text[start : found.start()])
                self._show(paragraph, found[1], found[2], png)
                start = found.end()
        if text[start:]:
            paragraph.add_run(text[start:])

    def _png(self, picture_id: str) -> bytes | None:
        if picture_id not in self._pngs:
            content = self._picture(picture_id)
            self._pngs[picture_id] = None if content is None else png_of(content)
        return self._pngs[picture_id]

    def _show(self, paragraph: Paragraph, words: str, picture_id: str, png: bytes) -> None:
        shape = paragraph.add_run().add_picture(io.BytesIO(png))
        if shape.width > WIDEST:
            shape.height = Emu(int(shape.height * WIDEST / shape.width))
            shape.width = WIDEST
        about = shape._inline.docPr
        about.set("descr", words)
        about.set("name", picture_label(picture_id, png))
