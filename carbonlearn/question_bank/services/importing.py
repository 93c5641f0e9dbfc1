"""A file of items comes in: kept, read elsewhere, judged against the bank, and its rows stored for the preview.

What is read is written down a thousand rows at a time, so that nobody waits for it long and nothing is held in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import rungs
from carbonlearn.catalogue.services.media import clean_name
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.question_bank.formats import child
from carbonlearn.question_bank.formats.entry import FileItem
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
from carbonlearn.question_bank.formats.texts import sameness
from carbonlearn.question_bank.formats.words import folded
from carbonlearn.question_bank.models import ImportRow, ItemImport, ItemPicture
from carbonlearn.question_bank.queries import files

MEGABYTE = 1024 * 1024
LIMIT = 16 * MEGABYTE
MOST_WAITING = 5  # files of one person that are not settled yet
STALE = timedelta(minutes=10)
WAITING, READING, PREVIEWED, REFUSED = "waiting", "reading", "previewed", "refused"
APPLYING, APPLIED, UNDONE, DROPPED = "applying", "applied", "undone", "dropped"
UNDER_WAY = (WAITING, READING, APPLYING)
SETTLED = (REFUSED, APPLIED, UNDONE, DROPPED)
AT_ONCE = 100
MOST_TRIES = 2
MOST_NAMES = 5000  # in one statement


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with its verdict, ready to be stored."""

    number: int
    verdict: str
    item: FileItem
    known: Known | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies sealed among those that pass through."""

    key: str
    sha256: str
    size: int  # bytes


def keep(path: Path, limit: int = LIMIT) -> Kept:
    """Seal a file that has arrived. Raises Invalid for one that is empty or too large."""
    size = path.stat().st_size
    if not size:
        raise Invalid("IMPORT_EMPTY", field="file")
    if size > limit:
        raise Invalid("IMPORT_TOO_LARGE", field="file", limit=limit // MEGABYTE)
    content = path.read_bytes()
    return Kept(vault.passing().put(content), hashlib.sha256(content).hexdigest(), size)


def receive(kept: Kept, name: str, defaults: Defaults, *, actor: Actor, now: datetime) -> ItemImport:
    """Note a kept file for reading. Raises Conflict IMPORT_WAITING while too many of the person's files wait."""
    waiting = select(func.count()).where(
        ItemImport.created_by == actor.user_id, ItemImport.status.in_(UNDER_WAY)
    )
    if (db.session.scalar(waiting) or 0) >= MOST_WAITING:
        raise Conflict("IMPORT_WAITING", most=MOST_WAITING)
    row = ItemImport(
        format="",
        file_name=clean_name(name),
        file_key=kept.key,
        sha256=kept.sha256,
        size=kept.size,
        status=WAITING,
        options=asdict(defaults),
        summary={},
        fault={},
        created_by=actor.user_id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    facts = {"sha256": kept.sha256, "bytes": kept.size}
    record("item_import:send", ("item_import", row.id), now=now, actor_id=actor.user_id, facts=facts)
    return row


def claim(now: datetime) -> str | None:
    """Take the next file to be read; one whose reader has not been heard of for long is taken again, but not for ever."""
    stale = (ItemImport.status == READING) & (ItemImport.beat_at < now - STALE)
    row = db.session.scalar(
        select(ItemImport)
        .where(or_(ItemImport.status == WAITING, stale))
        .order_by(ItemImport.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    tries = row.summary.get("tries", 0) + 1
    if tries > MOST_TRIES:
        refuse(row.id, "IMPORT_DAMAGED", {}, now)
        return None
    row.status, row.beat_at, row.rows_done, row.rows_total = READING, now, 0, 0
    row.summary = {"tries": tries}
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == row.id))
    return row.id


def unsealed(import_id: str, folder: Path) -> Path:
    """The file, opened into a folder of ours."""
    path = folder / "file"
    path.write_bytes(vault.passing().get(files.file_import(import_id).file_key))
    return path


def beat(import_id: str, now: datetime, done: int, total: int | None = None) -> None:
    """Say how far the reading is."""
    told: dict[str, Any] = {"rows_done": done, "beat_at": now} | (
        {} if total is None else {"rows_total": total}
    )
    db.session.execute(update(ItemImport).where(ItemImport.id == import_id).values(**told))


def refuse(import_id: str, code: str, facts: dict[str, Any], now: datetime) -> None:
    """The file is not taken; why, for its sender. It is not kept either: ``forget_files`` sees to that."""
    row = files.file_import(import_id)
    row.status, row.fault, row.ended_at = REFUSED, {"code": code, "facts": facts}, now


def forget_files() -> int:
    """Delete what was kept of files that are settled; how many files.

    In a sweep, after what settled them is stored: were it done at once and the rest failed, the row would name a file that is gone.
    """
    kept = or_(ItemImport.file_key != "", ItemImport.sheet_key != "")
    rows = list(
        db.session.scalars(select(ItemImport).where(ItemImport.status.in_(SETTLED), kept).limit(AT_ONCE))
    )
    for row in rows:
        for key in filter(None, (row.file_key, row.sheet_key)):
            vault.passing().delete(key)
        row.file_key = row.sheet_key = ""
    return len(rows)


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
    texts = files.case_texts()
    for row, item in files.bank_items():
        made.known[item.id] = Known(
            row.id,
            row.version_id,
            row.number,
            digest(item, texts.get(row.case_version_id, "")),
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


def judged(import_id: str, folder: Path, pictures: dict[str, str]) -> Iterator[Judged]:
    """Every row of the file with its verdict."""
    options = {
        name: value
        for name, value in files.file_import(import_id).options.items()
        if name in Defaults.__slots__
    }
    cases = {one["id"]: one["text"] for one in lines_of(folder, child.CASES)}
    against = bank()
    judge = Judge(against, Defaults(**options), cases, pictures)
    for number, plain in enumerate(lines_of(folder, child.ITEMS), 1):
        item = FileItem.of(plain)
        yield Judged(number, judge.judge(item), item, against.known.get(item.id))


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


def place_cases(cases: dict[str, dict[str, Any]], rows: list[Judged]) -> None:
    """Say of each case of the file where it belongs: where the first item stands that names it."""
    for row in rows:
        case = cases.get(row.item.case)
        if case is not None and "pool" not in case:
            case |= {"pool": row.item.pool, "job_type": row.item.job_type, "level": row.item.level}


def seen_cases(named: set[str]) -> dict[str, str]:
    """The newest version of each case that a file names, as the bank has them now; empty for one that it does not have."""
    known = files.newest_cases()
    return {name: known[name].version_id if name in known else "" for name in sorted(named)}


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
    cases: list[dict[str, Any]],
    seen: dict[str, str],
    likes: dict[str, list[tuple[str, int]]],
    now: datetime,
) -> None:
    """All rows are judged: the file may be looked at.

    ``seen`` are the cases that it was judged against; ``likes`` names for each number what it is much like, in percent.
    """
    names = list(likes)
    for start in range(0, len(names), MOST_NAMES):
        _note_likes(import_id, {name: likes[name] for name in names[start : start + MOST_NAMES]})
    row = files.file_import(import_id)
    counts = (
        select(ImportRow.verdict, func.count())
        .where(ImportRow.import_id == import_id)
        .group_by(ImportRow.verdict)
    )
    found = {row[0]: row[1] for row in db.session.execute(counts)}
    placed = [case for case in cases if "pool" in case]
    summary = {
        "verdicts": {verdict: found.get(verdict, 0) for verdict in VERDICTS},
        "cases": placed,
        "seen": seen,
        "likes": len(likes),
    }
    row.status, row.format, row.summary, row.beat_at = PREVIEWED, kind, summary, now
    row.rows_total = row.rows_done = sum(found.values())


def _note_likes(import_id: str, likes: dict[str, list[tuple[str, int]]]) -> None:
    """Note on these rows what they are much like; of an exact twin nothing more is said. Two statements."""
    query = select(ImportRow.number, ImportRow.external_id, ImportRow.faults).where(
        ImportRow.import_id == import_id
    )
    told = []
    for row in db.session.execute(query.where(ImportRow.external_id.in_(likes))):
        if not any(note["code"] == "IMPORT_TWIN" for note in row.faults):
            others = "、".join(f"{name}（{percent}%）" for name, percent in likes[row.external_id])
            note = {"field": "stem", "code": "IMPORT_LIKE", "facts": {"others": others}, "grave": False}
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


def has_notes(import_id: str) -> bool:
    """Whether anything is to be said of any row."""
    empty = func.json_array_length(ImportRow.faults) == 0
    return (
        db.session.scalar(select(ImportRow.number).where(ImportRow.import_id == import_id, ~empty).limit(1))
        is not None
    )


def keep_sheet(import_id: str, key: str) -> None:
    """The annotated sheet lies sealed in the store."""
    row = files.file_import(import_id)
    row.sheet_key = key


def keep_pictures(folder: Path) -> list[dict[str, Any]]:
    """Put the pictures that the reader drew anew into the storage; what is known of each. Outside any unit of work."""
    found = list(lines_of(folder, child.PICTURES))
    for told in found:
        if "file" in told:
            with (folder / told["file"]).open("rb") as file:
                stored = vault.media().put(file, LIMIT)
            told |= {"sha256": stored.key, "size": stored.bytes}
    return found


def enter_pictures(found: list[dict[str, Any]], sender: str, now: datetime) -> dict[str, str]:
    """The bank's id of each picture by its name in the file; those that are not there yet are entered."""
    hashes = {told[name] for told in found for name in ("original", "sha256") if name in told}
    known = files.pictures_by_hash(hashes)
    claimed = files.pictures_known({told["known_as"] for told in found if told["known_as"]})
    named: dict[str, str] = {}
    for told in found:
        picture_id = (
            told["known_as"]
            if told["known_as"] in claimed
            else known.get(told["original"]) or known.get(told.get("sha256", ""))
        )
        if not picture_id and "sha256" in told:
            picture_id = known[told["sha256"]] = _enter(told, sender, now)
        if picture_id:
            named[told["name"]] = picture_id
    return named


def _enter(told: dict[str, Any], sender: str, now: datetime) -> str:
    row = ItemPicture(
        sha256=told["sha256"],
        kind=told["kind"],
        width=told["width"],
        height=told["height"],
        size=told["size"],
        uploaded_by=sender,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    facts = {"sha256": row.sha256, "bytes": row.size}
    record("picture:upload", ("picture", row.id), now=now, actor_id=sender, facts=facts)
    return row.id


def bank_pictures(folder: Path) -> set[str]:
    """Those pictures that rows name by an id that the bank has: a file of ours that came without its pictures."""
    named = {
        name
        for plain in lines_of(folder, child.ITEMS)
        for text in (plain["stem"], plain["explanation"], plain["reference"], *plain["options"].values())
        if "](media:" in text
        for name in _names(text)
    }
    return files.pictures_known({name for name in named if len(name) == 26})


def _names(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("](media:")[1:]]
