"""What becomes of each row of a file: new, changed, same, or a fault that keeps the whole file out. Knows the bank by what it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from carbonlearn.question_bank.formats.entry import SAID, FileItem, said
from carbonlearn.question_bank.formats.judging_cases import CaseJudge, KnownCase, with_pictures
from carbonlearn.question_bank.formats.texts import clean, line, made_id, sameness
from carbonlearn.question_bank.formats.words import folded
from carbonlearn.question_bank.rules.item import ItemText, faults

NEW, CHANGED, SAME, FAULT = "new", "changed", "same", "fault"
VERDICTS = (NEW, CHANGED, SAME, FAULT)
POOLS = ("exam", "mock", "practice")
PLACES = ("pool", "job_type", "level")  # an item stays where it is; what it asks is what versions are about
COMPARED = tuple(name for name in SAID if name not in PLACES and name != "id")
SHORT = 8  # bytes of the digest of one field


@dataclass(frozen=True, slots=True)
class Known:
    """An item of the bank with its newest version, and a digest of what that says."""

    item_id: str
    version_id: str
    number: int
    digest: bytes
    pool: str
    job_type: str
    level: str
    status: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not say it themselves."""

    pool: str = ""
    job_type: str = ""
    level: str = ""
    function: str = ""
    difficulty: int = 0
    source: str = ""


@dataclass(slots=True)
class Bank:
    """What rows are judged against. ``tracks`` are the competence points of each job type and level; ``words`` the names of functions."""

    functions: Collection[str]
    tracks: Mapping[tuple[str, str], Collection[str]]
    words: Mapping[str, str] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    twins: dict[str, str] = field(
        default_factory=dict
    )  # by what a question asks, the number of the item that asks it
    cases: dict[str, KnownCase] = field(default_factory=dict)  # by number


