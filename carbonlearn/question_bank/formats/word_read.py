"""Word files: the paragraphs, tables and pictures of ``word/document.xml`` one after the other, as lines of the layout.

The document is read as a stream and never held as a whole. Numbers and letters that Word counts by itself are put back into the text.
"""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from carbonlearn.question_bank.formats.archive import MEGABYTE, content, opened
from carbonlearn.question_bank.formats.entry import FileFault, FilePicture, Piece
from carbonlearn.question_bank.formats.labelled import items_of
from carbonlearn.question_bank.formats.markup import SUB, SUP, table_of
from carbonlearn.question_bank.formats.safe_xml import ended, name, parsed
from carbonlearn.question_bank.formats.texts import LOST

DOCUMENT = "word/document.xml"
MAX_PICTURE = 10 * MEGABYTE
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
COUNTERS = {
    "upperLetter": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "chineseCounting": "一二三四五六七八九十",
    "chineseCountingThousand": "一二三四五六七八九十",
}
MARK = "media:"
FORMULAE = ("oMath", "oMathPara")


@dataclass(slots=True)
class _Document:
    """What the body refers to: pictures by relation, lists by number, and how far each list has counted."""

    archive: zipfile.ZipFile
    targets: dict[str, str]
    lists: dict[tuple[str, str], tuple[str, str]]
    counted: dict[tuple[str, str], int] = field(default_factory=dict)
    pictures: dict[str, FilePicture] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)


def read(path: Path) -> Iterator[Piece]:
    """The items, cases and pictures of a Word file. Raises FileFault."""
    with opened(path) as archive:
        document = _Document(archive, _targets(archive), _lists(archive))
        yield from items_of(_lines(document))
        yield from document.pictures.values()


def _lines(document: _Document) -> Iterator[tuple[str, str]]:
    paragraph = 0
    with document.archive.open(DOCUMENT) as stream:
        for kind, element in ended(stream, {"p", "tbl"}):
            place = f"¶ {paragraph + 1}"
            if kind == "tbl":
                lines = _table(document, element)
            else:
                paragraph += 1
                lines = _paragraph(document, element).split("\n")
            for line in lines:
                yield place, line


def _table(document: _Document, element: Element) -> list[str]:
    """A table as Markdown. One of a single cell is a frame around text."""
    rows = [
        [
            " ".join(_paragraph(document, p) for p in cell.iter(f"{W}p")).strip()
            for cell in row.findall(f"{W}tc")
        ]
        for row in element.findall(f"{W}tr")
    ]
    if len(rows) == 1 and len(rows[0]) == 1:
        return [text for p in element.iter(f"{W}p") for text in _paragraph(document, p).split("\n")]
    cells = [[cell.replace("\n", " ").replace("|", "\\|") for cell in row] for row in rows]
    return table_of(cells).split("\n")


def _paragraph(document: _Document, element: Element) -> str:
    words = "".join(_pieces(document, element))
    return _counter(document, element) + words


def _pieces(document: _Document, element: Element) -> Iterator[str]:
    """The words of an element, run by run, those of text boxes included. Of two renderings of one thing the first is taken."""
    for child in element:
        kind = name(child)
        if kind in FORMULAE:
            yield LOST
        elif child.tag == f"{W}r":
            yield _run(document, child)
            yield from _boxed(document, child)
        elif kind != "Fallback":
            yield from _pieces(document, child)


def _boxed(document: _Document, run: Element) -> Iterator[str]:
    """What stands in the text boxes of a run; a shape that holds neither words nor a picture is lost."""
    for shape in run:
        if name(shape) not in ("AlternateContent", "drawing", "pict"):
            continue
        boxes = [one for one in _first_renderings(shape) if name(one) == "txbxContent"]
        for box in boxes:
            yield "\n".join("".join(_pieces(document, p)) for p in box.iter(f"{W}p"))
        if name(shape) == "AlternateContent" and not boxes:
            drawn = [one for one in _first_renderings(shape) if name(one) == "drawing"]
            yield "".join(_picture(document, one) for one in drawn) or LOST


def _first_renderings(element: Element) -> Iterator[Element]:
    for child in element:
        if name(child) != "Fallback":
            yield child
            yield from _first_renderings(child)


def _run(document: _Document, run: Element) -> str:
    shift = run.find(f"{W}rPr/{W}vertAlign")
    moved = {"subscript": SUB, "superscript": SUP}.get(shift.get(f"{W}val", "") if shift is not None else "")
    out = []
    for child in run:
        kind = name(child)
        if kind == "t":
            out.append((child.text or "").translate(moved) if moved else child.text or "")
        elif kind in ("br", "cr"):
            out.append("\n")
        elif kind == "tab":
            out.append(" ")
        elif kind in ("drawing", "pict"):
            out += [_picture(document, child)]
        elif kind == "object":  # a formula of another program, a chart
            out.append(LOST)
    return "".join(out)


