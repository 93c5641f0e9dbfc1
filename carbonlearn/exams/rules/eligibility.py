"""Who may take a place in a window, and who may sit: five lines, each met, missing, or the next thing to do, with exact amounts.

Source: domain paper, "Who may sit". A place may be taken before the hours are met (先占位); they must be met by the booking close.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from carbonlearn.core.decision import Decision, Reason, decided

LINES = ("enrolment", "identity", "entitlement", "hours", "booking")
ACTIVE = "active"


class LineState(StrEnum):
    """A tick, something missing, or the step that is open to the learner now."""

    MET = "met"
    MISSING = "missing"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class EntitlementFacts:
    """A right to sit: first attempt, free or paid retake; ``expires_at`` None means it does not lapse."""

    kind: str
    expires_at: datetime | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """The place that is held: when its window starts, and by when the hours must be met."""

    starts_at: datetime
    hours_due_at: datetime


@dataclass(frozen=True, slots=True)
class EligibilityFacts:
    """All that decides, in seconds and instants. ``threshold_seconds`` None: no number, every required course decides.

    ``access_until`` None means access does not lapse. A retake entitlement reaches past the access period.
    """

    enrolment_status: str
    access_until: datetime | None
    identity_approved: bool
    credited_seconds: int
    threshold_seconds: int | None = None
    courses_missing: tuple[str, ...] = ()
    courses_required: int = 0
    minutes_per_class_hour: int = 45
    entitlements: tuple[EntitlementFacts, ...] = ()
    booking: BookingFacts | None = None
    live_check_required: bool = False
    live_check_approved: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist; ``facts`` hold the amounts to show."""

    name: str
    state: LineState
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The five lines in order, and the two answers that follow from them."""

    lines: tuple[Line, ...]
    may_book: Decision
    may_sit: Decision

    @property
    def met(self) -> int:
        """How many of the lines are met."""
        return sum(line.state is LineState.MET for line in self.lines)

    def line(self, name: str) -> Line:
        """The line of this name."""
        return next(line for line in self.lines if line.name == name)


def class_hours(seconds: int, minutes_per_class_hour: int) -> Fraction:
    """Seconds in class hours, exactly."""
    return Fraction(seconds, minutes_per_class_hour * 60)


def usable_entitlement(facts: EligibilityFacts, now: datetime) -> EntitlementFacts | None:
    """The unused, unexpired entitlement that is used first: the one that lapses soonest."""
    alive = [
        one for one in facts.entitlements if not one.used and (one.expires_at is None or now < one.expires_at)
    ]
    dated = sorted(
        (one for one in alive if one.expires_at is not None), key=lambda one: (one.expires_at, one.kind)
    )
    return dated[0] if dated else next(iter(alive), None)


def decide(facts: EligibilityFacts, now: datetime) -> Eligibility:
    """The checklist at this instant, whether a place may be taken, and whether the candidate may sit."""
    before = (_enrolment(facts, now), _identity(facts), _entitlement(facts, now))
    hours = _hours(facts)
    may_book = decided(_reasons(before))
    lines = (*before, hours, _booking(facts, now, may_book, hours))
    return Eligibility(lines, may_book, decided([*_reasons(lines), *_live_check(facts)]))


def _reasons(lines: tuple[Line, ...]) -> list[Reason]:
    return [Reason(line.code, line.facts) for line in lines if line.state is not LineState.MET]


def _live_check(facts: EligibilityFacts) -> list[Reason]:
    lacking = facts.live_check_required and not facts.live_check_approved
    return [Reason("live_check_missing")] if lacking else []


def _line(name: str, met: bool, code: str, **facts: object) -> Line:
    return Line(name, LineState.MET if met else LineState.MISSING, "met" if met else code, facts)


def _enrolment(facts: EligibilityFacts, now: datetime) -> Line:
    """Active and inside its access period; a live retake outlasts the period, which a failed first attempt has opened."""
    if facts.enrolment_status not in (ACTIVE, "expired"):
        return _line("enrolment", False, "enrolment_not_active", status=facts.enrolment_status)
    within = facts.enrolment_status == ACTIVE and (facts.access_until is None or now < facts.access_until)
    usable = usable_entitlement(facts, now)
    retake = usable is not None and usable.kind != "first"
    return _line("enrolment", within or retake, "access_lapsed", access_until=facts.access_until)


def _identity(facts: EligibilityFacts) -> Line:
    return _line("identity", facts.identity_approved, "identity_not_approved")


def _entitlement(facts: EligibilityFacts, now: datetime) -> Line:
    usable = usable_entitlement(facts, now)
    if usable is not None:
        return _line("entitlement", True, "", kind=usable.kind, expires_at=usable.expires_at)
    if any(one.used for one in facts.entitlements):
        return _line("entitlement", False, "entitlement_used")
    return _line("entitlement", False, "entitlement_expired" if facts.entitlements else "entitlement_missing")


def missing_seconds(facts: EligibilityFacts) -> int:
    """Seconds of credit still lacking to the threshold; 0 where no number is set."""
    return max(0, (facts.threshold_seconds or 0) - facts.credited_seconds)


def _hours(facts: EligibilityFacts) -> Line:
    lacking = missing_seconds(facts)
    code = "hours_missing" if lacking else "courses_missing"
    per_hour = facts.minutes_per_class_hour
    return _line(
        "hours",
        not lacking and not facts.courses_missing,
        code,
        credited_seconds=facts.credited_seconds,
        threshold_seconds=facts.threshold_seconds,
        missing_seconds=lacking,
        credited=class_hours(facts.credited_seconds, per_hour),
        threshold=None if facts.threshold_seconds is None else class_hours(facts.threshold_seconds, per_hour),
        missing=class_hours(lacking, per_hour),
        courses_missing=facts.courses_missing,
        courses_required=facts.courses_required,
    )


def _booking(facts: EligibilityFacts, now: datetime, may_book: Decision, hours: Line) -> Line:
    if facts.booking is None:
        state = LineState.NEXT if may_book else LineState.MISSING
        return Line("booking", state, "not_booked")
    shown = {"starts_at": facts.booking.starts_at, "hours_due_at": facts.booking.hours_due_at}
    lost = hours.state is not LineState.MET and now >= facts.booking.hours_due_at
    return _line("booking", not lost, "hours_not_met_in_time", **shown)
