"""The signals over simulated learners: scripts of five kinds and honest people, ten hours each, from fixed seeds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from carbonlearn.study.rules.rhythm import Rhythm
from carbonlearn.study.rules.signals import CheckFact, RefusalFact, SpanFact, at_most, findings

BEGIN = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
TEN_HOURS = 36_000.0
PEOPLE = 200


@dataclass
class Habits:
    """How somebody beats, answers and rests. Times in seconds; ``beat`` maps the interval told to the one that came."""

    beat: Callable[[random.Random, float], float]
    delay: Callable[[random.Random], float]
    right: float
    rest_after: float | None = None


def honest_beat(dice: random.Random, told: float) -> float:
    lost = 2 if dice.random() < 0.05 else 1
    return min(64.0, told * lost) + dice.uniform(-2, 2)


def thinking(dice: random.Random) -> float:
    return 3 + dice.lognormvariate(2.2, 0.7)


HONEST = Habits(honest_beat, thinking, 0.85, rest_after=2_400)
SCRIPTS = {
    "a metronome": Habits(lambda dice, _told: 20 + dice.uniform(-0.1, 0.1), thinking, 1, rest_after=2_400),
    "a deaf one with jitter": Habits(lambda dice, _told: 20 + dice.uniform(-3, 3), thinking, 1, rest_after=2_400),
    "one that answers at once": Habits(honest_beat, lambda dice: dice.uniform(0.2, 1.0), 1, rest_after=2_400),
    "one that guesses": Habits(honest_beat, thinking, 0.25, rest_after=2_400),
    "one that waits five seconds": Habits(honest_beat, lambda dice: 5 + dice.uniform(0, 0.15), 1, rest_after=2_400),
    "one that never rests": Habits(honest_beat, lambda dice: dice.uniform(5, 20), 1),
}  # fmt: skip


@dataclass
class Life:
    """Ten hours of one learner as the ledger would hold them."""

    spans: list[SpanFact] = field(default_factory=list)
    checks: list[CheckFact] = field(default_factory=list)
    refusals: list[RefusalFact] = field(default_factory=list)


def live(habits: Habits, seed: int) -> Life:
    dice, life, now = random.Random(seed), Life(), 0.0
    while now < TEN_HOURS:
        now = _stretch(habits, dice, life, now)
    return life


def _stretch(habits: Habits, dice: random.Random, life: Life, now: float) -> float:
    """One span, to the next check, and now and then a rest after it."""
    began, rhythm, until = now, Rhythm(), now + dice.uniform(360, 900)
    while now < until:
        told = dice.randint(16, 21)
        interval = habits.beat(dice, told)
        rhythm, now = rhythm.with_beat(round(interval * 1000), told * 1000), now + interval
    life.spans.append(SpanFact(at(began), at(now), round((now - began) * 1000), rhythm))
    attempt, correct = 1, False
    while not correct:
        correct, delay = dice.random() < habits.right, habits.delay(dice)
        life.checks.append(CheckFact(at(now), at(now + delay), correct, attempt, 4))
        attempt, now = attempt + 1, now + delay
    if habits.rest_after and dice.random() < 600 / habits.rest_after:
        life.refusals.append(RefusalFact("paused", at(now)))
        now += dice.uniform(60, 600)
    return now


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(milliseconds=round(seconds * 1000))


def flagged(habits: Habits) -> list[set[str]]:
    lives = (live(habits, seed) for seed in range(PEOPLE))
    return [{one.signal for one in findings(life.spans, life.checks, life.refusals)} for life in lives]


@pytest.mark.parametrize("kind", SCRIPTS)
def test_nineteen_of_twenty_scripts_are_seen_within_ten_hours(kind: str) -> None:
    assert sum(bool(signals) for signals in flagged(SCRIPTS[kind])) >= 0.95 * PEOPLE


def test_hardly_an_honest_learner_is_suspected() -> None:
    suspected = [signals for signals in flagged(HONEST) if signals]
    assert len(suspected) <= 0.01 * PEOPLE, suspected


def turn_pages(seed: int, hours: float, seconds: tuple[float, float]) -> Rhythm:
    """The beats of an honest page whose parts take so long: one when the interval told has passed, and one at the end of each part."""
    dice, rhythm, now = random.Random(seed), Rhythm(), 0.0
    end = dice.uniform(*seconds)
    while now < hours * 3600:
        told = dice.randint(16, 21)
        beat = min(now + told, end)
        rhythm = rhythm.with_beat(round(1000 * (beat - now + dice.uniform(0, 0.3))), told * 1000)
        now, end = beat, end if beat < end else end + dice.uniform(*seconds)
    return rhythm


@pytest.mark.parametrize("seconds", [(20, 30), (30, 90)])
@pytest.mark.parametrize("hours", [2, 4])
def test_hardly_an_honest_reader_of_short_parts_is_suspected(
    seconds: tuple[float, float], hours: float
) -> None:
    rhythms = [turn_pages(seed, hours, seconds) for seed in range(PEOPLE)]
    lives = [[SpanFact(BEGIN, BEGIN + timedelta(hours=1), 1, rhythm)] for rhythm in rhythms]
    suspected = [one.signal for spans in lives for one in findings(spans, [], [])]
    assert len(suspected) <= 0.01 * PEOPLE


@pytest.mark.parametrize(
    ("kind", "signal"),
    [
        ("a metronome", "zero_variance"),
        ("a deaf one with jitter", "impossible_rhythm"),
        ("one that answers at once", "instant_answers"),
        ("one that guesses", "guessing"),
        ("one that waits five seconds", "clockwork"),
        ("one that never rests", "unbroken"),
    ],
)
def test_each_kind_is_seen_by_the_signal_made_for_it(kind: str, signal: str) -> None:
    assert signal in flagged(SCRIPTS[kind])[0]


def test_nothing_is_found_in_nothing() -> None:
    assert findings([], [], []) == []


def test_the_share_of_the_binomial_is_whole() -> None:
    assert at_most(8, 8, 0.7) == pytest.approx(1)
    assert at_most(0, 2, 0.5) == pytest.approx(0.25)
