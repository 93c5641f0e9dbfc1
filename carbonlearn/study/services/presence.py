"""Presence: a check is opened when the credited total reaches what is due, holds all further credit, and is answered once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.rules.lesson import part_anchor
from carbonlearn.catalogue.rules.study_limits import StudyLimits
from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study import queries
from carbonlearn.study.models import PresenceCheck, StudyLease, StudyPresence, StudySession
from carbonlearn.study.rules.credit import BeatReason
from carbonlearn.study.rules.presence import choosable, is_due, is_right, key_letters, next_due, offered
from carbonlearn.study.services.replies import Question
from carbonlearn.study.services.scene import Scene, locked_lease, scene_of

STEM_LANG = "zh"
_chance = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer came to. ``presence`` is the next question when there is one; amounts are milliseconds."""

    correct: bool
    key: list[str]
    explanation: str
    presence: Question | None
    credited_ms_lesson: int
    credited_ms_enrolment: int
    reason: str


def presence_row(enrolment_id: str) -> StudyPresence:
    """When the next check falls due; drawn when the enrolment is first studied."""
    found = queries.presence_of(enrolment_id)
    if found is None:
        enrolment = db.session.get_one(Enrolment, enrolment_id)
        limits = catalogue.rules_of(enrolment.programme_version_id).study
        found = StudyPresence(
            enrolment_id=enrolment_id, due_ms=_drawn(queries.credited_ms(enrolment_id), limits), unasked=0
        )
        db.session.add(found)
        db.session.flush()
    return found


def ask_when_due(scene: Scene, now: datetime) -> None:
    """Open a check when the credited total has reached it. Where nothing can be asked the check moves on, and is counted."""
    if scene.check is None and is_due(scene.enrolment_total(), scene.presence.due_ms):
        scene.check = _ask(scene.session, 1, now)
        if scene.check is None:
            _move_on(scene, unasked=True)


def answer_presence(check_id: str, choice: list[str], actor: Actor, now: datetime) -> Answered:
    """Take the one answer that counts: right lets credit go on from now, wrong brings another question.

    A second answer changes nothing and gets the first verdict. ``credited_ms_lesson`` is of the lesson that is open, which need not be
    the one in which the question was asked. Raises NotFound for a check of anybody else's, Invalid
    (PRESENCE_CHOICE_UNKNOWN) for what was not among the options; neither uses the answer up.
    """
    lease = locked_lease(actor.user_id)
    check = queries.own_check(check_id, actor)
    item, version = queries.item_of(check.item_version_id)
    key = key_letters(item.type, version.key)
    if not set(choice) <= set(check.order):
        raise Invalid("PRESENCE_CHOICE_UNKNOWN", field="choice")
    scene = _scene_for(check, lease)
    if check.answered_at is None:
        _take(scene, check, choice, key, now)
    return Answered(
        correct=bool(check.correct),
        key=key,
        explanation=version.explanation,
        presence=question_of(scene.check, scene.session.lesson_id),
        credited_ms_lesson=scene.lesson_total(),
        credited_ms_enrolment=scene.enrolment_total(),
        reason=scene.standstill(now).value,
    )


def bring_forward(enrolment_id: str) -> None:
    """When credit was taken away, no check lies farther ahead than one would be drawn from here."""
    found = queries.presence_of(enrolment_id)
    if found is not None:
        limits = catalogue.rules_of(db.session.get_one(Enrolment, enrolment_id).programme_version_id).study
        found.due_ms = min(found.due_ms, _drawn(queries.credited_ms(enrolment_id), limits))
        db.session.flush()


def question_of(check: PresenceCheck | None, lesson_id: str) -> Question | None:
    """The check as it is shown beside a lesson; nothing in it tells the answer."""
    if check is None:
        return None
    item, version = queries.item_of(check.item_version_id)
    texts = offered(item.type, version.options)
    options = [{"letter": letter, "text": texts[letter]} for letter in check.order]
    lesson, part = queries.lesson_asked_about(check, item), version.meta.get("part")
    anchor = part_anchor(lesson.kind, part) if part else ""
    about = {"slug": lesson.slug, "title": lesson.title, "en": lesson.en, "part": anchor}
    here = anchor if lesson.id == lesson_id else ""
    return Question(check.id, version.stem, STEM_LANG, item.type, options, check.attempt, here, about)


def reason_while(scene: Scene, reason: BeatReason) -> BeatReason:
    """The reason to tell: a check that was opened by the very beat which counted holds from now on."""
    earning = reason in (BeatReason.COUNTING, BeatReason.DAILY_CAP)
    return BeatReason.PRESENCE_DUE if earning and scene.check is not None else reason


def _scene_for(check: PresenceCheck, lease: StudyLease | None) -> Scene:
    """The session that earns now when it is of the same enrolment, else the one in which the question was asked."""
    presence = presence_row(check.enrolment_id)
    for session_id in (lease.session_id if lease else "", check.session_id):
        session = db.session.get(StudySession, session_id)
        if session is not None and session.enrolment_id == check.enrolment_id:
            return scene_of(session, lease, presence)
    raise AssertionError("a check belongs to a session of its enrolment")


def _take(scene: Scene, check: PresenceCheck, choice: list[str], key: list[str], now: datetime) -> None:
    check.answered_at, check.choice = max(now, check.asked_at), list(choice)
    check.correct = is_right(choice, key)
    db.session.flush()
    scene.check = None if check.correct else _ask(scene.session, check.attempt + 1, now)
    if scene.check is None:
        _move_on(scene, unasked=not check.correct)
        _go_on_from(scene, now)
    scene.set_ceiling(now)


def _go_on_from(scene: Scene, now: datetime) -> None:
    """Time spent on the question is spent: evidence counts from now."""
    scene.begin_day(now)
    heard = scene.span if scene.span is not None else scene.session
    heard.beat_at = max(scene.heard, now)
    db.session.flush()


def _move_on(scene: Scene, *, unasked: bool) -> None:
    scene.presence.due_ms = _drawn(scene.enrolment_total(), scene.limits)
    scene.presence.unasked += unasked
    db.session.flush()


def _drawn(total_ms: int, limits: StudyLimits) -> int:
    return next_due(total_ms, _chance.randint(*limits.presence_seconds))


def _ask(session: StudySession, attempt: int, now: datetime) -> PresenceCheck | None:
    """A new check on what was just studied; None where there is no question that may be asked."""
    tiers = queries.studied_ground(session.enrolment_id, session.lesson_id)
    found, versions = queries.candidates(session.enrolment_id, tiers)
    allowed = choosable(tiers, found, queries.last_asked_item(session.enrolment_id))
    if not allowed:
        return None
    version_id = versions[_chance.choice(allowed).item_id]
    check = PresenceCheck(
        enrolment_id=session.enrolment_id,
        user_id=session.user_id,
        session_id=session.id,
        lesson_id=session.lesson_id,
        item_version_id=version_id,
        asked_at=now,
        order=_order(version_id),
        attempt=attempt,
    )
    db.session.add(check)
    db.session.flush()
    return check


def _order(version_id: str) -> list[str]:
    """The options' letters as they will be shown: drawn, but right before wrong for a statement."""
    item, version = queries.item_of(version_id)
    letters = list(offered(item.type, version.options))
    if version.options:
        _chance.shuffle(letters)
    return letters
