"""A small ledger driven by the rule alone, under everything that a network or a cheat can do to beats."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from carbonlearn.study.rules.credit import BRIDGE_MS, BeatFacts, SpanFacts, Step, judge
from carbonlearn.study.rules.ground import covered_ms, uncovered


@dataclass
class Ledger:
    """One session on one lesson: closed spans, the open one, the time of the last evidence."""

    length: int
    at: int = 0
    spans: list[tuple[int, int]] = field(default_factory=list)
    open: SpanFacts | None = None
    credited: int = 0

    def beat(self, now: int, from_ms: int, to_ms: int, *, visible: bool = True, playing: bool = True) -> int:
        facts = BeatFacts(
            self.length,
            now - self.at,
            from_ms,
            to_ms,
            self.open,
            visible,
            playing,
            free=uncovered(self.ground, self.length),
        )
        verdict = judge(facts)
        if verdict.step in (Step.OPEN, Step.CLOSE) and self.open:
            self.spans.append((self.open.from_ms, self.open.to_ms))
        if verdict.step is not Step.KEEP:
            self.open = verdict.span
        if verdict.evidence:
            self.at = now
        self.credited += verdict.credit_ms
        return verdict.credit_ms

    @property
    def ground(self) -> list[tuple[int, int]]:
        return self.spans + ([(self.open.from_ms, self.open.to_ms)] if self.open else [])


positions = st.integers(-5_000, 130_000)
forged = st.lists(
    st.tuples(st.integers(0, 90_000), positions, positions, st.booleans(), st.booleans()), max_size=30
)


@settings(max_examples=400)
@given(forged, st.integers(0, 120_000))
def test_whatever_is_claimed_credit_stays_within_time_length_and_ledger(
    beats: list[tuple[int, int, int, bool, bool]], length: int
) -> None:
    ledger, now, idle = Ledger(length), 0, 0
    for wait, from_ms, to_ms, visible, playing in beats:
        now += wait
        earned = ledger.beat(now, from_ms, to_ms, visible=visible, playing=playing)
        assert 0 <= earned <= min(wait, BRIDGE_MS)
        idle += wait if not (visible and playing) or wait > BRIDGE_MS else 0
    assert ledger.credited <= now - idle
    assert ledger.credited <= length
    assert (
        ledger.credited
        == sum(end - start for start, end in ledger.ground)
        == covered_ms(ledger.ground, length)
    )


def play(beats: list[tuple[int, int, int]], length: int) -> int:
    ledger = Ledger(length)
    for now, from_ms, to_ms in beats:
        ledger.beat(now, from_ms, to_ms)
    return ledger.credited


@settings(max_examples=200)
@given(st.integers(2, 30), st.integers(0, 2**32), st.integers(0, 4))
def test_delayed_repeated_and_shuffled_beats_never_earn_more_than_honest_ones(
    count: int, seed: int, copies: int
) -> None:
    honest = [(20_000 * step, 20_000 * (step - 1), 20_000 * step) for step in range(1, count + 1)]
    length = 20_000 * count + 500_000
    dice = random.Random(seed)
    sent = honest + [dice.choice(honest) for _ in range(copies)]
    dice.shuffle(sent)
    arrivals = sorted(dice.randrange(0, 30_000) + at for at, _, _ in sent)
    disturbed = [(now, *claim[1:]) for now, claim in zip(arrivals, sent, strict=True)]
    assert play(honest, length) == 20_000 * count
    assert play(disturbed, length) <= 20_000 * count
    assert play(disturbed[: len(disturbed) // 2], length) <= play(honest, length)


def heard_moments(dice: random.Random, total: int) -> list[int]:
    """When the beats that arrive were sent: told intervals, 5 % lost, each lost one tried again after five seconds as the page does."""
    moment, lost, heard = 0, False, list[int]()
    while moment < total:
        moment = min(total, moment + (5_000 if lost else dice.randint(16, 21) * 1_000))
        lost = dice.random() < 0.05 and moment < total
        heard += [] if lost else [moment]
    return heard


@settings(max_examples=100)
@given(st.integers(0, 2**32))
def test_an_honest_learner_on_a_bad_network_loses_at_most_two_percent(seed: int) -> None:
    """Half an hour, 5 % of beats lost, arrivals 2 s early to 2 s late; the client reports from its last acknowledged position."""
    dice = random.Random(seed)
    ledger, acknowledged, total = Ledger(10_000_000), 0, 1_800_000
    for moment in heard_moments(dice, total):
        ledger.beat(moment + dice.randrange(0, 4_000), acknowledged, moment)
        acknowledged = moment
    assert ledger.credited >= 0.98 * total


def test_a_lost_acknowledgement_costs_the_learner_nothing() -> None:
    assert play([(20_000, 0, 20_000), (40_000, 0, 40_000), (60_000, 0, 60_000)], 600_000) == 60_000


def test_double_speed_earns_server_time_and_leaves_the_rest_to_be_followed() -> None:
    ledger = Ledger(80_000)
    for step in range(1, 3):
        ledger.beat(20_000 * step, 40_000 * (step - 1), 40_000 * step)
    assert ledger.credited == 40_000
    for step in range(1, 5):
        ledger.beat(40_000 + 20_000 * step, 20_000 * (step - 1), 20_000 * step)
    assert ledger.credited == 80_000
