"""Items go out as files, answers and all: written in the background, once, and never without an entry in the audit chain, neither when
somebody asks for a file nor when somebody fetches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import rungs
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.formats.entry import MAX_ROWS, Outgoing
from carbonlearn.question_bank.formats.kinds import FORMATS
from carbonlearn.question_bank.formats.qti_names import QTI21, QTI30
from carbonlearn.question_bank.formats.sheet_layout import Choices
from carbonlearn.question_bank.models import ItemExport
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.queries.desk import Filters, item_count
from carbonlearn.question_bank.rules.life import day_of

KEPT = files.KEPT
MOST = {"docx": 1500}  # what is written as a whole; of the others as many as a file may have that comes in
LEFT = timedelta(minutes=10)  # so long a download that began in time may take
STALE = timedelta(minutes=15)
WAITING, WRITING, READY, FAILED, GONE = "waiting", "writing", "ready", "failed", "gone"
ENDINGS = {
    "xlsx": "xlsx",
    "docx": "docx",
    "gift": "gift.txt",
    "moodle": "xml",
    "qti21": "zip",
    "qti30": "zip",
}
PICTURE_LIMIT = 10 * 1024 * 1024
BEAT = (
    update(ItemExport)
    .where(
        ItemExport.id == bindparam("own_id"),
        ItemExport.claim == bindparam("own_claim"),
        ItemExport.status == WRITING,
    )
    .values(rows_done=bindparam("own_done"), beat_at=bindparam("own_now"))
    .returning(ItemExport.id)
)
"""How far the writing of an export is."""


def count_of(filters: Filters, kind: str) -> int:
    """How many items an export would hold. Raises Invalid for an unknown format, Conflict where there is nothing to export, or more than
    one file of the format can hold."""
    if kind not in FORMATS:
        raise Invalid("EXPORT_FORMAT", field="format")
    total = item_count(filters)
    if not total:
        raise Conflict("EXPORT_NOTHING")
    if filters.pool == "presence":
        raise Conflict("EXPORT_PRESENCE")
    most = MOST.get(kind, MAX_ROWS)
    if total > most:
        raise Conflict("EXPORT_TOO_MANY", count=total, most=most)
    return total


def ask(filters: Filters, kind: str, *, english: bool, actor: Actor, now: datetime) -> ItemExport:
    """Note that a person exports what a list shows, with all answers. Raises what ``count_of`` raises."""
    total = count_of(filters, kind)
    told = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(filters).items()
        if value
    }
    row = ItemExport(
        format=kind,
        english=english,
        filters=told,
        status=WAITING,
        rows_total=total,
        rows_done=0,
        created_by=actor.user_id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    facts = {
        "format": kind,
        "count": total,
        "filters": {name: str(value) for name, value in told.items() if name != "today"},
    }
    record("item_export:make", ("item_export", row.id), now=now, actor_id=actor.user_id, facts=facts)
    return row


def write(path: Path, row: ItemExport, wrote: Callable[[int], None] = lambda _count: None) -> None:
    """Write the file of an export to a path of ours: of what the list shows now no text that is younger than the export, and no more items
    than were noted when somebody asked for them."""
    filters = filters_of(row.filters)
    items = islice(files.items_of_list(filters, row.created_at), row.rows_total)
    outgoing = Outgoing(items, files.cases_of_list(filters), picture, row.english, wrote)
    writer_of(row.format)(path, outgoing)


def writer_of(kind: str) -> Callable[[Path, Outgoing], None]:
    """What writes a format. The libraries are loaded for what needs them."""
    from carbonlearn.question_bank.formats import gift, moodle_write, qti_write, sheet_write, word_write  # noqa: PLC0415

    return {
        "xlsx": lambda path, outgoing: sheet_write.write(path, outgoing, choices()),
        "docx": word_write.write,
        "gift": gift.write,
        "moodle": moodle_write.write,
        "qti21": lambda path, outgoing: qti_write.write(path, outgoing, QTI21),
        "qti30": lambda path, outgoing: qti_write.write(path, outgoing, QTI30),
    }[kind]


def choices() -> Choices:
    """What the drop-downs of the Excel file offer."""
    tracks = tuple(
        (
            f"{job_type}/{level}",
            f"{rung.name[0]} {rung.level_name[0]}",
            f"{rung.name[1]} {rung.level_name[1]}",
        )
        for (job_type, level), rung in rungs().items()
    )
    return Choices(tracks, tuple((slug, *names) for slug, names in catalogue.functions().items()))


def filters_of(told: Mapping[str, Any]) -> Filters:
    """The filters of a list, as an export remembers them."""
    known = {one.name for one in fields(Filters)}
    plain = {name: value for name, value in told.items() if name in known}
    return Filters(**plain | ({"today": date.fromisoformat(plain["today"])} if "today" in plain else {}))


def picture(picture_id: str) -> bytes | None:
    """A picture's bytes; None for one that the bank does not have."""
    key = files.picture_hash(picture_id)
    if key is None or not vault.media().exists(key):
        return None
    stream = vault.media().open(key, 0, PICTURE_LIMIT)
    try:
        return stream.read()
    finally:
        stream.close()


