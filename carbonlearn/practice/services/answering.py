"""One answer: kept once, judged at once, and remembered in the book when it was wrong. Also stars, and taking an item out of the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.rules.programme import Track
from carbonlearn.core.errors import Invalid, NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.practice.models import PracticeAnswer, PracticeCard, PracticeStar
from carbonlearn.practice.queries.answers import own_answer
from carbonlearn.practice.queries.pool import Question, question, version_key
from carbonlearn.practice.rules.memory import Memory, first_met, is_known, turned
from carbonlearn.practice.rules.verdict import OWN_WORD, Verdict, verdict_of
from carbonlearn.practice.services.days import finish_day
from carbonlearn.sittings.rules.face import SHORT, ItemShape, answer_fault, settled
from carbonlearn.sittings.rules.receipt import value_text

MODES = ("chapter", "book", "stars", "daily", "offline")


@dataclass(frozen=True, slots=True)
class Wish:
    """One answer as a page or a device sends it. ``version_id``: the text that was asked, empty for the live one. ``judged``: what
    the writer says of a short answer, where that comes along."""

    item_id: str
    mode: str
    value: Any
    operation_id: str
    version_id: str = ""
    judged: str = ""


def answer(wish: Wish, *, actor: Actor, track: Track, zone: ZoneInfo, now: datetime) -> PracticeAnswer:
    """Keep one answer and say what it was. The same operation again gives the same answer back and changes nothing.

    Raises NotFound PRACTICE_ITEM_NOT_FOUND; Invalid PRACTICE_ANSWER_EMPTY, PRACTICE_ANSWER_FORM, PRACTICE_ITEM_CHANGED.
    """
    hold(actor.user_id)
    known = _known(actor.user_id, wish.operation_id)
    if known is not None:
        return known
    asked = question(wish.item_id, track, actor.user_id)
    value = _checked(asked, wish.value)
    version_id, key = version_key(asked, wish.version_id, now)
    verdict = verdict_of(asked.type, key, value)
    if verdict is Verdict.OPEN and wish.judged in OWN_WORD:
        verdict = Verdict(wish.judged)
    made = PracticeAnswer(
        user_id=actor.user_id,
        item_id=asked.id,
        version_id=version_id,
        mode=wish.mode,
        value=value_text(value),
        verdict=verdict.value,
        operation_id=wish.operation_id,
        answered_at=now,
    )
    db.session.add(made)
    db.session.flush()
    remember(actor.user_id, {asked.id: verdict}, zone, now)
    if wish.mode == "daily":
        finish_day(actor.user_id, track, zone, now)
    return made


def judge(public_id: str, word: str, *, actor: Actor, zone: ZoneInfo, now: datetime) -> PracticeAnswer:
    """What the writer of a short answer finds of it, once; a second word changes nothing.

    Raises NotFound; Invalid PRACTICE_VERDICT_UNKNOWN.
    """
    if word not in OWN_WORD:
        raise Invalid("PRACTICE_VERDICT_UNKNOWN", field="verdict")
    hold(actor.user_id)
    found = own_answer(public_id, actor.user_id, lock=True)
    if found.verdict == Verdict.OPEN:
        found.verdict = word
        remember(actor.user_id, {found.item_id: Verdict(word)}, zone, now)
    return found


def remember(user_id: str, verdicts: dict[str, Verdict], zone: ZoneInfo, now: datetime) -> None:
    """Bring the book up to date after answers: what went wrong comes in, whose turn it was gets its next, what is known leaves.

    One statement for all cards, however many. The caller holds the learner's row.
    """
    query = select(PracticeCard).where(
        PracticeCard.user_id == user_id, PracticeCard.item_id.in_(list(verdicts))
    )
    cards = {card.item_id: card for card in db.session.scalars(query)}
    for item_id, verdict in verdicts.items():
        card = cards.get(item_id)
        inside = card is not None and card.left_at is None
        if verdict is Verdict.OPEN or (verdict is Verdict.RIGHT and not inside):
            continue
        if card is None:
            card = PracticeCard(user_id=user_id, item_id=item_id, entered_at=now, wrong=0)
            _write(card, first_met(now))
            db.session.add(card)
        _turn(card, verdict, zone, now)
    db.session.flush()


def _turn(card: PracticeCard, verdict: Verdict, zone: ZoneInfo, now: datetime) -> None:
    if verdict is not Verdict.RIGHT:
        card.left_at = None
        card.wrong += verdict is Verdict.WRONG
    memory = turned(_read(card), verdict, zone, now)
    _write(card, memory)
    if is_known(memory):
        card.left_at = now


def _read(card: PracticeCard) -> Memory:
    return Memory(card.state, card.step, card.stability, card.difficulty, card.due_at, card.reviewed_at)


def _write(card: PracticeCard, memory: Memory) -> None:
    card.state, card.step = memory.state, memory.step
    card.stability, card.difficulty = memory.stability, memory.difficulty
    card.due_at, card.reviewed_at = memory.due, memory.reviewed_at


def leave_book(item_id: str, *, actor: Actor, now: datetime) -> None:
    """Take an item out of one's book by hand; it comes back when it is answered wrongly again. Raises NotFound."""
    hold(actor.user_id)
    card = db.session.get(PracticeCard, (actor.user_id, item_id))
    if card is None:
        raise NotFound("PRACTICE_ITEM_NOT_FOUND")
    card.left_at = card.left_at or now


def set_star(item_id: str, on: bool, *, actor: Actor, track: Track, now: datetime) -> None:
    """Star an item, or take the star away; doing so twice changes nothing. Raises NotFound for an item that is not one's to see."""
    hold(actor.user_id)
    if not on:
        mine = (PracticeStar.user_id == actor.user_id) & (PracticeStar.item_id == item_id)
        db.session.execute(delete(PracticeStar).where(mine))
        return
    question(item_id, track, actor.user_id)
    if db.session.get(PracticeStar, (actor.user_id, item_id)) is None:
        db.session.add(PracticeStar(user_id=actor.user_id, item_id=item_id, at=now))


def hold(user_id: str) -> None:
    """Let a learner's own writes to practice come one after the other; nobody else waits, and no key that points here does."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def _known(user_id: str, operation_id: str) -> PracticeAnswer | None:
    return db.session.scalar(
        select(PracticeAnswer).where(
            PracticeAnswer.user_id == user_id, PracticeAnswer.operation_id == operation_id
        )
    )


def _checked(asked: Question, value: Any) -> Any:
    """The answer as it is kept. An empty one is none."""
    value = settled(value)
    if value is None:
        raise Invalid("PRACTICE_ANSWER_EMPTY", field="value")
    if asked.type == SHORT and isinstance(value, str):
        value = value.strip()
    if answer_fault(ItemShape(asked.type, frozenset(asked.options)), value) or not _is_text(value):
        raise Invalid("PRACTICE_ANSWER_FORM", field="value")
    return value


def _is_text(value: Any) -> bool:
    try:
        value_text(value)
    except ValueError:  # half a sign, cut off: no text that could be stored
        return False
    return True
