"""Writing a lesson: begin, save, submit, send back, throw away. Whoever saves says which revision was opened, so that nobody overwrites
another's words unseen.

Every act is audited; of the many savings of one person the first is, and each that puts aside what somebody else saved.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries
from carbonlearn.catalogue.models import Lesson, LessonDraft, LessonVersion
from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.catalogue.rules.lesson import (
    KINDS,
    SLUG,
    Content,
    blank,
    faults,
    is_title,
    may_publish,
    media_ids,
)
from carbonlearn.catalogue.services.lessons import content_of, read_lesson
from carbonlearn.catalogue.services.turning import newest_number
from carbonlearn.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db

WRITING, SUBMITTED = "writing", "submitted"
LONGEST_SLUG = 96
RESERVED = {"new", "drafts", "media", "courses"}  # pages of the desk beside the lessons


def begin(slug: str, kind: str, title: str, *, actor: Actor, now: datetime) -> LessonDraft:
    """A draft of a lesson that is not there yet. Raises the first of its faults: Conflict for an address that is taken, else Invalid."""
    for fault in faults_of_new(slug, kind, title):
        raise fault
    return _keep(None, slug, blank(kind, title), 0, actor, now)


def faults_of_new(slug: str, kind: str, title: str) -> list[DomainError]:
    """Everything that keeps a lesson from being begun, each with its field."""
    found: list[DomainError] = []
    if not is_title(title):
        found.append(Invalid("LESSON_TITLE", field="title"))
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG or slug in RESERVED:
        found.append(Invalid("LESSON_SLUG", field="slug"))
    elif _is_taken(slug):
        found.append(Conflict("LESSON_SLUG_TAKEN", field="slug"))
    if kind not in KINDS:
        found.append(Invalid("LESSON_KIND", field="kind"))
    return found


def _is_taken(slug: str) -> bool:
    asked = (
        select(Lesson.id).where(Lesson.slug == slug),
        select(LessonDraft.id).where(LessonDraft.slug == slug),
    )
    return any(db.session.scalar(one) for one in asked)


def revise(slug: str, *, actor: Actor, now: datetime) -> LessonDraft:
    """The draft of a lesson: the one that is being written, else a new one from its newest version."""
    lesson = queries.desk_lesson(slug)
    found = queries.draft_of(lesson.id)
    if found is not None:
        return found
    number = newest_number(lesson.id)
    version, _ = queries.version_pair(lesson.id, number)
    return _keep(lesson.id, slug, source_of(lesson, version), number, actor, now)


def source_of(lesson: Lesson, version: LessonVersion) -> Content:
    """What the author of a version wrote. Versions of an earlier release came from the lesson files, of which the same text is
    looked for. Raises Conflict when it is not kept anywhere.
    """
    if version.source is not None:
        return dict(version.source)
    for path in sorted((FOLDER / "content" / "lessons").glob("*.md")):
        file = read_lesson(path)
        if file.head["slug"] == lesson.slug and file.sha256 == version.sha256:
            return content_of(file)
    raise Conflict("LESSON_SOURCE_GONE", number=version.number)


def _keep(
    lesson_id: str | None, slug: str, content: Content, number: int, actor: Actor, now: datetime
) -> LessonDraft:
    draft = LessonDraft(
        lesson_id=lesson_id, slug=slug, content=content, base_number=number, revision=1, writers=[], created_at=now,
        state=WRITING, note="", updated_at=now, updated_by=actor.user_id,
    )  # fmt: skip
    db.session.add(draft)
    db.session.flush()
    record(
        "lesson:draft",
        ("lesson_draft", draft.id),
        now=now,
        actor_id=actor.user_id,
        facts={"slug": slug, "from": number},
    )
    return draft


def save(
    draft_id: str, content: Content, revision: int, *, actor: Actor, now: datetime, replaces: int = 0
) -> LessonDraft:
    """Keep what was typed. ``revision`` is the one that was opened; Conflict LESSON_DRAFT_CHANGED when another was saved since,
    unless ``replaces`` names just that one: then it was seen and is put aside.

    Saving what is there already changes nothing. A draft that was submitted is being written again.
    """
    draft = _locked(draft_id)
    if content == draft.content and draft.updated_by == actor.user_id:
        return draft  # also where the page's own autosave was quicker
    if draft.revision not in (revision, replaces):
        raise Conflict("LESSON_DRAFT_CHANGED", number=draft.revision)
    if content == draft.content:
        return draft
    took_over = draft.updated_by != actor.user_id or actor.user_id not in draft.writers
    draft.content, draft.state = content, WRITING
    draft.writers = sorted({*draft.writers, actor.user_id})
    draft.updated_at, draft.updated_by = now, actor.user_id
    draft.revision += 1
    if took_over:
        _record("lesson:write", draft, actor, now, replaced=int(revision != draft.revision - 1))
    return draft


def submit(draft_id: str, revision: int, *, actor: Actor, now: datetime) -> LessonDraft:
    """Ask another person to publish it. Raises Invalid with the first fault."""
    draft = _at(draft_id, revision)
    refuse_faults(draft.content)
    draft.state, draft.note = SUBMITTED, ""
    draft.writers = sorted({*draft.writers, actor.user_id})
    _record("lesson:submit", draft, actor, now)
    return draft


def send_back(draft_id: str, revision: int, note: str, *, actor: Actor, now: datetime) -> LessonDraft:
    """Back to its writers with a word of why. Raises Refused for one of them, Invalid without a word."""
    draft = _at(draft_id, revision)
    if draft.state != SUBMITTED:
        raise Conflict("LESSON_NOT_SUBMITTED")
    if not may_publish(draft.writers, actor.user_id):
        raise Refused("LESSON_OWN_DRAFT")
    if not note:
        raise Invalid("LESSON_NOTE_NEEDED", field="note")
    draft.state, draft.note = WRITING, note
    _record("lesson:return", draft, actor, now)
    return draft


def discard(draft_id: str, revision: int, *, actor: Actor, now: datetime) -> None:
    """Throw the draft away; what is published stays as it is."""
    draft = _at(draft_id, revision)
    _record("lesson:discard", draft, actor, now)
    db.session.delete(draft)


def refuse_faults(content: Content) -> None:
    """Raises Invalid with the first thing that keeps the content from being published."""
    for name, code in faults_of(content):
        raise Invalid(code, field=name, **facts_of_fault(code, content))


def faults_of(content: Content) -> list[tuple[str, str]]:
    """(field, code) of everything that is missing or wrong, judged with the files that it names."""
    facts = queries.facts_of(media_ids(content))
    return faults(content, facts, frozenset(queries.competence_points()))


def unknown_points(content: Content) -> list[str]:
    """The competence codes that the national standard does not have, as they were typed."""
    known = queries.competence_points()
    return [code for code in content["competence"] if code not in known]


def facts_of_fault(code: str, content: Content) -> dict[str, str]:
    """What a fault's sentence names."""
    return {"codes": "、".join(unknown_points(content))} if code == "LESSON_COMPETENCE_UNKNOWN" else {}


def _at(draft_id: str, revision: int) -> LessonDraft:
    draft = _locked(draft_id)
    if draft.revision != revision:
        raise Conflict("LESSON_DRAFT_CHANGED", number=draft.revision)
    return draft


def _locked(draft_id: str) -> LessonDraft:
    """The draft, held against others until the unit of work ends."""
    found = db.session.scalar(select(LessonDraft).where(LessonDraft.id == draft_id).with_for_update())
    if found is None:
        raise NotFound("LESSON_DRAFT_NOT_FOUND")
    return found


def _record(action: str, draft: LessonDraft, actor: Actor, now: datetime, **facts: object) -> None:
    named = {"slug": draft.slug, "revision": draft.revision, **facts}
    record(action, ("lesson_draft", draft.id), now=now, actor_id=actor.user_id, facts=named)
