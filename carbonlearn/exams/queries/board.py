"""The learner's exam page in plain values: the checklist, the place that is held, and each window with one's own chance of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from carbonlearn.catalogue.queries import rules_of
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.enrolment.queries import reach_of
from carbonlearn.enrolment.rules.places import Reach
from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.exams.queries.attempts import Attempt
from carbonlearn.exams.queries.bookings import HELD, USED, shown_booking
from carbonlearn.exams.queries.eligibility import eligibility_facts
from carbonlearn.exams.queries.examinations import Examination, examinations_of, next_examination
from carbonlearn.exams.queries.windows import WindowRow, windows_for_learner
from carbonlearn.exams.rules.calendar import WindowFacts, is_open
from carbonlearn.exams.rules.eligibility import (
    Eligibility,
    EligibilityFacts,
    LineState,
    decide,
    missing_seconds,
)
from carbonlearn.exams.rules.forecast import PACE_DAYS, AimWindow, Forecast, forecast
from carbonlearn.exams.rules.hours import is_rehearsal
from carbonlearn.exams.rules.place import reaches
from carbonlearn.study.queries import daily_ms


@dataclass(frozen=True, slots=True)
class Chance:
    """One's own chance of a window: a code with its amounts, and whether a place should be offered."""

    code: str
    offered: bool
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """A window as the learner sees it. One card at most is ``recommended``."""

    row: WindowRow
    chance: Chance
    recommended: bool


@dataclass(frozen=True, slots=True)
class Board:
    """All that the page shows of one examination, whose key is ``paper``. ``booking`` is the place held, or in use, or one that ended
    unasked for; ``attempt`` its sitting."""

    enrolment: Enrolment
    rules: ProgrammeRules
    eligibility: Eligibility
    booking: Booking | None
    window: ExamWindow | None
    cards: Sequence[Card]
    attempt: Attempt | None = None
    examinations: Sequence[Examination] = ()
    paper: str = ""

    @property
    def holds_place(self) -> bool:
        """Whether a place is held now."""
        return self.booking is not None and self.booking.status == HELD

    @property
    def asks_for_more(self) -> bool:
        """Whether conditions are still to be met: not while an attempt is open, nor after a pass or the last attempt."""
        attempt = self.attempt
        if attempt is None:
            return True
        passed = attempt.outcome is not None and attempt.outcome.passed
        return (
            not attempt.is_open and not passed and self.eligibility.line("entitlement").state is LineState.MET
        )


def board(enrolment: Enrolment, now: datetime, paper: str | None = None) -> Board:
    """The page of one enrolment at this instant: of the examination named, else of the first that is not passed."""
    examinations = examinations_of(enrolment, now)
    chosen = next((one for one in examinations if one.key == paper), None) or next_examination(examinations)
    paper = chosen.key if chosen else ""
    rules = rules_of(enrolment.programme_version_id)
    facts = eligibility_facts(enrolment, paper, now)
    shown = shown_booking(enrolment.id, paper)
    checklist = decide(facts, now)
    held = shown[0] if shown and shown[0].status == HELD else None
    rows = [
        row
        for row in windows_for_learner(enrolment.programme_key, paper, now)
        if held is None or row.window.id != held.window_id
    ]
    outlook = _outlook(enrolment, facts, rows, rules, now)
    reach = reach_of(rules, enrolment.job_type, enrolment.level)
    attempt = _attempt(chosen, shown[0] if shown else None)
    chances = [_chance(row, facts, checklist, outlook, rules, reach, now) for row in rows]
    if attempt is not None and attempt.is_open:
        chances = [_beside(chance) for chance in chances]
    best = _recommended(rows, chances, outlook) if held is None else None
    cards = [Card(row, chance, row.window.id == best) for row, chance in zip(rows, chances, strict=True)]
    booking, window = shown or (None, None)
    return Board(enrolment, rules, checklist, booking, window, cards, attempt, examinations, paper)


