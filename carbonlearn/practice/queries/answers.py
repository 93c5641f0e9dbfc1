"""One's own answers: what was said last of each item, how often, and one answer with its question."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeAnswer, PracticeCard, PracticeStar
from carbonlearn.practice.queries.pool import Question, question_of
from carbonlearn.question_bank.models import CaseVersion, Item, ItemVersion

CHAPTER_MODES = ("chapter", "offline")


@dataclass(frozen=True, slots=True)
class Stat:
    """What somebody's answers to one item come to. ``times`` counts those given in its chapter."""

    times: int
    verdict: str
    function: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the question as it was asked."""

    answer: PracticeAnswer
    question: Question

    @property
    def value(self) -> Any:
        return json.loads(self.answer.value)


def stats(user_id: str) -> dict[str, Stat]:
    """For each item somebody ever answered: how often in its chapter, and the newest verdict that is not open; one statement."""
    in_chapter = func.sum(case((PracticeAnswer.mode.in_(CHAPTER_MODES), 1), else_=0))
    newest = func.coalesce(
        func.max(case((PracticeAnswer.verdict != "open", PracticeAnswer.id))), func.max(PracticeAnswer.id)
    )
    sums = (
        select(PracticeAnswer.item_id, in_chapter.label("times"), newest.label("newest"))
        .where(PracticeAnswer.user_id == user_id)
        .group_by(PracticeAnswer.item_id)
        .subquery()
    )
    rows = db.session.execute(
        select(sums.c.item_id, sums.c.times, PracticeAnswer.verdict, Item.function)
        .join(PracticeAnswer, PracticeAnswer.id == sums.c.newest)
        .join(Item, Item.id == sums.c.item_id)
    )
    return {item_id: Stat(int(times), verdict, function) for item_id, times, verdict, function in rows}


def own_answer(public_id: str, user_id: str, *, lock: bool = False) -> PracticeAnswer:
    """One's own answer. Raises NotFound for anybody else's."""
    query = select(PracticeAnswer).where(
        PracticeAnswer.public_id == public_id, PracticeAnswer.user_id == user_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("PRACTICE_ANSWER_NOT_FOUND")
    return found


def asked_question(answer: PracticeAnswer) -> Answered:
    """The answer with the version that was asked, though a newer one may be live by now."""
    item, version, found = db.session.execute(
        select(Item, ItemVersion, CaseVersion)
        .select_from(Item)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .outerjoin(CaseVersion, CaseVersion.id == ItemVersion.case_version_id)
        .where(Item.id == answer.item_id, ItemVersion.id == answer.version_id)
    ).one()
    return Answered(answer, question_of(item, version, found))


def starred_ids(user_id: str) -> frozenset[str]:
    """The items that somebody starred."""
    return frozenset(db.session.scalars(select(PracticeStar.item_id).where(PracticeStar.user_id == user_id)))


def card_ids(user_id: str, due_by: datetime | None = None) -> frozenset[str]:
    """The items in somebody's book; with ``due_by`` those whose turn has come by then."""
    query = select(PracticeCard.item_id).where(
        PracticeCard.user_id == user_id, PracticeCard.left_at.is_(None)
    )
    if due_by is not None:
        query = query.where(PracticeCard.due_at <= due_by)
    return frozenset(db.session.scalars(query))
