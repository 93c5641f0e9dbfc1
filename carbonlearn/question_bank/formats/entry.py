"""What every format has in common: an item, a case and a picture as a file tells of them, and what is to be said of a row."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_ROWS = 20_000


@dataclass(slots=True)
class Note:
    """Something about one field of a row; a ``grave`` one keeps the whole file out. ``code`` has its sentence in the messages."""

    field: str
    code: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    grave: bool = True


class FileFault(Exception):
    """A file that cannot be read at all; a stable code and what it is about."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(slots=True)
class FileItem:
    """An item in no format's words. Texts are the bank's Markdown; ``media:<name>`` in them names a picture of the same file.

    ``key`` holds letters or one boolean; ``rubric`` lines are {"points": hundredths, "text"}; ``difficulty`` 0 and empty texts mean that
    the file does not say; ``review_by`` is an ISO day. ``version`` and ``case_version`` are the versions of item and case that the file was
    written from, 0 where it does not say: no part of what is asked.
    """

    place: str = ""
    id: str = ""
    type: str = ""
    stem: str = ""
    options: dict[str, str] = field(default_factory=dict)
    key: list[str | bool] = field(default_factory=list)
    reference: str = ""
    rubric: list[dict[str, Any]] = field(default_factory=list)
    explanation: str = ""
    source: str = ""
    pool: str = ""
    job_type: str = ""
    level: str = ""
    function: str = ""
    difficulty: int = 0
    competence: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    case: str = ""
    review_by: str = ""
    version: int = field(default=0, compare=False)
    case_version: int = field(default=0, compare=False)
    notes: list[Note] = field(default_factory=list)

    def note(self, on: str, code: str, /, *, grave: bool = True, **facts: Any) -> None:
        """Something is to be said of a field."""
        self.notes.append(Note(on, code, facts, grave))

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> FileItem:
        return cls(**{**plain, "notes": [Note(**note) for note in plain.get("notes", [])]})


BESIDES = ("place", "notes", "version", "case_version")
SAID = tuple(name for name in FileItem.__slots__ if name not in BESIDES)
"""The fields that are the item's own: what a round trip must keep."""


def said(item: FileItem) -> dict[str, Any]:
    """Everything that an item says, for comparing."""
    return {name: getattr(item, name) for name in SAID}


@dataclass(slots=True)
class FileCase:
    """A situation that several items ask about."""

    id: str
    text: str
    place: str = ""
    notes: list[Note] = field(default_factory=list)

    def note(self, on: str, code: str, /, *, grave: bool = True, **facts: Any) -> None:
        """Something is to be said of a field."""
        self.notes.append(Note(on, code, facts, grave))

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> FileCase:
        return cls(**{**plain, "notes": [Note(**note) for note in plain.get("notes", [])]})


@dataclass(slots=True)
class FilePicture:
    """A picture of the file, under the name by which texts show it. ``known_as``: the picture of the bank that it was made from."""

    name: str
    content: bytes
    known_as: str = ""


Piece = FileItem | FileCase | FilePicture


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a writer gets: the cases, the items one after the other, and the pictures (WebP) by id. ``english``: for an English reader.

    ``wrote`` is told how many items are written, every now and then.
    """

    items: Iterable[FileItem]
    cases: Sequence[FileCase] = ()
    picture: Callable[[str], bytes | None] = lambda _picture_id: None
    english: bool = False
    wrote: Callable[[int], None] = lambda _count: None

    def counted(self) -> Iterable[FileItem]:
        for number, item in enumerate(self.items, 1):
            yield item
            if number % 200 == 0:
                self.wrote(number)
