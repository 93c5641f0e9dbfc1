"""What is taught: programmes with dated versions, lessons with versions, and where a lesson stands in a programme's courses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
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
    """The smallest thing studied. ``current_version_id`` is what a learner who opens it now gets."""

    __tablename__ = "lessons"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # article | video
    title: Mapped[str] = mapped_column(String(160))
    en: Mapped[str] = mapped_column(String(200))
    length_ms: Mapped[int]
    current_version_id: Mapped[str | None] = mapped_column(String(26))


class LessonVersion(Record):
    """A frozen text of a lesson: sanitised HTML, its outline in parts with lengths in milliseconds, its media, its sources."""

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
    published_at: Mapped[datetime]


class LessonPlacement(Record):
    """A lesson in a course of a programme. The same lesson may stand in several programmes."""

    __tablename__ = "lesson_placements"
    __table_args__ = (UniqueConstraint("programme_key", "course_slug", "lesson_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    programme_key: Mapped[str] = mapped_column(ForeignKey("programmes.key"))
    course_slug: Mapped[str] = mapped_column(String(96))
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lessons.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
