"""Files for lessons: examined first, stored, then recorded; a file that somebody shows is not taken away."""

from __future__ import annotations

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import delete, select

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries
from carbonlearn.catalogue.models import MediaFile
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra import vault
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db
from carbonlearn.infra.media.kinds import Findings, MediaFault
from carbonlearn.infra.media.reader import examine, refuse_by_size
from carbonlearn.infra.storage import Storage, Stored

MEGABYTE = 1024 * 1024
LONGEST_NAME = 120
NO_LIMIT = 2**62
SIDE_BY_SIDE = 8
"""How many pages of a deck are written at once: each waits until it is on the disk."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies in the storage and waits to be recorded: what it is, and where it and its pages are."""

    findings: Findings
    stored: Stored
    pages: tuple[Stored, ...]
    name: str


def limits(settings: Settings) -> dict[str, int]:
    """How many bytes a file of each kind may have."""
    return {
        "image": settings.max_image_mb * MEGABYTE,
        "pdf": settings.max_pdf_mb * MEGABYTE,
        "audio": settings.max_audio_mb * MEGABYTE,
        "video": settings.max_video_mb * MEGABYTE,
        "captions": MEGABYTE,
    }


def keep(path: Path, name: str, folder: Path, allowed: dict[str, int]) -> Kept:
    """Examine a file that has arrived and put it into the storage. Outside any unit of work: it may take a while.

    Raises Invalid with what is wrong; then nothing was stored.
    """
    try:
        refuse_by_size(path, allowed)
        findings = examine(path, folder)
        if path.stat().st_size > allowed[findings.kind]:
            raise MediaFault("MEDIA_TOO_LARGE", limit=allowed[findings.kind] // MEGABYTE)
    except MediaFault as fault:
        raise Invalid(fault.code, field="file", **fault.facts) from fault
    return stow(path, name, findings, folder)


def stow(path: Path, name: str, findings: Findings, folder: Path) -> Kept:
    """Put an examined file into the storage, with the pictures in ``folder`` that were made of it."""
    storage = vault.media()
    files = [
        folder / findings.file if findings.file else path,
        *(folder / page.file for page in findings.pages),
    ]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as hands:
        stored, *pages = hands.map(partial(_put, storage), files)
    return Kept(findings, stored, tuple(pages), clean_name(name))


def _put(storage: Storage, path: Path) -> Stored:
    with path.open("rb") as file:
        return storage.put(file, NO_LIMIT)


def clean_name(name: str) -> str:
    """A file's name as people may read it: no folders, no control or direction characters, not too long."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return plain.strip(" .")[:LONGEST_NAME] or "file"


def enter(kept: Kept, *, actor: Actor | None, now: datetime) -> MediaFile:
    """Record a stored file, ``actor`` None for one that ships with the program. The same file of the same kind is recorded once; the one
    that is there is given back.
    """
    findings, stored, sender = kept.findings, kept.stored, actor.user_id if actor else None
    known = db.session.scalar(
        select(MediaFile).where(
            MediaFile.sha256 == stored.key, MediaFile.kind == findings.kind, MediaFile.parent_id.is_(None)
        )
    )
    if known is not None:
        return known
    row = MediaFile(
        sha256=stored.key, kind=findings.kind, content_type=findings.content_type, bytes=stored.bytes,
        duration_ms=findings.duration_ms, width=findings.width, height=findings.height, pages=len(findings.pages) or None,
        name=kept.name, text="", uploaded_by=sender, uploaded_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for position, (page, picture) in enumerate(zip(findings.pages, kept.pages, strict=True), 1):
        db.session.add(
            MediaFile(
                sha256=picture.key, kind="page", content_type="image/webp", bytes=picture.bytes, width=page.width,
                height=page.height, name=f"{position}", text=page.text, parent_id=row.id, position=position,
                uploaded_by=sender, uploaded_at=now,
            )
        )  # fmt: skip
    facts = {"kind": row.kind, "sha256": row.sha256, "bytes": row.bytes}
    source = "desk" if actor else "job"
    record("media:upload", ("media", row.id), now=now, actor_id=sender, source=source, facts=facts)
    return row


def remove(media_id: str, *, actor: Actor, now: datetime) -> list[str]:
    """Forget a file that nobody shows. The keys that the storage may forget as well, once this is committed.

    Raises Conflict MEDIA_IN_USE for one that a version or a draft refers to.
    """
    row = queries.media_file(media_id)
    if row.parent_id is not None or queries.showing_lessons(media_id) or queries.drafts_showing(media_id):
        raise Conflict("MEDIA_IN_USE")
    below = list(db.session.scalars(select(MediaFile).where(MediaFile.parent_id == row.id)))
    keys = {row.sha256, *(page.sha256 for page in below)}
    record("media:remove", ("media", row.id), now=now, actor_id=actor.user_id, facts={"sha256": row.sha256})
    db.session.execute(delete(MediaFile).where(MediaFile.parent_id == row.id))
    db.session.delete(row)
    db.session.flush()
    still = set(db.session.scalars(select(MediaFile.sha256).where(MediaFile.sha256.in_(keys))))
    return sorted(keys - still)


def forget(keys: list[str]) -> None:
    """Let the storage forget what no row refers to any more."""
    for key in keys:
        vault.media().delete(key)
