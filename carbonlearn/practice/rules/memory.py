"""When an item that was answered wrongly should come again, by the FSRS model of memory, and when it is known.

The model is the library's with its own parameters; no fuzz, so that the same answers at the same instants give the same days. One
learning step of ten minutes: an item answered wrongly may be tried again at once, and comes back the next day at the earliest.
What was partly right is somewhere between: its turn is a later day at once, and never so far away that it would count as known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fsrs import Card, Rating, Scheduler, State

from carbonlearn.practice.rules.verdict import Verdict

STEP = timedelta(minutes=10)
ONE_DAY = timedelta(days=1)
KNOWN_AFTER = timedelta(days=21)
"""An item whose next turn would be this far away is known, and leaves the book."""

RATINGS = {Verdict.RIGHT: Rating.Good, Verdict.PARTLY: Rating.Hard, Verdict.WRONG: Rating.Again}
MODEL = Scheduler(learning_steps=(STEP,), relearning_steps=(STEP,), enable_fuzzing=False)
WITHOUT_STEPS = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
"""For what was partly right: by a step it would be due again a quarter of an hour later, for ever."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of how well somebody remembers an item. Stability is in days; ``step`` is None once learning is over."""

    state: int
    step: int | None
    stability: float | None
    difficulty: float | None
    due: datetime
    reviewed_at: datetime | None


def first_met(now: datetime) -> Memory:
    """An item that has just entered the book and was not yet judged."""
    return Memory(State.Learning.value, 0, None, None, now, None)


def reviewed(memory: Memory, verdict: Verdict, now: datetime) -> Memory:
    """After one more answer. ``now`` is an aware instant in UTC. Raises ValueError for an open verdict, which says nothing yet."""
    if verdict not in RATINGS:
        raise ValueError("an open answer teaches nothing about memory")
    card = Card(
        card_id=0,
        state=State(memory.state),
        step=memory.step,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due,
        last_review=memory.reviewed_at,
    )
    model = WITHOUT_STEPS if verdict is Verdict.PARTLY else MODEL
    after, _log = model.review_card(card, RATINGS[verdict], now)
    return Memory(after.state.value, after.step, after.stability, after.difficulty, after.due, now)


def turned(memory: Memory, verdict: Verdict, zone: ZoneInfo, now: datetime) -> Memory:
    """After an answer, with the next turn at the beginning of its day in this zone, so that "today" is one thing all day long.

    An answer before its turn is no proof of memory and changes nothing unless it was wrong. Only a right one can make an item known.
    """
    if verdict is not Verdict.WRONG and now < memory.due:
        return memory
    after = reviewed(memory, verdict, now)
    due = after.due if verdict is Verdict.RIGHT else min(after.due, now + KNOWN_AFTER - ONE_DAY)
    if due - now < ONE_DAY:
        return replace(after, due=due)
    return replace(after, due=datetime.combine(due.astimezone(zone).date(), time(), zone).astimezone(UTC))


def is_known(memory: Memory) -> bool:
    """Whether the next turn is so far away that the item needs no book. The turn may stand at the beginning of its day."""
    return memory.reviewed_at is not None and memory.due - memory.reviewed_at > KNOWN_AFTER - ONE_DAY
