"""What one heartbeat earns, and the reason when it earns nothing.

Source: domain paper, "Credited study time", rules 1 to 9; threats paper 5.1 for the bridge. All figures are whole milliseconds:
``elapsed_ms`` is server time since the last evidence of this learner was accepted, positions are places in the lesson.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carbonlearn.study.rules.ground import Stretch, first_free

BEAT_SECONDS = 20  # the usual interval; the one that is told lies between 16 and 21 s
BRIDGE_MS = 65_000  # two lost beats of at most 21 s, and slack
CONTIGUITY_MS = (
    4_000  # arrivals up to 2 s early and 2 s late: so far may the credited end lag behind the player
)


class BeatReason(StrEnum):
    """What the learner is told: counting, or why the number stands still."""

    COUNTING = "counting"
    PAUSED = "paused"
    HIDDEN = "hidden"
    PRESENCE_DUE = "presence_due"
    DAILY_CAP = "daily_cap"
    QUIET_HOURS = "quiet_hours"
    LEASE_LOST = "lease_lost"
    ALREADY_CREDITED = "already_credited"
    GAP = "gap"
    LESSON_COMPLETE = "lesson_complete"
    ACCESS_CLOSED = "access_closed"
    SESSION_CLOSED = "session_closed"


class Step(StrEnum):
    """What happens to the ledger: the open span grows, a new one opens (the old one closes), it closes, or nothing changes."""

    EXTEND = "extend"
    OPEN = "open"
    CLOSE = "close"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """The open span: the ground followed so far, and where ground already covered begins."""

    from_ms: int
    to_ms: int
    limit_ms: int


@dataclass(frozen=True, slots=True)
class BeatFacts:
    """One beat as the server sees it. ``visible`` and ``playing`` speak of the whole time since the last beat.

    ``free`` is the uncovered ground of the lesson, the open span counted as covered. It is read only when ``needs_free_ground``
    says so, which spares the usual beat a walk through the ledger. ``cap_left_ms`` is what the day may still earn; None: no cap.
    """

    length_ms: int
    elapsed_ms: int
    from_ms: int
    to_ms: int
    span: SpanFacts | None = None
    visible: bool = True
    playing: bool = True
    lease_current: bool = True
    access_open: bool = True
    session_open: bool = True
    presence_held: bool = False
    quiet: bool = False
    cap_left_ms: int | None = None
    free: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class BeatVerdict:
    """What the beat earned and what becomes of the span (its bounds after this beat, for EXTEND and OPEN).

    ``evidence`` says whether the beat's time now counts as the last accepted evidence: it does whether or not it earned, so that
    time spent on a pause or on covered ground can never be spent twice; it does not when the beat had no right to speak.
    """

    credit_ms: int
    step: Step
    reason: BeatReason
    evidence: bool
    span: SpanFacts | None = None


def is_contiguous(facts: BeatFacts) -> bool:
    """Whether the claimed stretch goes on from where the open span ends, within the tolerance."""
    span = facts.span
    return span is not None and facts.from_ms <= span.to_ms + CONTIGUITY_MS and facts.to_ms >= span.to_ms


def needs_free_ground(facts: BeatFacts) -> bool:
    """Whether judging needs ``free``: the beat may earn, but not by growing the open span."""
    if _refusal(facts) is not None or _standstill(facts) is not None:
        return False
    return not _can_grow(facts)


def judge(facts: BeatFacts) -> BeatVerdict:
    """What this beat earns: the least of the ground claimed, the server time that passed, and the free ground."""
    refusal = _refusal(facts)
    if refusal is not None:
        return BeatVerdict(0, Step.CLOSE, refusal, evidence=False)
    standstill = _standstill(facts)
    if standstill is BeatReason.GAP:
        return BeatVerdict(0, Step.CLOSE, standstill, evidence=True)
    if standstill is not None:
        return BeatVerdict(0, Step.KEEP, standstill, evidence=True)
    return _grow(facts) if _can_grow(facts) else _open(facts)


def _refusal(facts: BeatFacts) -> BeatReason | None:
    if not facts.session_open:
        return BeatReason.SESSION_CLOSED
    if not facts.lease_current:
        return BeatReason.LEASE_LOST
    return None if facts.access_open else BeatReason.ACCESS_CLOSED


def _standstill(facts: BeatFacts) -> BeatReason | None:
    """Why the time since the last evidence earns nothing, however the lesson stands."""
    if facts.elapsed_ms > BRIDGE_MS:
        return BeatReason.GAP
    if facts.quiet:
        return BeatReason.QUIET_HOURS
    if facts.presence_held:
        return BeatReason.PRESENCE_DUE
    if not facts.visible:
        return BeatReason.HIDDEN
    moved = facts.to_ms > facts.from_ms and facts.elapsed_ms > 0
    if not (facts.playing and moved):
        return BeatReason.PAUSED
    return BeatReason.DAILY_CAP if facts.cap_left_ms is not None and facts.cap_left_ms <= 0 else None


def _can_grow(facts: BeatFacts) -> bool:
    return facts.span is not None and is_contiguous(facts) and facts.span.to_ms < _limit(facts, facts.span)


def _limit(facts: BeatFacts, span: SpanFacts) -> int:
    return min(span.limit_ms, facts.length_ms)


def _grow(facts: BeatFacts) -> BeatVerdict:
    span = facts.span
    assert span is not None  # noqa: S101 - _can_grow has looked
    earned = _capped(facts, min(facts.to_ms - span.to_ms, facts.elapsed_ms, _limit(facts, span) - span.to_ms))
    if earned <= 0:
        return BeatVerdict(0, Step.KEEP, BeatReason.PAUSED, evidence=True)
    grown = SpanFacts(span.from_ms, span.to_ms + earned, span.limit_ms)
    return BeatVerdict(earned, Step.EXTEND, _earning(facts, earned), evidence=True, span=grown)


def _capped(facts: BeatFacts, earned: int) -> int:
    return earned if facts.cap_left_ms is None else min(earned, facts.cap_left_ms)


def _earning(facts: BeatFacts, earned: int) -> BeatReason:
    """Counting, or what stops it from now on."""
    return BeatReason.DAILY_CAP if earned == facts.cap_left_ms else BeatReason.COUNTING


def _open(facts: BeatFacts) -> BeatVerdict:
    found = first_free(facts.free, max(0, facts.from_ms), min(facts.to_ms, facts.length_ms))
    if found is None:
        reason = BeatReason.ALREADY_CREDITED if facts.free else BeatReason.LESSON_COMPLETE
        return BeatVerdict(0, Step.KEEP, reason, evidence=True)
    begin, limit = found
    earned = _capped(facts, min(facts.to_ms - begin, facts.elapsed_ms, limit - begin))
    opened = SpanFacts(begin, begin + earned, limit)
    return BeatVerdict(earned, Step.OPEN, _earning(facts, earned), evidence=True, span=opened)
