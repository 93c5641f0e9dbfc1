"""The shelves that a learner practises from: a light row for each item, and one question with all its texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue.rules.programme import Track
from carbonlearn.core.errors import Invalid, NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.queries import OwnPlace, OwnPlaces, places_shown
from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeAnswer
from carbonlearn.practice.rules.reach import Shelf, may_practise, shelves
from carbonlearn.question_bank.models import CaseVersion, Item, ItemVersion

PRACTICE, MOCK = "practice", "mock"
OLDER_COUNTS = timedelta(days=2)
"""So long an answer to the text of before an edit is judged by that text: it lay on a table, or came home from a day without a network."""


@dataclass(frozen=True, slots=True)
class PoolItem:
    """A live item as lists and orders need it. ``lesson`` is set where the item is tied to one."""

    id: str
    version_id: str
    type: str
    function: str
    job_type: str
    level: str
    case_id: str
    lesson: str


@dataclass(frozen=True, slots=True)
class Question:
    """An item with the texts of one version. Key, rubric and what follows go out with the verdict only, or in a downloaded set."""

    id: str
    version_id: str
    pool: str
    type: str
    function: str
    difficulty: int
    stem: str
    options: Mapping[str, str]
    case: str
    key: tuple[Any, ...]
    reference: str
    rubric: tuple[Mapping[str, Any], ...]
    explanation: str
    source: str


def place_of(actor: Actor, asked: str | None, now: datetime) -> tuple[OwnPlaces, OwnPlace]:
    """The place that a page of practice is about. Raises NotFound PRACTICE_NOT_OPEN for who has none that may practise."""
    places = places_shown(actor, asked, now)
    shown = places.shown if places else None
    if places is None or shown is None or not may_practise(shown.standing.value):
        raise NotFound("PRACTICE_NOT_OPEN")
    return places, shown


def open_places(actor: Actor, now: datetime) -> list[OwnPlace]:
    """All places of somebody that may practise, those that can be gone on with first."""
    places = places_shown(actor, None, now)
    own = (*places.current, *places.ended) if places else ()
    return [place for place in own if may_practise(place.standing.value)]


def shelves_of(track: Track) -> tuple[Shelf, ...]:
    """The shelves of a programme's track, by the occupation's names where it has them."""
    return shelves(track.occupation_job_type or track.job_type, track.occupation_level or track.level)


def pool(track: Track, name: str = PRACTICE) -> list[PoolItem]:
    """Every live item of a pool on the track's shelves, by number; one statement."""
    rows = db.session.execute(
        select(
            Item.id,
            ItemVersion.id,
            Item.type,
            Item.function,
            Item.job_type,
            Item.level,
            CaseVersion.case_id,
            Item.lesson_slug,
        )
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .outerjoin(CaseVersion, CaseVersion.id == ItemVersion.case_version_id)
        .where(Item.pool == name, Item.status == "live", on_shelves(shelves_of(track)))
        .order_by(Item.external_id)
    )
    return [PoolItem(*row[:6], row[6] or "", row[7] or "") for row in rows]


def on_shelves(asked: Collection[Shelf]) -> ColumnElement[bool]:
    """That an item stands on one of these shelves."""
    return or_(*(and_(Item.job_type == job_type, Item.level == level) for job_type, level in asked))


def askable(track: Track, user_id: str) -> ColumnElement[bool]:
    """That a learner may be asked an item on a track today. Every list is made by this, so that none names what cannot be opened."""
    of_track = and_(Item.pool == PRACTICE, on_shelves(shelves_of(track)))
    return and_(Item.status == "live", or_(of_track, _met(user_id)))


def question(item_id: str, track: Track, user_id: str) -> Question:
    """A question that this learner may be asked: of the practice pool on the track's shelves, or of one's own book.

    Raises NotFound for any other, so that no item of an exam and no mock item that was not met is ever shown.
    """
    found = db.session.execute(
        _texts()
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .outerjoin(CaseVersion, CaseVersion.id == ItemVersion.case_version_id)
        .where(Item.id == item_id, askable(track, user_id))
    ).first()
    if found is None:
        raise NotFound("PRACTICE_ITEM_NOT_FOUND")
    return question_of(*found)


def version_key(asked: Question, version_id: str, now: datetime) -> tuple[str, tuple[Any, ...]]:
    """The version that was asked and its key: an older one where the item was edited while it lay on the table, else the live one.

    Raises Invalid PRACTICE_ITEM_CHANGED for an older one when the live one has been in use for days: nobody is told for ever that what
    a wrong key said was right.
    """
    if version_id and version_id != asked.version_id:
        older = db.session.scalar(
            select(ItemVersion).where(ItemVersion.id == version_id, ItemVersion.item_id == asked.id)
        )
        if older is not None and now - _in_use_since(asked) > OLDER_COUNTS:
            raise Invalid("PRACTICE_ITEM_CHANGED", field="version_id")
        if older is not None:
            return older.id, tuple(older.key)
    return asked.version_id, asked.key


def _in_use_since(asked: Question) -> datetime:
    """When the live version was put to use; when it was written, for what was shipped."""
    activated = select(func.max(AuditEntry.at)).where(
        AuditEntry.subject_id == asked.id, AuditEntry.action == "item:activate"
    )
    written = db.session.get_one(ItemVersion, asked.version_id).created_at
    return max(db.session.scalar(activated) or written, written)


def _met(user_id: str) -> ColumnElement[bool]:
    """That the learner answered this item in a mock before; an item of the exam pool never is one."""
    met = select(PracticeAnswer.id).where(
        PracticeAnswer.user_id == user_id, PracticeAnswer.item_id == Item.id
    )
    return and_(Item.pool == MOCK, met.exists())


def questions(item_ids: Collection[str]) -> dict[str, Question]:
    """The live texts of these items of the practice pool, by id; one statement. For a set to take along."""
    rows = db.session.execute(
        _texts()
        .join(ItemVersion, ItemVersion.id == Item.live_version_id)
        .outerjoin(CaseVersion, CaseVersion.id == ItemVersion.case_version_id)
        .where(Item.id.in_(list(item_ids)), Item.status == "live", Item.pool == PRACTICE)
    )
    return {row[0].id: question_of(*row) for row in rows}


def _texts() -> Any:
    return select(Item, ItemVersion, CaseVersion).select_from(Item)


def question_of(item: Item, version: ItemVersion, case: CaseVersion | None) -> Question:
    """The rows as a question."""
    return Question(
        id=item.id,
        version_id=version.id,
        pool=item.pool,
        type=item.type,
        function=item.function,
        difficulty=item.difficulty,
        stem=version.stem,
        options=dict(sorted(version.options.items())),
        case=case.text if case else "",
        key=tuple(version.key),
        reference=version.reference,
        rubric=tuple(version.rubric),
        explanation=version.explanation,
        source=version.source,
    )
