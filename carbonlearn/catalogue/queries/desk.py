"""Reading for the authors' desk: lessons with their state, drafts, versions, and the lessons of a course."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue.models import Lesson, LessonDraft, LessonPlacement, LessonVersion
from carbonlearn.catalogue.queries.programmes import FOLDER, functions
from carbonlearn.catalogue.rules.lesson import may_publish
from carbonlearn.core import yaml_text
from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db


@dataclass(frozen=True, slots=True)
class DeskLesson:
    """A row of the lesson list: the lesson (None while it is only a draft), what holds, what is announced, what is being written."""

    lesson: Lesson | None
    version: LessonVersion | None
    announced: LessonVersion | None
    draft: LessonDraft | None
    courses: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.lesson.slug if self.lesson else self.draft.slug if self.draft else ""


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: LessonVersion
    writers: tuple[str, ...]
    publisher: str


@dataclass(frozen=True, slots=True)
class PlacedLesson:
    """A lesson in a course, as the course's page lists it."""

    placement: LessonPlacement
    lesson: Lesson
    version: LessonVersion | None


def drafts_to_publish(user_id: str) -> tuple[int, datetime | None]:
    """How many drafts wait for publication that this person did not write, and since when the oldest has waited."""
    rows = db.session.execute(
        select(LessonDraft.writers, LessonDraft.updated_at).where(LessonDraft.state == "submitted")
    )
    mine = [since for writers, since in rows if may_publish(writers, user_id)]
    return len(mine), min(mine, default=None)


def desk_lessons() -> list[DeskLesson]:
    """Every lesson and every draft, by slug."""
    drafts = list(db.session.scalars(select(LessonDraft)))
    by_lesson = {draft.lesson_id: draft for draft in drafts if draft.lesson_id}
    placed: dict[str, list[str]] = {}
    for lesson_id, course in db.session.execute(
        select(LessonPlacement.lesson_id, LessonPlacement.course_slug)
        .where(LessonPlacement.removed_at.is_(None)).distinct().order_by(LessonPlacement.course_slug)
    ):  # fmt: skip
        placed.setdefault(lesson_id, []).append(course)
    newest = _newest_versions()
    rows = [
        _desk_lesson(lesson, version, newest, by_lesson.get(lesson.id), placed)
        for lesson, version in db.session.execute(
            select(Lesson, LessonVersion).outerjoin(
                LessonVersion, LessonVersion.id == Lesson.current_version_id
            )
        )
    ]
    fresh = [DeskLesson(None, None, None, draft, ()) for draft in drafts if draft.lesson_id is None]
    return sorted([*rows, *fresh], key=lambda row: row.slug)


def _newest_versions() -> dict[str, LessonVersion]:
    rows = db.session.scalars(select(LessonVersion).order_by(LessonVersion.number))
    return {version.lesson_id: version for version in rows}


def _desk_lesson(
    lesson: Lesson, version: LessonVersion | None, newest: dict[str, LessonVersion], draft: LessonDraft | None,
    placed: dict[str, list[str]],
) -> DeskLesson:  # fmt: skip
    last = newest.get(lesson.id)
    announced = last if last is not None and last.id != lesson.current_version_id else None
    return DeskLesson(lesson, version, announced, draft, tuple(placed.get(lesson.id, ())))


def desk_lesson(slug: str) -> Lesson:
    """A lesson by its slug, whether anything of it holds already or not. Raises NotFound."""
    found = db.session.scalar(select(Lesson).where(Lesson.slug == slug))
    if found is None:
        raise NotFound("LESSON_NOT_FOUND", lesson=slug)
    return found


def version_in_view(lesson: Lesson) -> LessonVersion:
    """What holds of a lesson; while nothing does yet, the newest that is announced."""
    if lesson.current_version_id is not None:
        return db.session.get_one(LessonVersion, lesson.current_version_id)
    return versions_of(lesson.id)[0].version


def draft(draft_id: str) -> LessonDraft:
    """Raises NotFound, also for one that was published or thrown away since."""
    found = db.session.get(LessonDraft, draft_id)
    if found is None:
        raise NotFound("LESSON_DRAFT_NOT_FOUND")
    return found


