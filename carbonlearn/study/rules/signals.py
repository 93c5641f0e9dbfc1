"""What in a learner's study a person should look at. Facts in, findings with their figures out; nothing is taken away here.

Source: threats paper 5.1, "Bot / headless script at real speed": detectors lead to a review, never to silent deletion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import comb
from typing import Any

from carbonlearn.study.rules.rhythm import Rhythm, total

MILLISECOND = timedelta(milliseconds=1)
ALIKE_MS, ALIKE_BEATS = 500, 100  # told intervals spread by 1.7 s, so an honest page's never lie this close
# An honest page's interval grows with what it was told, by half as much where pages are turned every 25 seconds, since the end of each
# part is told early. So a slope is only called deaf when it would be even three standard errors higher.
DEAF_SLOPE, DEAF_BEATS, SURE = 0.3, 300, 3
INSTANT_MS, INSTANT_ANSWERS = 1_500, 3  # nobody reads a question and four options in less
KNOWS, CHECKS, ONCE_IN = 0.7, 8, 1_000  # whoever knows seven of ten comes to so few so rarely
STEADY_MS, STEADY_ANSWERS = 400, 6  # six answers in a row within 0.2 s of each other's middle
UNBROKEN_MS, PAUSE_MS, THINKING_MS = 4 * 3_600_000, 65_000, 60_000
NO_RHYTHM = Rhythm()
BREAKS = frozenset({"paused", "hidden", "gap"})


@dataclass(frozen=True, slots=True)
class SpanFact:
    """One span: when, how much it earned, and the rhythm of its beats."""

    started_at: datetime
    ended_at: datetime
    credited_ms: int
    rhythm: Rhythm = NO_RHYTHM


@dataclass(frozen=True, slots=True)
class CheckFact:
    """One answered presence check. ``options`` is how many there were to choose from."""

    asked_at: datetime
    answered_at: datetime
    correct: bool
    attempt: int
    options: int

    @property
    def delay_ms(self) -> int:
        """Server time from question to answer."""
        return (self.answered_at - self.asked_at) // MILLISECOND


@dataclass(frozen=True, slots=True)
class RefusalFact:
    """That something was refused, why, and from when."""

    reason: str
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """A signal and the whole numbers that raised it."""

    signal: str
    evidence: dict[str, Any]


def findings(
    spans: Sequence[SpanFact], checks: Sequence[CheckFact], refusals: Sequence[RefusalFact]
) -> list[Finding]:
    """Everything in one learner's study, each list in order of time, that a person should look at."""
    found = [
        *_of_rhythm(total(span.rhythm for span in spans)),
        *_of_answers(checks),
        *_unbroken(spans, checks, refusals),
    ]
    return sorted(found, key=lambda finding: finding.signal)


def _of_rhythm(rhythm: Rhythm) -> Iterator[Finding]:
    figures = {"beats": rhythm.beats, "deviation_ms": round(rhythm.deviation_ms)}
    if rhythm.beats >= ALIKE_BEATS and rhythm.deviation_ms < ALIKE_MS:
        yield Finding("zero_variance", figures)
    slope = rhythm.slope
    if rhythm.beats >= DEAF_BEATS and slope is not None and slope + SURE * rhythm.slope_error < DEAF_SLOPE:
        yield Finding("impossible_rhythm", figures | {"slope_percent": round(slope * 100)})


def _of_answers(checks: Sequence[CheckFact]) -> Iterator[Finding]:
    instant = [check for check in checks if check.delay_ms < INSTANT_MS]
    if len(instant) >= INSTANT_ANSWERS:
        fastest = min(check.delay_ms for check in instant)
        yield Finding("instant_answers", {"answers": len(instant), "fastest_ms": fastest})
    yield from _guessing([check for check in checks if check.attempt == 1])
    steady = _steadiest(checks)
    if steady is not None:
        yield Finding("clockwork", {"answers": STEADY_ANSWERS, "within_ms": steady})


def _guessing(first: Sequence[CheckFact]) -> Iterator[Finding]:
    """First tries so seldom right that someone who knows most of it would hardly ever come to it, and not below what chance gives."""
    tries, right = len(first), sum(check.correct for check in first)
    if tries >= CHECKS and at_most(right, tries, KNOWS) * ONCE_IN < 1:
        chance = sum(1 / check.options for check in first) / tries
        figures = {"checks": tries, "right": right, "chance_percent": round(chance * 100)}
        yield Finding("guessing", figures)


def at_most(right: int, tries: int, share: float) -> float:
    """The probability of at most so many right among so many tries, each right with this probability."""
    return sum(comb(tries, n) * share**n * (1 - share) ** (tries - n) for n in range(right + 1))


def _steadiest(checks: Sequence[CheckFact]) -> int | None:
    """The narrowest range (ms) of delays in any run of six answers; None when none is narrow enough."""
    delays = [check.delay_ms for check in checks]
    runs = (delays[at : at + STEADY_ANSWERS] for at in range(len(delays) - STEADY_ANSWERS + 1))
    narrowest = min((max(run) - min(run) for run in runs), default=STEADY_MS + 1)
    return narrowest if narrowest <= STEADY_MS else None


def _unbroken(
    spans: Sequence[SpanFact], checks: Iterable[CheckFact], refusals: Iterable[RefusalFact]
) -> Iterator[Finding]:
    """Four hours of credit without a pause, a hidden page, or a question that took thought."""
    breaks = [refusal.from_at for refusal in refusals if refusal.reason in BREAKS]
    breaks += [check.asked_at for check in checks if check.delay_ms > THINKING_MS]
    longest = run = 0
    before: SpanFact | None = None
    for span in spans:
        inside = any(span.started_at <= at < span.ended_at for at in breaks)
        follows = before is not None and _follows(before, span, breaks)
        run = 0 if inside else run * follows + span.credited_ms
        longest, before = max(longest, run), span
    if longest >= UNBROKEN_MS:
        yield Finding("unbroken", {"credited_ms": longest})


def _follows(before: SpanFact, span: SpanFact, breaks: Sequence[datetime]) -> bool:
    near = (span.started_at - before.ended_at) // MILLISECOND <= PAUSE_MS
    return near and not any(before.ended_at <= at < span.started_at for at in breaks)
