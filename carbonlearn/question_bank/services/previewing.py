"""What a file that was read would become: its rows, cases and pictures judged against the bank, and stored for the preview.

It is written down a thousand rows at a time, so that nobody waits for it long and little is held in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import bindparam, func, insert, select, update

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import rungs
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.formats import child
from carbonlearn.question_bank.formats.entry import FileCase, FileItem
from carbonlearn.question_bank.formats.judging import (
    CHANGED,
    NEW,
    VERDICTS,
    Bank,
    Defaults,
    Judge,
    Known,
    digest,
)
from carbonlearn.question_bank.formats.judging_cases import CaseJudge
from carbonlearn.question_bank.formats.texts import sameness
from carbonlearn.question_bank.formats.words import folded
from carbonlearn.question_bank.models import ImportCase, ImportPicture, ImportRow, ItemImport
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services.importing import PREVIEWED, Claim

MOST_NAMES = 5000  # in one statement


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with its verdict, ready to be stored."""

    number: int
    verdict: str
    item: FileItem
    known: Known | None


class Judging:
    """The judging of one file that was read into a folder. ``pictures``: its names of pictures, each with the bank's id."""

    def __init__(self, row: ItemImport, folder: Path, pictures: dict[str, str]) -> None:
        told = {name: value for name, value in row.options.items() if name in Defaults.__slots__}
        self._defaults, self._folder, self._bank = Defaults(**told), folder, bank()
        cases = (FileCase.of(one) for one in lines_of(folder, child.CASES))
        self._cases = CaseJudge(self._bank.cases, cases, pictures)
        self._judge = Judge(self._bank, self._defaults, self._cases, pictures)

    def rows(self) -> Iterator[Judged]:
        """Every row of the file with its verdict."""
        for number, plain in enumerate(lines_of(self._folder, child.ITEMS), 1):
            item = FileItem.of(plain)
            yield Judged(number, self._judge.judge(item), item, self._bank.known.get(item.id))

    def store_cases(self, import_id: str) -> None:
        """Keep the cases for the preview, when all rows are judged."""
        chosen = self._defaults.pool, self._defaults.job_type, self._defaults.level
        values = [
            {
                "import_id": import_id,
                "number": number,
                "external_id": one.case.id,
                "place": one.case.place[:60],
                "verdict": one.verdict,
                "faults": [asdict(note) for note in one.case.notes],
                "text": one.case.text,
                "pool": one.place[0],
                "job_type": one.place[1],
                "level": one.place[2],
                "case_id": one.known.case_id if one.known else "",
                "version_id": one.known.version_id if one.known else "",
                "made_version_id": "",
                "carried": [],
            }
            for number, one in enumerate(self._cases.done(chosen), 1)
        ]
        if values:
            db.session.execute(insert(ImportCase), values)

    def seen(self) -> dict[str, str]:
        """The cases that the file was judged against: by number their newest version, empty where there is none."""
        known = self._bank.cases
        return {name: known[name].version_id if name in known else "" for name in sorted(self._cases.named)}


def bank() -> Bank:
    """What rows are judged against, from one walk through the bank."""
    names = catalogue.functions()
    words = {folded(word): slug for slug, pair in names.items() for word in (slug, *pair)}
    found = {
        key: {code for points in rung.points.values() for code, _words in points}
        for key, rung in rungs().items()
    }
    made = Bank(functions=set(names), tracks=found, words=words)
    made.cases = files.newest_cases()
    for row, item in files.bank_items():
        made.known[item.id] = Known(
            row.id,
            row.version_id,
            row.number,
            digest(item),
            row.pool,
            row.job_type,
            row.level,
            row.status,
        )
        made.twins.setdefault(sameness(item.stem, item.options), item.id)
    return made


