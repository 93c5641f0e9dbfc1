"""Reading the catalogue: programmes and their rules at an instant, courses with their lessons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import aliased

from carbonlearn.catalogue.models import Lesson, LessonPlacement, LessonVersion, Programme, ProgrammeVersion
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core import yaml_text
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db

FOLDER = Path(__file__).parents[1]


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
    trial: bool = False


@lru_cache(maxsize=1)
def defaults() -> Mapping[str, Any]:
    """Our defaults, from the file that ships."""
    loaded: Mapping[str, Any] = yaml_text.read((FOLDER / "defaults.yaml").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Any]:
    """The national weight tables, from the file that ships."""
    loaded: Mapping[str, Any] = yaml_text.read((FOLDER / "weights.yaml").read_text("utf-8"))
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
            LessonPlacement.meta,
        )
        .join(Lesson, Lesson.id == LessonPlacement.lesson_id)
        .where(
            LessonPlacement.programme_key == programme_key,
            LessonPlacement.removed_at.is_(None),
            Lesson.current_version_id.is_not(None),
        )
        .order_by(LessonPlacement.course_slug, LessonPlacement.position, Lesson.slug)
    )
    return [_lesson_row(*row) for row in rows]


def _lesson_row(*found: Any) -> LessonRow:
    *plain, meta = found
    return replace(LessonRow(*plain), trial=bool(meta.get("trial")))


def earnable_ms(programme_key: str, course_slugs: set[str]) -> int:
    """Milliseconds that the published lessons of these courses can earn."""
    return sum(row.length_ms for row in lesson_rows(programme_key) if row.course_slug in course_slugs)


def lesson_by_slug(slug: str, now: datetime | None = None) -> tuple[Lesson, LessonVersion]:
    """A published lesson and the text that holds at ``now``; without an instant, the one that the last sweep found. Raises NotFound."""
    holds = Lesson.current_version_id if now is None else version_at(now)
    row = db.session.execute(
        select(Lesson, LessonVersion)
        .join(LessonVersion, LessonVersion.id == holds)
        .where(Lesson.slug == slug, Lesson.current_version_id.is_not(None))
    ).first()
    if row is None:
        raise NotFound("LESSON_NOT_FOUND", lesson=slug)
    return row[0], row[1]


def version_at(now: datetime) -> ScalarSelect[str]:
    """The id of the version of a lesson that holds at an instant: of those that hold by then the one with the highest number.

    So a version published later takes the place of one that was announced for a later day, and never the other way round.
    """
    candidate = aliased(LessonVersion)
    return (
        select(candidate.id)
        .where(candidate.lesson_id == Lesson.id, candidate.effective_from <= now)
        .order_by(candidate.number.desc())
        .limit(1)
        .correlate(Lesson)
        .scalar_subquery()
    )
