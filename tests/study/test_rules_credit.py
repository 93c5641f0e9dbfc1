from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.study.rules import ground
from carbonlearn.study.rules.credit import BeatFacts, BeatReason, SpanFacts, Step, judge, needs_free_ground

LENGTH = 600_000
STEADY = BeatFacts(LENGTH, 20_000, 20_000, 40_000, SpanFacts(0, 20_000, LENGTH))


@pytest.mark.parametrize(
    ("change", "credit", "step", "reason"),
    [
        ({}, 20_000, Step.EXTEND, BeatReason.COUNTING),
        ({"visible": False}, 0, Step.KEEP, BeatReason.HIDDEN),
        ({"playing": False}, 0, Step.KEEP, BeatReason.PAUSED),
        ({"to_ms": 20_000}, 0, Step.KEEP, BeatReason.PAUSED),
        ({"presence_held": True}, 0, Step.KEEP, BeatReason.PRESENCE_DUE),
        ({"lease_current": False}, 0, Step.CLOSE, BeatReason.LEASE_LOST),
        ({"access_open": False}, 0, Step.CLOSE, BeatReason.ACCESS_CLOSED),
        ({"session_open": False, "lease_current": False}, 0, Step.CLOSE, BeatReason.SESSION_CLOSED),
        ({"elapsed_ms": 65_000, "to_ms": 85_000}, 65_000, Step.EXTEND, BeatReason.COUNTING),
        ({"elapsed_ms": 65_001, "to_ms": 85_001}, 0, Step.CLOSE, BeatReason.GAP),
        ({"elapsed_ms": 0}, 0, Step.KEEP, BeatReason.PAUSED),
        ({"to_ms": 60_000}, 20_000, Step.EXTEND, BeatReason.COUNTING),  # twice as fast as time
        ({"to_ms": 30_000}, 10_000, Step.EXTEND, BeatReason.COUNTING),  # stood still for half of it
        ({"from_ms": 22_000, "to_ms": 41_000}, 20_000, Step.EXTEND, BeatReason.COUNTING),
        ({"span": SpanFacts(0, 20_000, 25_000)}, 5_000, Step.EXTEND, BeatReason.COUNTING),
        (
            {"span": SpanFacts(0, 590_000, LENGTH), "from_ms": 590_000, "to_ms": 610_000},
            10_000,
            Step.EXTEND,
            BeatReason.COUNTING,
        ),
    ],
)
def test_a_beat_is_judged(change: dict[str, object], credit: int, step: Step, reason: BeatReason) -> None:
    verdict = judge(replace(STEADY, **change))  # type: ignore[arg-type]
    assert (verdict.credit_ms, verdict.step, verdict.reason) == (credit, step, reason)
    assert verdict.evidence == (step is not Step.CLOSE or reason is BeatReason.GAP)
    assert not needs_free_ground(replace(STEADY, **change))  # type: ignore[arg-type]


def test_a_seek_opens_a_span_on_free_ground() -> None:
    seek = replace(STEADY, from_ms=300_000, to_ms=320_000, free=((20_000, 310_000), (400_000, LENGTH)))
    assert needs_free_ground(seek)
    verdict = judge(seek)
    assert (verdict.credit_ms, verdict.step, verdict.span) == (
        10_000,
        Step.OPEN,
        SpanFacts(300_000, 310_000, 310_000),
    )


def test_ground_already_covered_earns_nothing_and_says_so() -> None:
    again = replace(STEADY, from_ms=100_000, to_ms=120_000, free=((20_000, 90_000),))
    assert judge(again).reason is BeatReason.ALREADY_CREDITED
    assert judge(again).evidence
    assert judge(replace(again, free=())).reason is BeatReason.LESSON_COMPLETE


def test_playing_on_from_covered_ground_earns_from_where_free_ground_begins() -> None:
    at_limit = replace(STEADY, span=SpanFacts(0, 20_000, 20_000), free=((30_000, LENGTH),))
    verdict = judge(at_limit)
    assert (verdict.credit_ms, verdict.span) == (10_000, SpanFacts(30_000, 40_000, LENGTH))


def test_the_first_beat_of_a_session_opens_its_first_span() -> None:
    first = BeatFacts(LENGTH, 20_000, 0, 20_000, free=((0, LENGTH),))
    assert judge(first).span == SpanFacts(0, 20_000, LENGTH)


stretches = st.lists(st.tuples(st.integers(-50, 700), st.integers(-50, 700)), max_size=12)


@given(stretches, st.integers(0, 650))
def test_covered_and_uncovered_share_the_lesson_without_overlap(
    spans: list[tuple[int, int]], length: int
) -> None:
    inside = {place for start, end in spans for place in range(max(start, 0), min(end, length))}
    gaps = {place for start, end in ground.uncovered(spans, length) for place in range(start, end)}
    assert gaps == set(range(length)) - inside
    assert ground.covered_ms(spans, length) == len(inside)


@given(stretches)
def test_merging_is_ordered_separate_and_stable(spans: list[tuple[int, int]]) -> None:
    merged = ground.merge(spans)
    assert all(first[1] < second[0] for first, second in pairwise(merged))
    assert ground.merge([*reversed(spans), *merged]) == merged
