"""The learner's front page: how far, until when, will it be enough, and what to open next. A fixed number of statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carbonlearn.accounts.models import TrainingBase
from carbonlearn.core.permissions import Actor
from carbonlearn.core.windows import days_left, local_day
from carbonlearn.enrolment.queries import OwnPlace, OwnPlaces, places_shown
from carbonlearn.exams.queries import Attempt, examinations_of, next_examination, windows_for_learner
from carbonlearn.exams.rules.forecast import PACE_DAYS, AimWindow, forecast
from carbonlearn.exams.rules.hours import is_rehearsal
from carbonlearn.home.rules.outlook import Outlook, outlook
from carbonlearn.infra.db import db
from carbonlearn.practice import queries as practice
from carbonlearn.practice.rules.reach import may_practise
from carbonlearn.study import queries as study
from carbonlearn.study.queries import CourseProgress, LessonProgress


@dataclass(frozen=True, slots=True)
class Tab:
    """A group of courses (public, specialised) with its sums in seconds."""

    group: str
    courses: tuple[CourseProgress, ...]

    @property
    def done(self) -> int:
        return sum(course.complete for course in self.courses)

    @property
    def credited_seconds(self) -> int:
        return sum(course.credited_ms for course in self.courses) // 1000

    @property
    def earnable_seconds(self) -> int:
        return sum(course.length_ms for course in self.courses) // 1000


@dataclass(frozen=True, slots=True)
class StudyHome:
    """Everything on the front page. Amounts are seconds; ``needed_seconds`` None means that courses decide, not hours."""

    places: OwnPlaces
    base: TrainingBase
    credited_seconds: int
    needed_seconds: int | None
    earnable_seconds: int
    days_left: int | None
    access_open: bool
    tabs: tuple[Tab, ...]
    outlook: Outlook
    next_lesson: LessonProgress | None
    begun: bool
    attempt: Attempt | None  # at the first examination that is not passed, else at the last
    practice_due: int | None  # items of the book whose turn has come; None where this place may not practise

    @property
    def place(self) -> OwnPlace:
        """The place that the page is about."""
        return self.places.shown

    @property
    def missing_seconds(self) -> int:
        return max(0, (self.needed_seconds or 0) - self.credited_seconds)

    @property
    def courses(self) -> list[CourseProgress]:
        return [course for tab in self.tabs for course in tab.courses]


def study_home(actor: Actor, now: datetime, enrolment_id: str | None = None) -> StudyHome | None:
    """The front page of the place named, else of the first that can be gone on with, else of the first that ended.

    None for who has no place whose account was opened.
    """
    places = places_shown(actor, enrolment_id, now)
    if places is None or places.shown.enrolment.access_from is None:
        return None
    place, chosen = places.shown, places.shown.enrolment
    courses = study.courses_of(chosen)
    examination = next_examination(examinations_of(chosen, now))
    credited = study.credited_ms(chosen.id) // 1000
    needed = place.rules.threshold_seconds(chosen.level)
    earnable = sum(course.length_ms for course in courses) // 1000
    until = chosen.access_until
    zone = str(place.rules.zone)
    return StudyHome(
        places=places,
        base=db.session.get_one(TrainingBase, chosen.base_id),
        credited_seconds=credited,
        needed_seconds=needed,
        earnable_seconds=earnable,
        days_left=days_left(until, now, zone) if until else None,
        access_open=study.is_access_open(chosen, now),
        tabs=_tabs(courses),
        outlook=_outlook(place, examination.key if examination else "", credited, earnable, now),
        next_lesson=_next_lesson(courses, study.last_lesson_id(chosen.id)),
        begun=credited > 0,
        attempt=examination.attempt if examination else None,
        practice_due=practice.card_count(actor.user_id, place.track, now)
        if may_practise(place.standing.value)
        else None,
    )


def _tabs(courses: list[CourseProgress]) -> tuple[Tab, ...]:
    groups = dict.fromkeys(course.course.group for course in courses)
    return tuple(Tab(group, tuple(one for one in courses if one.course.group == group)) for group in groups)


def _next_lesson(courses: list[CourseProgress], last_id: str | None) -> LessonProgress | None:
    """The lesson opened last while it is not complete, else the first that is not."""
    open_ones = [lesson for course in courses for lesson in course.lessons if not lesson.complete]
    return next((one for one in open_ones if one.row.id == last_id), next(iter(open_ones), None))


def _outlook(place: OwnPlace, paper: str, credited: int, earnable: int, now: datetime) -> Outlook:
    enrolment, zone = place.enrolment, str(place.rules.zone)
    needed = place.rules.threshold_seconds(enrolment.level)
    missing = None if needed is None else max(0, needed - credited)
    windows = [
        AimWindow(row.window.id, row.window.starts_at, row.window.booking_closes_at)
        for row in windows_for_learner(enrolment.programme_key, paper, now)
        if row.window.cancelled_at is None and now < row.window.booking_closes_at
    ]
    days = study.daily_ms(enrolment.id, now - timedelta(days=PACE_DAYS), zone)
    found = forecast({day: ms // 1000 for day, ms in days}, now, missing or 0, windows, zone)
    rehearsal = bool(place.rules.calendar.get("rule")) and is_rehearsal(place.rules.calendar)
    if rehearsal:  # studying on from now, the hours are full when what is missing has passed
        full_at = now + timedelta(seconds=missing or 0)
        windows = [window for window in windows if window.hours_due_at >= full_at]
    return outlook(missing, earnable, needed, rehearsal, found, windows, local_day(now, zone), zone)
