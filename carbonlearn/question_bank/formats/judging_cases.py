"""What becomes of each case of a file, and whether an item may name it: cases are judged like rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from carbonlearn.question_bank.formats.entry import FileCase, FileItem
from carbonlearn.question_bank.formats.texts import clean
from carbonlearn.question_bank.formats.tidy import EXTERNAL_ID
from carbonlearn.question_bank.rules.item import MAX_CASE, MIN_CASE

SHOWN = re.compile(r"(?<=\]\(media:)([^()\s]+)(?=\))")
NOWHERE = ("", "", "")


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case of the bank with its newest text."""

    case_id: str
    version_id: str
    number: int
    text: str
    pool: str
    job_type: str
    level: str

    @property
    def place(self) -> tuple[str, str, str]:
        return self.pool, self.job_type, self.level


@dataclass(slots=True)
class JudgedCase:
    """A case of the file with its verdict, and where it belongs: pool, job type, level."""

    case: FileCase
    known: KnownCase | None
    place: tuple[str, str, str]

    @property
    def verdict(self) -> str:
        if any(note.grave for note in self.case.notes):
            return "fault"
        if self.known is None:
            return "new"
        return "same" if clean(self.known.text) == clean(self.case.text) else "changed"


class CaseJudge:
    """Judges the cases of one file, before its rows; what the rows say of them comes to it as they are judged."""

    def __init__(
        self, known: Mapping[str, KnownCase], cases: Iterable[FileCase], pictures: Mapping[str, str]
    ) -> None:
        self._known = known
        self._told: dict[str, JudgedCase] = {}
        self._again: list[JudgedCase] = []
        self._named: set[str] = set()
        for case in cases:
            self._take(case, pictures)

    def _take(self, case: FileCase, pictures: Mapping[str, str]) -> None:
        known = self._known.get(case.id)
        judged = JudgedCase(case, known, known.place if known else NOWHERE)
        case.text = with_pictures(case.text, pictures, case)
        if known is None and not EXTERNAL_ID.fullmatch(case.id):
            case.note("id", "IMPORT_ID_FORM", said=case.id)
        if not MIN_CASE <= len(case.text) <= MAX_CASE:
            case.note("text", "IMPORT_CASE_LENGTH", said=case.id)
        if case.id not in self._told:
            self._told[case.id] = judged
        elif clean(self._told[case.id].case.text) != clean(case.text):
            case.note("id", "IMPORT_CASE_TWICE", place=self._told[case.id].case.place)
            self._again.append(judged)

    @property
    def named(self) -> Collection[str]:
        """The numbers of the cases of the file and of those that its rows name."""
        return self._named | self._told.keys()

    def of_item(self, item: FileItem, *, may_differ: bool) -> None:
        """Note on an item what keeps it from its case. ``may_differ``: the bank has this very item, so where it stands is settled."""
        self._named.add(item.case)
        told, known = self._told.get(item.case), self._known.get(item.case)
        if told is None and known is None:
            item.note("case", "IMPORT_CASE_UNKNOWN", said=item.case)
            return
        mine = (item.pool, item.job_type, item.level)
        if told and told.place == NOWHERE:
            told.place = mine
        place = told.place if told else known.place if known else mine
        if place != mine and not may_differ:
            item.note("case", "IMPORT_CASE_ELSEWHERE", said=item.case, place=list(place))
        if told:
            self._of_told(item, told)

    def _of_told(self, item: FileItem, told: JudgedCase) -> None:
        known = told.known
        if known and told.verdict == "changed" and 0 < item.case_version < known.number:
            told.case.note("text", "IMPORT_STALE", said=item.case_version, number=known.number)
        if told.verdict == "fault":
            item.note("case", "IMPORT_CASE_FAULTY", said=item.case)

    def done(self, place: tuple[str, str, str]) -> list[JudgedCase]:
        """All cases of the file, when all rows are judged. ``place``: where those belong that nothing names."""
        for judged in self._told.values():
            if judged.place == NOWHERE:
                judged.place = place
                if not all(place):
                    judged.case.note("id", "IMPORT_CASE_UNPLACED", said=judged.case.id)
        return [*self._told.values(), *self._again]


def with_pictures(text: str, pictures: Mapping[str, str], of: FileItem | FileCase) -> str:
    """A text with pictures by their id in the bank instead of their name in the file; what is missing is noted."""

    def named(found: re.Match[str]) -> str:
        picture_id = pictures.get(found[1], "")
        if not picture_id:
            of.note("pictures", "IMPORT_PICTURE", name=found[1][-60:])
        return picture_id or found[1]

    return SHOWN.sub(named, text) if "](media:" in text else text
