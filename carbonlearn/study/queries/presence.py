"""Presence read: what is due, what was asked, what was studied lately and so may be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from carbonlearn.catalogue.models import Lesson, LessonVersion
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.question_bank.queries import presence_items
from carbonlearn.study.models import PresenceCheck, StudyPresence, StudySession, StudySpan
from carbonlearn.study.rules.ground import Stretch
from carbonlearn.study.rules.presence import Candidate, Ground, newest_ground, parts_met

RECORDED = ("video", "audio")
LATELY = 12  # spans


def presence_of(enrolment_id: str) -> StudyPresence | None:
    """When the enrolment's next check falls due; None before it was first studied."""
    return db.session.get(StudyPresence, enrolment_id)


def held_check(enrolment_id: str) -> PresenceCheck | None:
    """The check that waits for its answer, if there is one."""
    return db.session.scalar(
        select(PresenceCheck).where(
            PresenceCheck.enrolment_id == enrolment_id, PresenceCheck.answered_at.is_(None)
        )
    )


def own_check(check_id: str, actor: Actor) -> PresenceCheck:
    """A check of the actor's own. Raises NotFound for anybody else's."""
    found = db.session.scalar(
        select(PresenceCheck).where(PresenceCheck.id == check_id, PresenceCheck.user_id == actor.user_id)
    )
    if found is None:
        raise NotFound("PRESENCE_CHECK_NOT_FOUND")
    return found


def item_of(version_id: str) -> tuple[Item, ItemVersion]:
    """The question of a check, with its frozen text."""
    row = db.session.execute(
        select(Item, ItemVersion)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemVersion.id == version_id)
    ).one()
    return row[0], row[1]


def lesson_asked_about(check: PresenceCheck, item: Item) -> Lesson:
    """The lesson that a question is about: the item's own, else the one in which it was asked."""
    own = db.session.scalar(select(Lesson).where(Lesson.slug == item.lesson_slug))
    return own or db.session.get_one(Lesson, check.lesson_id)


def studied_ground(enrolment_id: str, lesson_id: str) -> list[Ground]:
    """What may be asked about, the nearest first: the parts of this lesson followed last, all that was followed of it, other lessons
    studied lately.
    """
    rows = db.session.execute(
        select(Lesson.id, Lesson.slug, Lesson.kind, StudySpan.from_ms, StudySpan.to_ms, LessonVersion.outline)
        .join(Lesson, Lesson.id == StudySpan.lesson_id)
        .join(StudySession, StudySession.id == StudySpan.session_id)
        .join(LessonVersion, LessonVersion.id == StudySession.lesson_version_id)
        .where(StudySpan.enrolment_id == enrolment_id, ~StudySpan.is_void)
        .order_by(StudySpan.beat_at.desc(), StudySpan.id.desc())
        .limit(LATELY)
    ).all()
    here = [row for row in rows if row.id == lesson_id]
    others = {row.id: row for row in rows if row.id != lesson_id}
    tiers = []
    if here:
        stretches = [(row.from_ms, row.to_ms) for row in here]
        tiers = [_ground(here[0], newest_ground(stretches)), _ground(here[0], stretches)]
    for other in others:
        of_it = [row for row in rows if row.id == other]
        tiers.append(_ground(of_it[0], [(row.from_ms, row.to_ms) for row in of_it]))
    return tiers


def _ground(row: Any, stretches: Sequence[Stretch]) -> Ground:
    if row.kind in RECORDED:
        return Ground(row.slug, None)
    parts = [(part["from_ms"], part["to_ms"]) for part in row.outline]
    return Ground(row.slug, parts_met(parts, stretches))


def candidates(enrolment_id: str, tiers: Sequence[Ground]) -> tuple[list[Candidate], dict[str, str]]:
    """The live questions on this ground with how often each was asked in the enrolment, and the version of each by item."""
    rows = db.session.execute(
        select(ItemVersion.item_id, func.count())
        .join(PresenceCheck, PresenceCheck.item_version_id == ItemVersion.id)
        .where(PresenceCheck.enrolment_id == enrolment_id)
        .group_by(ItemVersion.item_id)
    )
    asked = {row.item_id: int(row[1]) for row in rows}
    items = presence_items({tier.lesson for tier in tiers})
    found = [Candidate(one.item_id, one.lesson, one.part, asked.get(one.item_id, 0)) for one in items]
    return found, {one.item_id: one.version_id for one in items}


def last_asked_item(enrolment_id: str) -> str | None:
    """The item of the newest check."""
    return db.session.scalar(
        select(ItemVersion.item_id)
        .join(PresenceCheck, PresenceCheck.item_version_id == ItemVersion.id)
        .where(PresenceCheck.enrolment_id == enrolment_id)
        .order_by(PresenceCheck.asked_at.desc(), PresenceCheck.attempt.desc())
        .limit(1)
    )