def _picture(document: _Document, drawing: Element) -> str:
    """A picture of the text as Markdown; its bytes are kept for the end of the file. One that does not lie in the file is lost."""
    blip = next((one for one in drawing.iter() if name(one) in ("blip", "imagedata")), None)
    if blip is None:
        return "" if any(name(one) == "txbxContent" for one in drawing.iter()) else LOST
    target = document.targets.get(blip.get(f"{R}embed") or blip.get(f"{R}id") or "")
    about = next((one for one in drawing.iter() if name(one) == "docPr"), None)
    if target is None:
        return LOST
    if target not in document.pictures:
        bytes_of = _bytes(document, target)
        known = known_picture(about.get("name", "") if about is not None else "", bytes_of)
        document.pictures[target] = FilePicture(posixpath.basename(target), bytes_of, known)
    words = "" if about is None else about.get("descr", "")
    return f"![{words.translate({ord(mark): None for mark in '[]' + chr(92)})}]({MARK}{posixpath.basename(target)})"


def _bytes(document: _Document, target: str) -> bytes:
    try:
        return content(document.archive, target, MAX_PICTURE)
    except KeyError as error:
        raise FileFault("IMPORT_PART_MISSING", name=target[-80:]) from error


def known_picture(label: str, content: bytes) -> str:
    """The id of the bank's picture that our own file put there, when its bytes are still those; ``label`` is ``media:<id>:<hash>``."""
    parts = label.split(":")
    fits = len(parts) == 3 and parts[0] == "media" and parts[2] == hashlib.sha256(content).hexdigest()[:16]
    return parts[1] if fits else ""


def picture_label(picture_id: str, content: bytes) -> str:
    """What our own files call a picture, so that ``known_picture`` knows it again."""
    return f"media:{picture_id}:{hashlib.sha256(content).hexdigest()[:16]}"


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Pictures by the id of their relation."""
    try:
        root = parsed(content(archive, "word/_rels/document.xml.rels", MEGABYTE * 8))
    except KeyError:
        return {}
    return {
        one.get("Id", ""): posixpath.normpath(posixpath.join("word", one.get("Target", "")))
        for one in root
        if one.get("Type", "").endswith("/image") and one.get("TargetMode") != "External"
    }


def _lists(archive: zipfile.ZipFile) -> dict[tuple[str, str], tuple[str, str]]:
    """How each level of each list counts: (list, level) to (kind of figures, pattern such as ``%1.``)."""
    try:
        root = parsed(content(archive, "word/numbering.xml", MEGABYTE * 8))
    except KeyError:
        return {}
    kinds = {}
    for abstract in root.findall(f"{W}abstractNum"):
        for level in abstract.findall(f"{W}lvl"):
            kinds[abstract.get(f"{W}abstractNumId"), level.get(f"{W}ilvl", "0")] = (
                _value(level, "numFmt"),
                _value(level, "lvlText"),
            )
    found = {}
    for number in root.findall(f"{W}num"):
        abstract_id = _value(number, "abstractNumId")
        for (owner, level_no), kind in kinds.items():
            if owner == abstract_id:
                found[number.get(f"{W}numId", ""), level_no] = kind
    return found


def _value(element: Element, child: str) -> str:
    found = element.find(f"{W}{child}")
    return "" if found is None else found.get(f"{W}val", "")


def _counter(document: _Document, paragraph: Element) -> str:
    """The number or letter that Word shows before a paragraph of a list; a letter list counts anew after each number of another."""
    numbered = paragraph.find(f"{W}pPr/{W}numPr")
    if numbered is None:
        return ""
    key = (_value(numbered, "numId"), _value(numbered, "ilvl") or "0")
    kind, pattern = document.lists.get(key, ("", ""))
    if kind not in ("decimal", *COUNTERS):
        return ""
    count = document.counted[key] = document.counted.get(key, 0) + 1
    if kind == "decimal":
        for other in [one for one in document.counted if document.lists.get(one, ("",))[0] == "upperLetter"]:
            document.counted[other] = 0
    figures = COUNTERS.get(kind)
    shown = str(count) if figures is None else figures[(count - 1) % len(figures)]
    return f"{pattern.replace(f'%{int(key[1]) + 1}', shown).strip() or shown + '.'} "
