"""What is taught: programmes with dated versions, lessons with versions, drafts and media, and where a lesson stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import Id, Record
from carbonlearn.infra.tokens import new_id


class Programme(Record):
    """One issuer's programme; its rules are in its versions."""

    __tablename__ = "programmes"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(24))  # training_programme | standard
    demonstration: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(160))
    en: Mapped[str] = mapped_column(String(200))


class ProgrammeVersion(Record):
    """The programme file as it was loaded, and from when it holds. An enrolment keeps the version it began under."""

    __tablename__ = "programme_versions"
    __table_args__ = (UniqueConstraint("programme_key", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    programme_key: Mapped[str] = mapped_column(ForeignKey("programmes.key"))
    number: Mapped[int]
    effective_from: Mapped[datetime]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]


class Lesson(Record):
    """The smallest thing studied. ``current_version_id`` is what a learner who opens it now gets: of the versions that hold by now
    the one with the highest number. It and ``length_ms`` are folds, moved by the publishing act and by a sweep.
    """

    __tablename__ = "lessons"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # article | video | audio | slides
    title: Mapped[str] = mapped_column(String(160))
    en: Mapped[str] = mapped_column(String(200))
    length_ms: Mapped[int]
    current_version_id: Mapped[str | None] = mapped_column(String(26))


def _when_published(context: DefaultExecutionContext) -> datetime:
    """A version holds from its publication unless another instant is given."""
    published: datetime = context.get_current_parameters()["published_at"]  # type: ignore[no-untyped-call]
    return published


class LessonVersion(Record):
    """A frozen text of a lesson: sanitised HTML, its outline in parts with lengths in milliseconds, its media, its sources.

    ``source`` is what its author wrote (see ``rules.lesson``), from which the next draft begins; versions that an earlier release
    loaded have none. Title and kind of a version stand there too.
    """

    __tablename__ = "lesson_versions"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lessons.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    summary: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    outline: Mapped[list[Any]]  # [{"title", "anchor", "from_ms", "to_ms"}]
    media: Mapped[dict[str, Any]]
    meta: Mapped[dict[str, Any]]  # sources, facts, competence, review_by, extra_for
    length_ms: Mapped[int]
    source: Mapped[dict[str, Any] | None]
    writers: Mapped[list[Any] | None]  # ids of who wrote it at the desk
    published_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime]
    effective_from: Mapped[datetime] = mapped_column(default=_when_published)


class LessonDraft(Record):
    """What is being written: at most one for each lesson, or for a lesson to come. ``revision`` counts what was saved.

    ``state`` is writing or submitted; ``writers`` are all who saved something, none of whom may publish it.
    """

    __tablename__ = "lesson_drafts"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    lesson_id: Mapped[str | None] = mapped_column(ForeignKey("lessons.id"), unique=True)
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    base_number: Mapped[int] = mapped_column(default=0)  # the version it began from
    content: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)
    writers: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(16), default="writing")
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(ForeignKey("users.id"))


class MediaFile(Record):
    """A checked file for lessons. ``sha256`` is its key in the storage; everything else was read from the file itself.

    A PDF's pages are files of kind page below it (``parent_id``), in order of ``position``, each with the words on it. What ships with the
    program was uploaded by nobody.
    """

    __tablename__ = "media_files"
    __table_args__ = (UniqueConstraint("parent_id", "position"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)  # image | pdf | page | audio | video | captions
    content_type: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    pages: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(160))
    text: Mapped[str] = mapped_column(Text, default="")
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("media_files.id"))
    position: Mapped[int | None]
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime]


class LessonMedia(Record):
    """Which media a published version shows: who may study the lesson may fetch them."""

    __tablename__ = "lesson_media"

    version_id: Mapped[str] = mapped_column(ForeignKey("lesson_versions.id"), primary_key=True)
    media_id: Mapped[str] = mapped_column(ForeignKey("media_files.id"), primary_key=True, index=True)


class LessonPlacement(Record):
    """A lesson in a course of a programme. The same lesson may stand in several programmes.

    One that was taken out keeps its row (``removed_at``), so that what was decided at the desk outlives a reload of the files.
    ``meta``: ``trial`` opens it to everybody; ``desk`` says that a person placed it.
    """

    __tablename__ = "lesson_placements"
    __table_args__ = (UniqueConstraint("programme_key", "course_slug", "lesson_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    programme_key: Mapped[str] = mapped_column(ForeignKey("programmes.key"))
    course_slug: Mapped[str] = mapped_column(String(96))
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lessons.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    meta: Mapped[dict[str, Any]] = mapped_column(default=dict)
    removed_at: Mapped[datetime | None]
