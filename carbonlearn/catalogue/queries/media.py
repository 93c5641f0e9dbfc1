"""Reading the media of lessons: lists for the picker, facts for the rules, and who shows a file."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from carbonlearn.catalogue.models import (
    Lesson,
    LessonDraft,
    LessonMedia,
    LessonPlacement,
    LessonVersion,
    MediaFile,
)
from carbonlearn.catalogue.rules.lesson import MediaFact, media_ids
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db

PICKED = 100


def media_file(media_id: str) -> MediaFile:
    """One file. Raises NotFound."""
    found = db.session.get(MediaFile, media_id)
    if found is None:
        raise NotFound("MEDIA_NOT_FOUND")
    return found


def media_rows(kind: str, limit: int, before: MediaFile | None = None) -> list[MediaFile]:
    """Files of a kind (of all when empty), without the pages of decks, the newest first."""
    query = select(MediaFile).where(MediaFile.parent_id.is_(None))
    if kind:
        query = query.where(MediaFile.kind == kind)
    if before is not None:
        key = (before.uploaded_at, before.id)
        query = query.where(
            (MediaFile.uploaded_at < key[0]) | ((MediaFile.uploaded_at == key[0]) & (MediaFile.id < key[1]))
        )
    return list(
        db.session.scalars(query.order_by(MediaFile.uploaded_at.desc(), MediaFile.id.desc()).limit(limit))
    )


def media_counts() -> dict[str, int]:
    """How many files there are, by kind."""
    rows = db.session.execute(
        select(MediaFile.kind, func.count().label("files"))
        .where(MediaFile.parent_id.is_(None))
        .group_by(MediaFile.kind)
    )
    return {row.kind: row.files for row in rows}


def pickable(kinds: Iterable[str], named: Iterable[str] = ()) -> list[MediaFile]:
    """The newest files of these kinds, and those that are named already however old."""
    newest = [row for kind in kinds for row in media_rows(kind, PICKED)]
    known = {row.id for row in newest}
    older = db.session.scalars(
        select(MediaFile).where(MediaFile.id.in_(set(named) - known), MediaFile.kind.in_(list(kinds)))
    )
    return [*newest, *older]


def facts_of(ids: Iterable[str]) -> dict[str, MediaFact]:
    """What the rules need to know of these files; those that do not exist are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = db.session.scalars(
        select(MediaFile)
        .where(MediaFile.id.in_(wanted) | MediaFile.parent_id.in_(wanted))
        .order_by(MediaFile.position)
    ).all()
    pages: dict[str, list[MediaFact]] = {}
    for row in rows:
        if row.parent_id is not None:
            pages.setdefault(row.parent_id, []).append(_fact(row))
    return {row.id: _fact(row, tuple(pages.get(row.id, ()))) for row in rows if row.id in wanted}


def _fact(row: MediaFile, pages: tuple[MediaFact, ...] = ()) -> MediaFact:
    return MediaFact(
        row.id, row.kind, row.content_type, row.duration_ms or 0, row.width or 0, row.height or 0, row.text, pages
    )  # fmt: skip


def showing_lessons(media_id: str) -> list[str]:
    """The lessons of which some version shows the file."""
    return list(
        db.session.scalars(
            select(LessonVersion.lesson_id)
            .join(LessonMedia, LessonMedia.version_id == LessonVersion.id)
            .where(LessonMedia.media_id == media_id)
            .distinct()
        )
    )


def is_on_trial(lesson_ids: Iterable[str]) -> bool:
    """Whether one of these lessons is open to everybody somewhere."""
    metas = db.session.scalars(
        select(LessonPlacement.meta)
        .join(Lesson, Lesson.id == LessonPlacement.lesson_id)
        .where(
            LessonPlacement.lesson_id.in_(list(lesson_ids)),
            LessonPlacement.removed_at.is_(None),
            Lesson.current_version_id.is_not(None),
        )
    )
    return any(meta.get("trial") for meta in metas)


def drafts_showing(media_id: str) -> list[str]:
    """The slugs of drafts that refer to the file."""
    rows = db.session.execute(select(LessonDraft.slug, LessonDraft.content))
    return [slug for slug, content in rows if media_id in media_ids(content)]
