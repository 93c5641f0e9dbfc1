"""A file of items comes in: kept, noted, claimed by who reads it, refused or forgotten."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update

from carbonlearn.audit.services import record
from carbonlearn.catalogue.services.media import clean_name
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.formats.judging import Defaults
from carbonlearn.question_bank.models import ImportCase, ImportPicture, ImportRow, ItemImport
from carbonlearn.question_bank.queries import files

MEGABYTE = 1024 * 1024
LIMIT = 16 * MEGABYTE
MOST_WAITING = 5  # files of one person that are not settled yet
STALE = timedelta(minutes=10)
WAITING, READING, PREVIEWED, REFUSED = "waiting", "reading", "previewed", "refused"
APPLYING, APPLIED, UNDONE, DROPPED = "applying", "applied", "undone", "dropped"
UNDER_WAY = (WAITING, READING, APPLYING)
UNSETTLED = (*UNDER_WAY, PREVIEWED)
SETTLED = (REFUSED, APPLIED, UNDONE, DROPPED)
AT_ONCE = 100
MOST_TRIES = 2
KEPT_PREVIEW = timedelta(days=14)  # of a file that nobody takes or drops
KEPT_ROWS = timedelta(days=90)  # of one that was taken: so long it can be undone


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


def let_go(kept: Kept) -> None:
    """Forget a file that was kept and is not noted after all."""
    vault.passing().delete(kept.key)


def refuse_too_many(actor: Actor) -> None:
    """Raises Conflict IMPORT_WAITING while too many of the person's files are not settled: asked before another one is kept."""
    query = select(func.count()).where(
        ItemImport.created_by == actor.user_id, ItemImport.status.in_(UNSETTLED)
    )
    if (db.session.scalar(query) or 0) >= MOST_WAITING:
        raise Conflict("IMPORT_WAITING", most=MOST_WAITING)


def receive(kept: Kept, name: str, defaults: Defaults, *, actor: Actor, now: datetime) -> ItemImport:
    """Note a kept file for reading. Raises Conflict IMPORT_WAITING while too many of the person's files wait."""
    refuse_too_many(actor)
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


class NotOurs(Exception):
    """Another worker has taken over what this one was at: nothing that it still has to say counts."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file to be read, and the token by which its reader is known."""

    import_id: str
    token: str


def claim(now: datetime) -> Claim | None:
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
    row.status, row.beat_at, row.rows_done, row.rows_total, row.claim = READING, now, 0, 0, new_id()
    row.summary = {"tries": tries, "again": row.summary.get("again", False)}
    if row.sheet_key:  # of a preview that does not hold any more
        vault.passing().delete(row.sheet_key)
        row.sheet_key = ""
    forget_rows(row.id)
    return Claim(row.id, row.claim)


def unsealed(import_id: str, folder: Path) -> Path:
    """The file, opened into a folder of ours."""
    path = folder / "file"
    path.write_bytes(vault.passing().get(files.file_import(import_id).file_key))
    return path


def beat(claimed: Claim, now: datetime, done: int, total: int | None = None) -> None:
    """Say how far the reading is. Raises NotOurs once another reads the file; so every step of a reader begins with this."""
    told: dict[str, Any] = {"rows_done": done, "beat_at": now} | (
        {} if total is None else {"rows_total": total}
    )
    mine = (
        ItemImport.id == claimed.import_id,
        ItemImport.claim == claimed.token,
        ItemImport.status == READING,
    )
    if db.session.scalar(update(ItemImport).where(*mine).values(**told).returning(ItemImport.id)) is None:
        raise NotOurs


def refuse(import_id: str, code: str, facts: dict[str, Any], now: datetime) -> None:
    """The file is not taken; why, for its sender. It is not kept either: ``forget_files`` sees to that."""
    row = files.file_import(import_id)
    row.status, row.fault, row.ended_at = REFUSED, {"code": code, "facts": facts}, now
    told = {"sha256": row.sha256, "reason": code}
    record("item_import:refuse", ("item_import", row.id), now=now, source="job", facts=told)


def forget_rows(import_id: str) -> None:
    """What was judged of a file, answers and all, and its own pictures: when it is read anew, or is not wanted."""
    for key in db.session.scalars(select(ImportPicture.file_key).where(ImportPicture.import_id == import_id)):
        if key:
            vault.passing().delete(key)
    for model in (ImportRow, ImportCase, ImportPicture):
        db.session.execute(delete(model).where(model.import_id == import_id))


def forget_files(now: datetime) -> int:
    """Delete what was kept of files that are settled, and of those that nobody came back to; how many files.

    In a sweep, after what settled them is stored: were it done at once and the rest failed, the row would name a file that is gone.
    """
    _forget_old(now)
    kept = or_(ItemImport.file_key != "", ItemImport.sheet_key != "")
    rows = list(
        db.session.scalars(select(ItemImport).where(ItemImport.status.in_(SETTLED), kept).limit(AT_ONCE))
    )
    for row in rows:
        _forget(row)
    return len(rows)


def _forget_old(now: datetime) -> None:
    """Previews that nobody decides about are dropped; rows hold answers and do not stay for ever."""
    previews = select(ItemImport).where(
        ItemImport.status == PREVIEWED, ItemImport.beat_at < now - KEPT_PREVIEW
    )
    for row in db.session.scalars(previews.limit(AT_ONCE).with_for_update(skip_locked=True)):
        row.status, row.ended_at = DROPPED, now
        facts = {"sha256": row.sha256, "days": KEPT_PREVIEW.days}
        record("item_import:drop", ("item_import", row.id), now=now, source="job", facts=facts)
    rows = select(ItemImport.id).where(
        ItemImport.status.in_((APPLIED, UNDONE)),
        ItemImport.ended_at < now - KEPT_ROWS,
        exists().where(ImportRow.import_id == ItemImport.id),
    )
    for import_id in list(db.session.scalars(rows.limit(AT_ONCE))):
        forget_rows(import_id)


def _forget(row: ItemImport) -> None:
    for key in filter(None, (row.file_key, row.sheet_key)):
        vault.passing().delete(key)
    row.file_key = row.sheet_key = ""
    if row.status in (REFUSED, DROPPED):
        forget_rows(row.id)
        return
    mine = ImportPicture.import_id == row.id, ImportPicture.file_key != ""
    for picture in db.session.scalars(select(ImportPicture).where(*mine)):
        vault.passing().delete(picture.file_key)
        picture.file_key = ""
