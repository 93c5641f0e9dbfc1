"""Reading the catalogue: programmes and their rules at an instant, courses with their lessons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from carbonlearn.catalogue.models import Lesson, LessonPlacement, LessonVersion, Programme, ProgrammeVersion
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson as lists show it."""

    course_slug: str
    id: str
    slug: str
    kind: str
    title: str
    en: str
    length_ms: int
    position: int


@lru_cache(maxsize=1)
def defaults() -> Mapping[str, Any]:
    """Our defaults, from the file that ships."""
    loaded: Mapping[str, Any] = yaml.safe_load((FOLDER / "defaults.yaml").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Any]:
    """The national weight tables, from the file that ships."""
    loaded: Mapping[str, Any] = yaml.safe_load((FOLDER / "weights.yaml").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def functions() -> Mapping[str, tuple[str, str]]:
    """Competence functions by slug: Chinese and English names."""
    return {row["slug"]: (row["name"], row["en"]) for row in weights()["functions"]}


def programmes() -> list[Programme]:
    """Every programme, the demonstration first."""
    return list(db.session.scalars(select(Programme).order_by(Programme.position, Programme.key)))


def current_version(programme_key: str, now: datetime) -> ProgrammeVersion:
    """The version in force. Raises NotFound."""
    found = db.session.scalar(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme_key == programme_key, ProgrammeVersion.effective_from <= now)
        .order_by(ProgrammeVersion.effective_from.desc(), ProgrammeVersion.number.desc())
        .limit(1)
    )
    if found is None:
        raise NotFound("PROGRAMME_NOT_FOUND", programme=programme_key)
    return found


def rules_of(version_id: str) -> ProgrammeRules:
    """The rules of a version; read once in a process, since a version never changes."""
    return _RULES.get(version_id) or _RULES.setdefault(version_id, _read_rules(version_id))


_RULES: dict[str, ProgrammeRules] = {}


def _read_rules(version_id: str) -> ProgrammeRules:
    version = db.session.get(ProgrammeVersion, version_id)
    if version is None:
        raise NotFound("PROGRAMME_NOT_FOUND", programme=version_id)
    return ProgrammeRules(version.data, defaults(), weights())


def current_rules(programme_key: str, now: datetime) -> ProgrammeRules:
    return rules_of(current_version(programme_key, now).id)


def lesson_rows(programme_key: str) -> list[LessonRow]:
    """The lessons of a programme's courses, in order, in one statement."""
    rows = db.session.execute(
        select(
            LessonPlacement.course_slug,
            Lesson.id,
            Lesson.slug,
            Lesson.kind,
            Lesson.title,
            Lesson.en,
            Lesson.length_ms,
            LessonPlacement.position,
        )
        .join(Lesson, Lesson.id == LessonPlacement.lesson_id)
        .where(LessonPlacement.programme_key == programme_key, Lesson.current_version_id.is_not(None))
        .order_by(LessonPlacement.course_slug, LessonPlacement.position, Lesson.slug)
    )
    return [LessonRow(*row) for row in rows]


def earnable_ms(programme_key: str, course_slugs: set[str]) -> int:
    """Milliseconds that the published lessons of these courses can earn."""
    return sum(row.length_ms for row in lesson_rows(programme_key) if row.course_slug in course_slugs)


def lesson_by_slug(slug: str) -> tuple[Lesson, LessonVersion]:
    """A published lesson and its current text. Raises NotFound."""
    row = db.session.execute(
        select(Lesson, LessonVersion)
        .join(LessonVersion, LessonVersion.id == Lesson.current_version_id)
        .where(Lesson.slug == slug)
    ).first()
    if row is None:
        raise NotFound("LESSON_NOT_FOUND", lesson=slug)
    return row[0], row[1]
