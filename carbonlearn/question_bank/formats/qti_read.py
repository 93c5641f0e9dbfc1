"""QTI packages of 2.1, 2.2 and 3.0, ours and anybody's, and single item files: through the manifest, one item after the other."""

from __future__ import annotations

import json
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from carbonlearn.question_bank.formats.archive import MEGABYTE, content, opened
from carbonlearn.question_bank.formats.carried import take_tags
from carbonlearn.question_bank.formats.entry import FileCase, FileFault, FileItem, FilePicture, Piece
from carbonlearn.question_bank.formats.fields import put
from carbonlearn.question_bank.formats.qti_item import ItemDocument, item_of, texts_of
from carbonlearn.question_bank.formats.qti_names import DIFFICULTIES, MANIFEST, SIDECAR, camel
from carbonlearn.question_bank.formats.safe_xml import ended, name, parsed
from carbonlearn.question_bank.formats.texts import line

MISSING = re.compile(r"[^0-9A-Za-z._/-]+")
MAX_ITEM = 2 * MEGABYTE
MAX_PICTURE = 10 * MEGABYTE
OF_ONE_ITEM = {"IMPORT_XML_BROKEN", "IMPORT_PART_TOO_LARGE"}  # the others of the package may be sound
TOLD = {"catalog", "entry", "keyword", "value", "description"}
ITEM_TYPES = ("imsqti_item_xml", "imsqti_apipitem_xml")


@dataclass(slots=True)
class _Package:
    archive: zipfile.ZipFile
    root: str  # the folder of the manifest
    names: set[str]
    sources: dict[str, dict[str, str]]
    cases: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, None] = field(default_factory=dict)

    def at(self, base: str, href: str) -> str:
        """The member that an address in ``base`` means; empty when there is none such."""
        path = posixpath.normpath(
            posixpath.join(
                posixpath.dirname(base), unquote(href.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0])
            )
        )
        return path if path in self.names else ""


def read(path: Path) -> Iterator[Piece]:
    """The items, cases and pictures of a package. Raises FileFault."""
    with opened(path) as archive:
        names = set(archive.namelist())
        manifest = next((one for one in sorted(names, key=len) if posixpath.basename(one) == MANIFEST), None)
        if manifest is None:
            raise FileFault("IMPORT_NO_MANIFEST")
        package = _Package(archive, posixpath.dirname(manifest), names, _sources(archive, manifest))
        with archive.open(manifest) as stream:
            for _name, resource in ended(stream, {"resource"}):
                if resource.get("type", "").startswith(ITEM_TYPES):
                    yield from _resource(package, manifest, resource)
        for member in package.pictures:
            yield FilePicture(member, content(archive, member, MAX_PICTURE))


def read_single(path: Path) -> Iterator[Piece]:
    """The one item of a file that stands alone, without pictures."""
    if path.stat().st_size > MAX_ITEM:
        raise FileFault("IMPORT_PART_TOO_LARGE", name="item", limit=2)
    item, _case = item_of(ItemDocument(parsed(path.read_bytes())))
    item.place = "#1"
    yield item


def _sources(archive: zipfile.ZipFile, manifest: str) -> dict[str, dict[str, str]]:
    """The Markdown that our own packages carry beside; an odd file is none."""
    try:
        told = json.loads(
            content(archive, posixpath.join(posixpath.dirname(manifest), SIDECAR), 16 * MEGABYTE)
        )
        return {
            str(href): {str(key): str(text) for key, text in texts.items()}
            for href, texts in told["sources"].items()
        }
    except (KeyError, ValueError, AttributeError, TypeError):
        return {}


def _resource(package: _Package, manifest: str, resource: Element) -> Iterator[Piece]:
    href = resource.get("href", "")
    member = package.at(manifest, href)
    if not member:
        item = FileItem(place=href[-60:] or "?")
        item.note("row", "IMPORT_PART_MISSING", name=href[-80:])
        yield item
        return
    try:
        document = _document(package, member)
    except FileFault as fault:
        if fault.code not in OF_ONE_ITEM:
            raise
        item = FileItem(place=member[-60:])
        item.note("row", fault.code, **fault.facts)
        yield item
        return
    item, case = item_of(document)
    item.place = member[-60:]
    _take_metadata(item, resource)
    yield from _case(package, item, document, case, member)
    yield item


def _document(package: _Package, member: str) -> ItemDocument:
    def picture(address: str) -> str | None:
        found = package.at(member, address)
        if found:
            package.pictures[found] = None
        elif ":" not in address and not address.startswith("//"):
            return MISSING.sub("_", address)[-60:] or None  # named, so that its row says that it is not there
        return found or None

    inside = member.removeprefix(package.root).lstrip("/")
    return ItemDocument(
        parsed(content(package.archive, member, MAX_ITEM)), picture, package.sources.get(inside, {})
    )


def _case(
    package: _Package, item: FileItem, document: ItemDocument, inside: str, member: str
) -> Iterator[FileCase]:
    """The case of an item: a stimulus that it refers to, or what its body begins with; each once."""
    text, named = inside, ""
    for reference in document.root.iter():
        if camel(name(reference)) == "assessmentStimulusRef":
            named = reference.get("title") or reference.get("identifier") or ""
            found = package.at(member, reference.get("href", ""))
            if found and found not in package.cases:
                package.cases[found] = _stimulus(package, found)
            text = package.cases.get(found, "")
    item.case = item.case or line(named)
    if text and item.case and package.cases.get(f"case {item.case}") != text:
        package.cases[f"case {item.case}"] = text
        yield FileCase(item.case, text, member[-60:])


def _stimulus(package: _Package, member: str) -> str:
    return texts_of(_document(package, member), "stimulusBody")


def _take_metadata(item: FileItem, resource: Element) -> None:
    """Number, keywords, difficulty and source, as the manifest tells them."""
    parts: dict[str, list[str]] = {}
    for parent in resource.iter():
        for child in parent:
            if name(child) in TOLD:
                parts.setdefault(f"{name(parent)}/{name(child)}", []).append(
                    "".join(child.itertext()).strip()
                )
    own = "carbonlearn" in parts.get("identifier/catalog", [])
    if own:
        item.id = line(parts.get("identifier/entry", [item.id])[0])
    take_tags(item, parts.get("general/keyword", []))
    value = next(iter(parts.get("difficulty/value", [])), "")
    item.difficulty = item.difficulty or next((no for no, word in DIFFICULTIES.items() if word == value), 0)
    for kind, told in zip(parts.get("kind/value", []), parts.get("resource/description", []), strict=False):
        if kind == "isbasedon":
            put(item, "source", told)