def name_of(row: ItemExport) -> str:
    """What the file is called at home: the bank's day, and the version where two formats end alike."""
    version = f"-{row.format}" if ENDINGS[row.format] == "zip" else ""
    return f"items-{day_of(row.created_at):%Y%m%d}{version}.{ENDINGS[row.format]}"


def fetched(export_id: str, *, actor: Actor, now: datetime) -> ItemExport:
    """Note that somebody takes the file of their export along, each time. Raises NotFound, Conflict EXPORT_NOT_READY."""
    row = files.export(export_id, actor)
    if row.status != READY or not row.file_key or row.created_at < now - KEPT:
        raise Conflict("EXPORT_NOT_READY")
    facts = {"format": row.format, "count": row.rows_total, "bytes": row.size}
    record("item_export:fetch", ("item_export", row.id), now=now, actor_id=actor.user_id, facts=facts)
    return row


def content(row: ItemExport) -> bytes:
    """The file of an export that lies ready."""
    return vault.passing().get(row.file_key)


@dataclass(frozen=True, slots=True)
class Claim:
    """An export to be written, and the token by which its writer is known."""

    export_id: str
    token: str


def claim(now: datetime) -> Claim | None:
    """Take the next export to be written; one whose writer has not been heard of for long is given up."""
    stale = update(ItemExport).where(ItemExport.status == WRITING, ItemExport.beat_at < now - STALE)
    db.session.execute(stale.values(status=FAILED, ended_at=now))
    row = db.session.scalar(
        select(ItemExport)
        .where(ItemExport.status == WAITING)
        .order_by(ItemExport.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.status, row.beat_at, row.claim = WRITING, now, new_id()
    return Claim(row.id, row.claim)


def finish(claimed: Claim, key: str, size: int, now: datetime) -> bool:
    """The file lies sealed (no key for one that could not be written); whether it is still this writer's to say so."""
    told = {"status": READY if key else FAILED, "file_key": key, "size": size, "ended_at": now}
    mine = (
        ItemExport.id == claimed.export_id,
        ItemExport.claim == claimed.token,
        ItemExport.status == WRITING,
    )
    query = update(ItemExport).where(*mine).values(**told).returning(ItemExport.id)
    return db.session.scalar(query) is not None


def forget_old(now: datetime) -> int:
    """Delete the files that were kept for a day; how many. A row says so first: it must not offer a file that is gone."""
    old = or_(ItemExport.status == READY, ItemExport.status == FAILED)
    rows = list(db.session.scalars(select(ItemExport).where(old, ItemExport.created_at < now - KEPT)))
    for row in rows:
        row.status = GONE
    gone = select(ItemExport).where(ItemExport.status == GONE, ItemExport.file_key != "")
    for row in db.session.scalars(gone.where(ItemExport.created_at < now - KEPT - LEFT)):
        vault.passing().delete(row.file_key)
        row.file_key = ""
    return len(rows)
