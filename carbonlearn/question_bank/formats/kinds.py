"""What a file is, told by what it holds and never by its name, and which reader it is for."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from posixpath import basename

from carbonlearn.question_bank.formats.archive import MEGABYTE, content, opened
from carbonlearn.question_bank.formats.entry import FileFault, Piece
from carbonlearn.question_bank.formats.texts import decoded

HEAD = 64 * 1024
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # also what encrypted files of newer Office begin with
OTHER = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"GIF8": "GIF",
    b"\x1f\x8b": "gzip",
    b"MZ": "exe",
    b"\x7fELF": "exe",
}
FORMATS = ("xlsx", "docx", "gift", "moodle", "qti21", "qti30")
"""Every format by the code by which rows and addresses name it."""

ROOT = re.compile(r"<(?![?!])(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
DECLARED = re.compile(rb"\A\s*<\?xml[^>]*encoding=[\"'](gb2312|gbk|gb18030)[\"'][^>]*\?>", re.IGNORECASE)
GIFT_BEGINS = re.compile(r"^\s*(?:::|// \[id:|\$CATEGORY)", re.MULTILINE)
GIFT_ANSWERS = re.compile(r"(?<!\\)\{\s*(?:[=~#}]|(?:T|F|TRUE|FALSE)\s*[}#])")
LAYOUT = re.compile(r"^\s*【?(?:正确|参考|标准)?答案】?\s*[:：】]", re.MULTILINE)
TEXT = "text"


def kind_of(path: Path) -> str:
    """xlsx, docx, qti, qti-item, moodle, gift or text. Raises FileFault for anything else."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise FileFault("IMPORT_EMPTY")
    if head.startswith(OLD_OFFICE):
        raise FileFault("IMPORT_OLD_OFFICE")
    for start, name in OTHER.items():
        if head.startswith(start):
            raise FileFault("IMPORT_KIND_UNKNOWN", kind=name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive_kind(path)
    return _text_kind(path, head)


def _archive_kind(path: Path) -> str:
    with opened(path) as archive:
        names = set(archive.namelist())
        types = (
            content(archive, "[Content_Types].xml", 4 * MEGABYTE) if "[Content_Types].xml" in names else b""
        )
        if any(basename(name).lower() == "vbaproject.bin" for name in names) or b"macroEnabled" in types:
            raise FileFault("IMPORT_MACRO")
        _refuse_document_types(archive)
        for part, kind in (("xl/workbook.xml", "xlsx"), ("word/document.xml", "docx")):
            if part in names:
                return kind
        if any(basename(name) == "imsmanifest.xml" for name in names):
            return "qti"
    raise FileFault("IMPORT_KIND_UNKNOWN", kind="ZIP")


def _refuse_document_types(archive: zipfile.ZipFile) -> None:
    """No part of an office file has a document type of its own; readers that are not ours must not see one."""
    for member in archive.infolist():
        if member.filename.startswith(
            ("xl/", "word/", "docProps/", "_rels/", "[Content")
        ) and member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as stream:
                start = stream.read(HEAD)
            words = _readable(start)
            declares = "<!DOCTYPE" in words or "<!ENTITY" in words or "<!DOCTYPE".encode("utf-16-le") in start
            if declares or (
                len(start) == HEAD and not ROOT.search(words)
            ):  # what is declared stands before the root
                raise FileFault("IMPORT_XML_DOCTYPE")


def _text_kind(path: Path, head: bytes) -> str:
    start = _readable(head).lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        root = ROOT.search(re.sub(r"<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", "", start, flags=re.DOTALL))
        kinds = {"quiz": "moodle", "assessmentItem": "qti-item", "qti-assessment-item": "qti-item"}
        if root is None or root[1] not in kinds:
            raise FileFault("IMPORT_KIND_UNKNOWN", kind=f"XML <{root[1][:30]}>" if root else "XML")
        return kinds[root[1]]
    if path.stat().st_size > 30 * MEGABYTE:
        raise FileFault("IMPORT_PART_TOO_LARGE", name="text", limit=30)
    text = decoded(path.read_bytes())
    if GIFT_BEGINS.search(text):
        return "gift"
    return "gift" if GIFT_ANSWERS.search(text) and not LAYOUT.search(text) else TEXT


def _readable(head: bytes) -> str:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark):
            return head.decode(name, "replace")
    return head.decode("utf-8", "replace")


def pieces(path: Path, folder: Path) -> tuple[str, Iterator[Piece]]:
    """The format's code, and what the file holds. The reader's libraries are loaded only for what needs them. Raises FileFault."""
    from carbonlearn.question_bank.formats import gift, labelled, moodle_read, qti_read, sheet_read, word_read  # noqa: PLC0415

    kind = kind_of(path)
    if kind in ("moodle", "qti-item"):
        path = _in_utf8(path, folder)
    readers: dict[str, Callable[[Path], Iterator[Piece]]] = {
        "xlsx": sheet_read.read,
        "docx": word_read.read,
        "moodle": moodle_read.read,
        "qti": qti_read.read,
        "qti-item": qti_read.read_single,
        "gift": gift.read,
        TEXT: labelled.read,
    }
    return kind, readers[kind](path)


def _in_utf8(path: Path, folder: Path) -> Path:
    """XML that declares a Chinese encoding, which XML readers do not know, as UTF-8."""
    with path.open("rb") as file:
        found = DECLARED.match(file.read(200))
        if not found:
            return path
        made = folder / "utf8.xml"
        file.seek(found.end())
        reader = codecs.getreader("gb18030")(file)
        with made.open("w", encoding="utf-8") as out:
            try:
                while piece := reader.read(MEGABYTE):
                    out.write(piece)
            except UnicodeDecodeError as error:
                raise FileFault("IMPORT_ENCODING") from error
    return made
