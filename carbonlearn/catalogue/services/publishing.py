"""A draft becomes a version: frozen, numbered, with its honest lengths, from an instant on. What learners earned before stays theirs."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries
from carbonlearn.catalogue.models import Lesson, LessonDraft, LessonVersion
from carbonlearn.catalogue.rules.lesson import Content, may_publish, media_ids, outline, shown_media
from carbonlearn.catalogue.services.drafts import SUBMITTED, refuse_faults
from carbonlearn.catalogue.services.lessons import meta_of, render, show
from carbonlearn.catalogue.services.turning import newest_number, turn
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db


def publish(
    draft_id: str, revision: int, effective_from: datetime | None, *, actor: Actor, now: datetime
) -> LessonVersion:
    """Publish a submitted draft; it holds from ``effective_from``, else at once. The draft is gone afterwards.

    Raises Refused LESSON_OWN_DRAFT for whoever wrote any of it, Conflict when it was changed or is not submitted, Invalid for a day
    that is over or a content with a fault.
    """
    draft = _ready(draft_id, revision, actor)
    if effective_from is not None and effective_from < now:
        raise Invalid("LESSON_DAY_OVER", field="effective_from")
    refuse_faults(draft.content)
    lesson = _lesson_of(draft)
    version = _freeze(lesson, draft, effective_from or now, actor, now)
    turn(lesson, now)
    facts = {
        "version": version.number, "sha256": version.sha256, "length_ms": version.length_ms,
        "effective_from": version.effective_from.isoformat(), "revision": draft.revision,
    }  # fmt: skip
    record("lesson:publish", ("lesson", lesson.id), now=now, actor_id=actor.user_id, facts=facts)
    db.session.delete(draft)
    return version


def _ready(draft_id: str, revision: int, actor: Actor) -> LessonDraft:
    draft = db.session.scalar(select(LessonDraft).where(LessonDraft.id == draft_id).with_for_update())
    if draft is None:
        raise NotFound("LESSON_DRAFT_NOT_FOUND")
    if not may_publish(draft.writers, actor.user_id):
        raise Refused("LESSON_OWN_DRAFT")
    if draft.revision != revision:
        raise Conflict("LESSON_DRAFT_CHANGED", number=draft.revision)
    if draft.state != SUBMITTED:
        raise Conflict("LESSON_NOT_SUBMITTED")
    return draft


def _lesson_of(draft: LessonDraft) -> Lesson:
    if draft.lesson_id is not None:
        return db.session.get_one(Lesson, draft.lesson_id)
    content = draft.content
    lesson = Lesson(
        slug=draft.slug, kind=content["kind"], title=content["title"], en=content["en"], length_ms=0
    )
    db.session.add(lesson)
    db.session.flush()
    return lesson


def _freeze(
    lesson: Lesson, draft: LessonDraft, effective_from: datetime, actor: Actor, now: datetime
) -> LessonVersion:
    content: Content = draft.content
    media = queries.facts_of(media_ids(content))
    parts, shown = outline(content, media), shown_media(content, media)
    version = LessonVersion(
        lesson_id=lesson.id,
        number=newest_number(lesson.id) + 1,
        sha256=hashlib.sha256(canonical_json({"content": content, "media": shown})).hexdigest(),
        summary=content["summary"],
        html=render(content["body"]),
        outline=[asdict(part) for part in parts],
        media=shown,
        meta=meta_of(content),
        length_ms=parts[-1].to_ms,
        source=content,
        writers=list(draft.writers),
        published_by=actor.user_id,
        published_at=now,
        effective_from=effective_from,
    )
    db.session.add(version)
    db.session.flush()
    show(version, media)
    return version
