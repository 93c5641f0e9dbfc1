"""What calamine does not tell of a workbook: which file a sheet is, which cells hold formulas, and the pictures that lie on a sheet."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from carbonlearn.question_bank.formats.archive import MEGABYTE, content
from carbonlearn.question_bank.formats.entry import FilePicture
from carbonlearn.question_bank.formats.safe_xml import name, parsed
from carbonlearn.question_bank.formats.word_read import known_picture

ROW_OR_FORMULA = re.compile(rb"<(?:\w+:)?row\b([^>]*)>|<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b")
NUMBERED = re.compile(rb"\br=\"([A-Z]{0,3})(\d{1,7})\"")
PIECE = MEGABYTE
OVERLAP = 400
MAX_PICTURE = 10 * MEGABYTE
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """The member of the archive that holds each sheet, by the sheet's name."""
    try:
        book = parsed(content(archive, "xl/workbook.xml", 4 * MEGABYTE))
    except KeyError:
        return {}
    targets = _relations(archive, "xl/workbook.xml")
    return {
        sheet.get("name", ""): targets.get(sheet.get(f"{R}id", ""), "")
        for sheet in book.iter()
        if name(sheet) == "sheet"
    }


def formula_cells(archive: zipfile.ZipFile, path: str) -> dict[int, str]:
    """The rows that hold formulas, each with its first such cell."""
    found: dict[int, str] = {}
    if path not in archive.namelist():
        return found
    row = 0
    with archive.open(path) as stream:
        kept = b""
        while piece := stream.read(PIECE):
            kept += piece
            done = 0
            for one in ROW_OR_FORMULA.finditer(kept):
                done = one.end()
                at = NUMBERED.search(one[1] if one[1] is not None else one[2])
                if one[2] is None:  # rows and cells without a number follow the one before
                    row = int(at[2]) if at else row + 1
                else:
                    found.setdefault(
                        int(at[2]) if at else row, f"{at[1].decode()}{int(at[2])}" if at else f"{row}"
                    )
            kept = kept[max(done, len(kept) - OVERLAP) :]
    return found


def pictures_of(archive: zipfile.ZipFile, path: str, names: Mapping[int, str]) -> Iterator[FilePicture]:
    """The pictures that lie on a sheet, each under the name that stands in its row."""
    for drawing in _relations(archive, path, "/drawing").values():
        targets = _relations(archive, drawing, "/image")
        try:
            anchors = list(parsed(content(archive, drawing, 8 * MEGABYTE)))
        except KeyError:
            continue
        for anchor in anchors:
            yield from _anchored(archive, anchor, targets, names)


def _anchored(
    archive: zipfile.ZipFile, anchor: Element, targets: Mapping[str, str], names: Mapping[int, str]
) -> Iterator[FilePicture]:
    parts = {name(one): one for one in reversed(list(anchor.iter()))}
    if not {"row", "blip", "cNvPr"} <= parts.keys():
        return
    called = names.get(int(parts["row"].text or 0) + 1, "").strip()
    target = targets.get(parts["blip"].get(f"{R}embed", ""))
    if called and target in archive.namelist():
        found = content(archive, target or "", MAX_PICTURE)
        yield FilePicture(called, found, known_picture(parts["cNvPr"].get("descr", ""), found))


def _relations(archive: zipfile.ZipFile, path: str, kind: str = "") -> dict[str, str]:
    """What a part of the archive refers to, by id."""
    folder, base = posixpath.split(path)
    try:
        root = parsed(content(archive, f"{folder}/_rels/{base}.rels", 4 * MEGABYTE))
    except KeyError:
        return {}
    return {
        one.get("Id", ""): posixpath.normpath(posixpath.join("/" + folder, one.get("Target", ""))).lstrip("/")
        for one in root
        if one.get("Type", "").endswith(kind) and one.get("TargetMode") != "External"
    }