class Judge:
    """Judges the rows of one file, one after the other.

    ``cases`` judges those of the file; ``pictures`` are its names of pictures, each with the bank's id.
    """

    def __init__(self, bank: Bank, defaults: Defaults, cases: CaseJudge, pictures: Mapping[str, str]) -> None:
        self._bank, self._defaults, self._cases, self._pictures = bank, defaults, cases, pictures
        self._places: dict[str, str] = {}
        self._made: set[str] = set()
        self._asked: dict[str, str] = {}

    def judge(self, item: FileItem) -> str:
        """The verdict on a row; what the row does not say is filled in, and what is wrong is noted on it."""
        self._fill(item)
        self._name_pictures(item)
        self._check_place(item)
        self._check_id(item)
        for name, code in faults(text_of(item)):
            if not any(note.field == name and note.grave for note in item.notes):
                item.note(name, code)
        self._note_twins(item)
        known = self._bank.known.get(item.id)
        changed = changes(known.digest, digest(item)) if known else []
        if known and changed:
            self._note_changes(item, known, changed)
        if item.case:
            self._cases.of_item(item, may_differ=known is not None and not changed)
        if any(note.grave for note in item.notes):
            return FAULT
        if known is None:
            return NEW
        return CHANGED if changed else SAME

    def _note_changes(self, item: FileItem, known: Known, changed: list[str]) -> None:
        """Say what is another; and refuse what was written from a version that the bank has left behind."""
        if known.status == "retired":
            item.note("id", "IMPORT_RETIRED")
        elif 0 < item.version < known.number:
            item.note("version", "IMPORT_STALE", said=item.version, number=known.number)
        else:
            item.note("row", "IMPORT_CHANGES", grave=False, fields=changed)

    def _fill(self, item: FileItem) -> None:
        odd = {note.field for note in item.notes}
        for name in ("pool", "difficulty", "source"):
            if not getattr(item, name) and name not in odd:
                setattr(item, name, getattr(self._defaults, name))
        if not item.job_type and "track" not in odd:
            item.job_type, item.level = self._defaults.job_type, self._defaults.level
        item.function = self._bank.words.get(folded(item.function), item.function) or self._defaults.function
        if not item.id and item.stem:
            item.id = made_id(item.stem, item.options, item.type, item.job_type, item.level, item.case)
            self._made.add(item.id)

    def _name_pictures(self, item: FileItem) -> None:
        """Pictures by their id in the bank instead of their name in the file."""
        for name in ("stem", "explanation", "reference"):
            setattr(item, name, with_pictures(getattr(item, name), self._pictures, item))
        item.options = {
            letter: with_pictures(words, self._pictures, item) for letter, words in item.options.items()
        }

    def _check_place(self, item: FileItem) -> None:
        if item.pool not in POOLS and not _has(item, "pool"):
            item.note("pool", "IMPORT_POOL_NEEDED")
        points = self._bank.tracks.get((item.job_type, item.level))
        if points is None and not _has(item, "track"):
            item.note(
                "track",
                "IMPORT_TRACK_NEEDED" if not item.job_type else "IMPORT_TRACK_UNKNOWN",
                said=f"{item.job_type}/{item.level}",
            )
        if item.function not in self._bank.functions:
            item.note(
                "function",
                "IMPORT_FUNCTION_UNKNOWN" if item.function else "IMPORT_FUNCTION_NEEDED",
                said=item.function,
            )
        odd = [code for code in item.competence if points is not None and code not in points]
        if odd:
            item.note("competence", "IMPORT_POINT_UNKNOWN", said="、".join(odd)[:80])

    def _check_id(self, item: FileItem) -> None:
        if not item.id:
            return
        if item.id in self._places:
            code = "IMPORT_ASKED_TWICE" if item.id in self._made else "IMPORT_ID_TWICE"
            item.note("id", code, place=self._places[item.id])
        self._places.setdefault(item.id, item.place)
        known = self._bank.known.get(item.id)
        if known is None or not item.pool:
            return
        if (known.pool, known.job_type, known.level) != (item.pool, item.job_type, item.level):
            item.note("id", "IMPORT_OTHER_PLACE", place=[known.pool, known.job_type, known.level])

    def _note_twins(self, item: FileItem) -> None:
        """Say when the same question is in the bank or in this file under another number; nobody is kept from meaning it."""
        key = sameness(item.stem, item.options)
        for other in (self._bank.twins.get(key), self._asked.get(key)):
            if other and other != item.id:
                item.note("stem", "IMPORT_TWIN", grave=False, other=other)
                break
        self._asked.setdefault(key, item.id)


def _has(item: FileItem, name: str) -> bool:
    return any(note.field == name for note in item.notes)


def text_of(item: FileItem) -> ItemText:
    """A file's item as the text that a version freezes."""
    return ItemText(
        item.type,
        item.function,
        item.difficulty,
        item.stem,
        item.explanation,
        item.source,
        item.options,
        item.key,
        item.reference,
        item.rubric,
    )


def digest(item: FileItem) -> bytes:
    """What tells a changed item from the same one: eight bytes for each of the fields that an item says, but where it stands.

    The text of its case is the case's own: it is judged there, and followed by all items of the case.
    """
    told = {name: value for name, value in said(item).items() if name in COMPARED} | {
        "stem": clean(item.stem),
        "explanation": clean(item.explanation),
        "reference": clean(item.reference),
        "source": line(item.source),
        "options": {letter: line(words) for letter, words in item.options.items()},
        "rubric": [[row["points"], line(row["text"])] for row in item.rubric],
    }
    return b"".join(_short(told[name]) for name in COMPARED)


def _short(value: object) -> bytes:
    told = json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=SHORT).digest()


def changes(old: bytes, new: bytes) -> list[str]:
    """The fields in which two digests differ."""
    parts = range(0, len(COMPARED) * SHORT, SHORT)
    return [
        name
        for name, start in zip(COMPARED, parts, strict=True)
        if old[start : start + SHORT] != new[start : start + SHORT]
    ]