def slug_of_past_draft(draft_id: str) -> str | None:
    """The lesson that a draft, gone since, was written for; None when there is no such lesson. The audit chain remembers it."""
    facts = db.session.scalar(
        select(AuditEntry.facts).where(
            AuditEntry.action == "lesson:draft",
            AuditEntry.subject_type == "lesson_draft",
            AuditEntry.subject_id == draft_id,
        )
    )
    return db.session.scalar(select(Lesson.slug).where(Lesson.slug == facts["slug"])) if facts else None


def draft_of(lesson_id: str) -> LessonDraft | None:
    return db.session.scalar(select(LessonDraft).where(LessonDraft.lesson_id == lesson_id))


def versions_of(lesson_id: str) -> list[VersionRow]:
    """All versions, the newest first, with the names of who wrote and published them."""
    versions = db.session.scalars(
        select(LessonVersion)
        .where(LessonVersion.lesson_id == lesson_id)
        .order_by(LessonVersion.number.desc())
    ).all()
    people = {one for version in versions for one in [*(version.writers or []), version.published_by] if one}
    names = names_of(people)
    return [
        VersionRow(
            version,
            tuple(names.get(one, "") for one in version.writers or []),
            names.get(version.published_by or "", ""),
        )
        for version in versions
    ]


def names_of(ids: set[str]) -> dict[str, str]:
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def version_pair(lesson_id: str, number: int) -> tuple[LessonVersion, LessonVersion | None]:
    """A version and the one before it. Raises NotFound."""
    found = list(
        db.session.scalars(
            select(LessonVersion)
            .where(LessonVersion.lesson_id == lesson_id, LessonVersion.number <= number)
            .order_by(LessonVersion.number.desc())
            .limit(2)
        )
    )
    if not found or found[0].number != number:
        raise NotFound("LESSON_NOT_FOUND", lesson=str(number))
    return found[0], found[1] if len(found) > 1 else None


def course_lessons(programme_key: str, course_slug: str) -> list[PlacedLesson]:
    """The lessons that stand in a course, in order."""
    rows = db.session.execute(
        select(LessonPlacement, Lesson, LessonVersion)
        .join(Lesson, Lesson.id == LessonPlacement.lesson_id)
        .outerjoin(LessonVersion, LessonVersion.id == Lesson.current_version_id)
        .where(
            LessonPlacement.programme_key == programme_key,
            LessonPlacement.course_slug == course_slug,
            LessonPlacement.removed_at.is_(None),
        )
        .order_by(LessonPlacement.position, Lesson.slug)
    )
    return [PlacedLesson(*row) for row in rows]


def placement(placement_id: str) -> LessonPlacement:
    """Raises NotFound."""
    found = db.session.get(LessonPlacement, placement_id)
    if found is None or found.removed_at is not None:
        raise NotFound("PLACEMENT_NOT_FOUND")
    return found


def placements_of(lesson_id: str) -> list[LessonPlacement]:
    return list(
        db.session.scalars(
            select(LessonPlacement)
            .where(LessonPlacement.lesson_id == lesson_id, LessonPlacement.removed_at.is_(None))
            .order_by(LessonPlacement.programme_key, LessonPlacement.course_slug)
        )
    )


def placeable(programme_key: str) -> list[Lesson]:
    """Published lessons that stand in no course of the programme."""
    there = select(LessonPlacement.lesson_id).where(
        LessonPlacement.programme_key == programme_key, LessonPlacement.removed_at.is_(None)
    )
    return list(
        db.session.scalars(
            select(Lesson)
            .where(Lesson.current_version_id.is_not(None), Lesson.id.not_in(there))
            .order_by(Lesson.slug)
        )
    )


def announced_versions(now: datetime) -> list[LessonVersion]:
    """Versions that hold later."""
    return list(db.session.scalars(select(LessonVersion).where(LessonVersion.effective_from > now)))


@lru_cache(maxsize=1)
def competence_points() -> dict[str, str]:
    """Every point of the national framework that a lesson may teach, with its wording; chapters and functions by their names."""
    found = {slug: names[0] for slug, names in functions().items()}
    for path in sorted((FOLDER / "competence").glob("*.yaml")):
        data = yaml_text.read(path.read_text("utf-8"))
        job = data["job_type"]["slug"]
        for level in data["levels"]:
            for content in (one for function in level["functions"] for one in function["contents"]):
                for part in ("skills", "knowledge"):
                    for point in content.get(part) or []:
                        found[f"{job}/{level['level']}/{point['no']}-{part}"] = point["text"]
    return found