def lines_of(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """What the reader wrote down, piece by piece."""
    with (folder / name).open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def write_bank_stems(out: IO[str]) -> None:
    """The stems of the bank, for comparing."""
    for row, item in files.bank_items():
        if row.status != "retired":
            _write_stem(out, item, fresh=False)


def write_stems(out: IO[str], rows: list[Judged]) -> None:
    """The stems of rows that would come into the bank, for comparing."""
    for row in rows:
        if row.verdict in (NEW, CHANGED) and row.item.id:
            _write_stem(out, row.item, fresh=True)


def _write_stem(out: IO[str], item: FileItem, *, fresh: bool) -> None:
    out.write(json.dumps([item.id, item.stem, fresh], ensure_ascii=False) + "\n")


def store(import_id: str, rows: list[Judged]) -> None:
    """Keep judged rows for the preview; one statement."""
    values = [
        {
            "import_id": import_id,
            "number": row.number,
            "external_id": row.item.id,
            "place": row.item.place[:60],
            "verdict": row.verdict,
            "faults": [asdict(note) for note in row.item.notes],
            "entry": row.item.plain() | {"notes": []},
            "item_id": row.known.item_id if row.known else None,
            "version_id": row.known.version_id if row.known else None,
        }
        for row in rows
    ]
    db.session.execute(insert(ImportRow), values)


def preview(
    import_id: str,
    kind: str,
    seen: dict[str, str],
    likes: dict[str, list[tuple[str, int]]] | None,
    now: datetime,
) -> None:
    """All rows are judged: the file may be looked at.

    ``seen`` are the cases that it was judged against; ``likes`` names for each number what it is much like, in percent, and is None where
    the comparing was given up.
    """
    names = list(likes or {})
    for start in range(0, len(names), MOST_NAMES):
        _note_likes(import_id, {name: (likes or {})[name] for name in names[start : start + MOST_NAMES]})
    row = files.file_import(import_id)
    found = _counted(import_id, ImportRow)
    row.status, row.format, row.beat_at = PREVIEWED, kind, now
    row.summary = {
        "verdicts": found,
        "case_verdicts": _counted(import_id, ImportCase),
        "seen": seen,
        "likes": len(names),
        "compared": likes is not None,
        "again": row.summary.get("again", False),
    }
    row.rows_total = row.rows_done = sum(found.values())


def _counted(import_id: str, model: type[ImportRow] | type[ImportCase]) -> dict[str, int]:
    query = select(model.verdict, func.count()).where(model.import_id == import_id).group_by(model.verdict)
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {verdict: found.get(verdict, 0) for verdict in VERDICTS}


def _note_likes(import_id: str, likes: dict[str, list[tuple[str, int]]]) -> None:
    """Note on these rows what they are much like; of an exact twin nothing more is said. Two statements."""
    query = select(ImportRow.number, ImportRow.external_id, ImportRow.faults).where(
        ImportRow.import_id == import_id
    )
    told = []
    for row in db.session.execute(query.where(ImportRow.external_id.in_(likes))):
        if not any(note["code"] == "IMPORT_TWIN" for note in row.faults):
            facts = {"others": [list(other) for other in likes[row.external_id]]}
            note = {"field": "stem", "code": "IMPORT_LIKE", "facts": facts, "grave": False}
            told.append({"own_number": row.number, "told": [*row.faults, note]})
    if told:
        table: Any = ImportRow.__table__
        mine = table.c.import_id == import_id, table.c.number == bindparam("own_number")
        db.session.connection().execute(update(table).where(*mine).values(faults=bindparam("told")), told)


def marked(import_id: str) -> Iterator[tuple[str, str, FileItem]]:
    """The rows with their notes, for the annotated sheet."""
    for row in files.all_import_rows(import_id):
        item = FileItem.of(row.entry | {"notes": row.faults})
        yield row.place, row.verdict, item


def marked_cases(import_id: str) -> Iterator[FileCase]:
    """The cases with their notes, for the annotated sheet."""
    for row in files.import_cases(import_id):
        yield FileCase.of({"id": row.external_id, "text": row.text, "place": row.place, "notes": row.faults})


def has_notes(import_id: str) -> bool:
    """Whether anything is to be said of any row."""
    empty = func.json_array_length(ImportRow.faults) == 0
    return (
        db.session.scalar(select(ImportRow.number).where(ImportRow.import_id == import_id, ~empty).limit(1))
        is not None
    )


def keep_sheet(claimed: Claim, key: str) -> bool:
    """The annotated sheet lies sealed; whether it is still wanted."""
    row = files.held_import(claimed.import_id)
    if row.status != PREVIEWED or row.claim != claimed.token:
        return False
    row.sheet_key = key
    return True


def seal_pictures(folder: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The id of each picture of the file by its name there, and what is to be kept of those that the bank does not have.

    Outside any unit of work: their bytes are sealed here, to pass through until the file is taken.
    """
    found = [told | _hash_of(folder, told) for told in lines_of(folder, child.PICTURES)]
    hashes = {told[name] for told in found for name in ("original", "sha256") if name in told}
    known = files.pictures_by_hash(hashes)
    claimed = files.pictures_known({told["known_as"] for told in found if told["known_as"]})
    named: dict[str, str] = {}
    fresh: list[dict[str, Any]] = []
    for told in found:
        is_ours = told["known_as"] in claimed
        picture_id = (
            told["known_as"] if is_ours else known.get(told["original"]) or known.get(told.get("sha256", ""))
        )
        if not picture_id and "sha256" in told:
            picture_id = known[told["sha256"]] = new_id()
            fresh.append(_fresh(folder, told, picture_id))
        if picture_id:
            named[told["name"]] = picture_id
    return named, fresh


def _hash_of(folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    if "file" not in told:
        return {}
    content = (folder / told["file"]).read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def _fresh(folder: Path, told: dict[str, Any], picture_id: str) -> dict[str, Any]:
    kept = {name: told[name] for name in ("sha256", "size", "kind", "width", "height")}
    key = vault.passing().put((folder / told["file"]).read_bytes())
    return kept | {"picture_id": picture_id, "file_key": key, "is_entered": False}


def store_pictures(import_id: str, fresh: list[dict[str, Any]]) -> None:
    """Keep with the file what the bank will get of its pictures when it is taken."""
    if fresh:
        db.session.execute(insert(ImportPicture), [told | {"import_id": import_id} for told in fresh])


def bank_pictures(folder: Path) -> set[str]:
    """Those pictures that texts name by an id that the bank has: a file of ours that came without its pictures."""
    items = (
        text
        for plain in lines_of(folder, child.ITEMS)
        for text in (plain["stem"], plain["explanation"], plain["reference"], *plain["options"].values())
    )
    named = {name for text in items if "](media:" in text for name in _names(text)}
    named |= {name for case in lines_of(folder, child.CASES) for name in _names(case["text"])}
    return files.pictures_known({name for name in named if len(name) == 26})


def _names(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("](media:")[1:]]