def _attempt(chosen: Examination | None, booking: Booking | None) -> Attempt | None:
    """The sitting of the place that is shown, once it has begun."""
    if chosen is None or booking is None or booking.status != USED:
        return None
    found = chosen.attempt
    return found if found is not None and found.booking_id == booking.id else None


def _beside(chance: Chance) -> Chance:
    """The chance of a window while an attempt is open: that this attempt is used up is no refusal of its own."""
    return Chance("attempt_open", False) if chance.code == "entitlement_used" else chance


def _outlook(
    enrolment: Enrolment, facts: EligibilityFacts, rows: list[WindowRow], rules: ProgrammeRules, now: datetime
) -> Forecast | None:
    """The forecast by the pace of four weeks; none for rehearsals, whose windows are minutes away."""
    if is_rehearsal_programme(rules):
        return None
    zone = str(rules.zone)
    daily = {day: ms // 1000 for day, ms in daily_ms(enrolment.id, now - timedelta(days=PACE_DAYS), zone)}
    aims = [
        AimWindow(row.window.id, row.window.starts_at, row.window.booking_closes_at)
        for row in rows
        if row.window.cancelled_at is None and row.places_left and reaches(facts, row.window.starts_at)
    ]
    return forecast(daily, now, missing_seconds(facts), aims, zone)


def is_rehearsal_programme(rules: ProgrammeRules) -> bool:
    """Whether the programme's windows come every few minutes."""
    return bool(rules.calendar.get("rule")) and is_rehearsal(rules.calendar)


def _chance(
    row: WindowRow,
    facts: EligibilityFacts,
    checklist: Eligibility,
    outlook: Forecast | None,
    rules: ProgrammeRules,
    reach: Reach,
    now: datetime,
) -> Chance:
    """The first thing that stands in the way, else what the hours say."""
    window = row.window
    opening = WindowFacts(
        window.booking_closes_at, row.booked, window.capacity, cancelled=window.cancelled_at is not None
    )
    refused = (
        *is_open(opening, now).codes,
        *checklist.may_book.codes,
        *reaches(facts, window.starts_at).codes,
    )
    if refused:
        return Chance(refused[0], False)
    if missing_seconds(facts) and reach.missing_ms:
        return Chance("not_earnable", False, {"earnable_seconds": reach.earnable_ms // 1000})
    return _by_hours(window, facts, outlook, rules, now)


def _by_hours(
    window: ExamWindow,
    facts: EligibilityFacts,
    outlook: Forecast | None,
    rules: ProgrammeRules,
    now: datetime,
) -> Chance:
    missing = missing_seconds(facts)
    if not missing and facts.courses_missing:
        return Chance("courses_missing", True, {"courses": len(facts.courses_missing)})
    if not missing:
        return Chance("hours_met", True)
    short = {"missing_seconds": missing}
    if missing > (window.booking_closes_at - now).total_seconds():
        return Chance("out_of_reach", False, short)
    if outlook is None:
        return Chance("hours_to_go", True, short)
    if outlook.daily_seconds is not None and outlook.aimed is not None:
        reachable = window.starts_at >= outlook.aimed.starts_at
        code = (
            "daily_pace" if window.id == outlook.aimed.key else "hours_to_go" if reachable else "out_of_reach"
        )
        return Chance(code, reachable, short | {"daily_seconds": outlook.daily_seconds})
    if outlook.expected_on is None:
        return Chance("out_of_reach", False, short)
    in_time = outlook.expected_on <= local_day(window.booking_closes_at, str(rules.zone))
    return Chance("on_pace" if in_time else "out_of_reach", in_time, short | {"on": outlook.expected_on})


def _recommended(rows: list[WindowRow], chances: list[Chance], outlook: Forecast | None) -> str | None:
    offered = [row.window.id for row, chance in zip(rows, chances, strict=True) if chance.offered]
    if outlook is not None and outlook.aimed is not None and outlook.aimed.key in offered:
        return outlook.aimed.key
    return offered[0] if offered else None
