"""What the desk's overview pages show, gathered from the features below; each list is a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import Programme, ProgrammeVersion
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.certificates.models import Certificate
from carbonlearn.core.job import Job
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.core.windows import days_left
from carbonlearn.enrolment import queries as enrolments
from carbonlearn.exams import queries as exams
from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.infra.db import db
from carbonlearn.infra.models import JobRun
from carbonlearn.marking import queries as marking
from carbonlearn.question_bank import queries as bank
from carbonlearn.study import queries as study
from carbonlearn.study.models import StudySpan


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the actor: a stable name, how many, since when where that is known, and what narrows the page to it."""

    name: str
    count: int
    since: datetime | None = None
    narrowed: Mapping[str, str] = field(default_factory=dict)


def waiting(actor: Actor) -> list[Waiting]:
    """What needs a decision that the actor may take, in the order of the process; nothing at zero."""
    found: list[Waiting] = []
    if actor.may(Permission.ADMISSION_READ):
        found += _admissions(actor)
    if actor.may(Permission.STUDY_DECIDE):
        found.append(Waiting("study", study.review_count(actor)))
    if actor.may(Permission.SCRIPT_MARK) or actor.may(Permission.SCRIPT_ADJUDICATE):
        # A third person settles, and marks nothing else.
        scripts = "scripts" if actor.may(Permission.SCRIPT_MARK) else "thirds"
        found.append(Waiting(scripts, marking.waiting_count(actor)))
    if actor.may(Permission.RESULT_RELEASE):
        states = marking.window_states(actor)
        ready = [state for state in states if state.confirmed > state.released]
        found.append(
            Waiting("release", len(ready), min((state.window.ends_at for state in ready), default=None))
        )
    if actor.may(Permission.LESSON_PUBLISH):
        found.append(Waiting("lessons", *catalogue.drafts_to_publish(actor.user_id)))
    found += _items(actor)
    if actor.may(Permission.BLUEPRINT_APPROVE):
        found += _blueprints(actor)
    return [row for row in found if row.count]


def _items(actor: Actor) -> Iterable[Waiting]:
    if actor.may(Permission.ITEM_APPROVE):
        yield Waiting("items", bank.item_count(bank.Filters(status="waiting")))
    if actor.may(Permission.ITEM_DRAFT):
        own = bank.Filters(status="returned", author=actor.user_id)
        yield Waiting("returned", bank.item_count(own))


def _blueprints(actor: Actor) -> Iterable[Waiting]:
    """Programme by programme, since each has a page of its own; what the actor drafted is for somebody else."""
    by_programme: dict[str, list[datetime]] = {}
    for version in exams.waiting([one.key for one in catalogue.programmes()]):
        if version.drafted_by != actor.user_id:
            by_programme.setdefault(version.programme_key, []).append(version.drafted_at)
    for programme, drafted in by_programme.items():
        yield Waiting("blueprints", len(drafted), min(drafted), {"programme": programme})


def _admissions(actor: Actor) -> Iterable[Waiting]:
    for name, status, permission in (
        ("check", "submitted", Permission.ADMISSION_CHECK),
        ("approve", "base_approved", Permission.ADMISSION_APPROVE),
        ("fees", "association_approved", Permission.FEE_MARK_PAID),
    ):
        if actor.may(permission):
            yield Waiting(name, *enrolments.waiting_since(actor, permission, status))


def overdue_items(actor: Actor, now: datetime) -> int:
    """Live items whose source is due for another look, for who writes or approves them."""
    return bank.due_for_review(now) if actor.may(Permission.ITEM_READ) else 0


@dataclass(frozen=True, slots=True)
class NextWindow:
    """A coming exam: its programme, and how many hold a place."""

    window: ExamWindow
    programme: str
    en: str
    booked: int


def next_windows(now: datetime, limit: int = 5) -> list[NextWindow]:
    """The exams that come next; of the demonstration's, which repeat by the quarter-hour, those in which somebody holds a place."""
    held = (
        select(func.count())
        .where(Booking.window_id == ExamWindow.id, Booking.status == "held")
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(ExamWindow, Programme.name, Programme.en, held)
        .join(Programme, Programme.key == ExamWindow.programme_key)
        .where(
            ExamWindow.ends_at > now,
            ExamWindow.cancelled_at.is_(None),
            or_(Programme.demonstration.is_(False), held > 0),
        )
        .order_by(ExamWindow.starts_at, Programme.position)
        .limit(limit)
    )
    return [NextWindow(*row) for row in rows]


def certificates_since(actor: Actor, since: datetime) -> int:
    """How many certificates were issued since an instant, within the actor's reach."""
    query = select(func.count()).select_from(Certificate).where(Certificate.issued_at >= since)
    reach = actor.reach(Permission.CERTIFICATE_READ)
    if reach is not None:
        query = query.where(Certificate.base_id.in_(reach))
    return db.session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class JobRow:
    """A scheduled job: when it last ran, for how long, how often it failed in a day, and whether it is late now."""

    name: str
    every: timedelta
    last_at: datetime | None
    duration_ms: int | None
    touched: int
    error: str
    failures: int
    late: bool


def job_rows(jobs: Sequence[Job], now: datetime) -> list[JobRow]:
    """Every job with its last run, in two statements."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.kind)
    last = {run.kind: run for run in db.session.scalars(select(JobRun).where(JobRun.id.in_(newest)))}
    failed = db.session.execute(
        select(JobRun.kind, func.count())
        .where(JobRun.error != "", JobRun.started_at > now - timedelta(days=1))
        .group_by(JobRun.kind)
    )
    failures = {row[0]: row[1] for row in failed}
    return [_job_row(job, last.get(job.name), failures.get(job.name, 0), now) for job in jobs]


def _job_row(job: Job, run: JobRun | None, failures: int, now: datetime) -> JobRow:
    late = job.is_late(run.started_at if run else None, now)
    if run is None:
        return JobRow(job.name, job.every, None, None, 0, "", failures, late)
    return JobRow(
        job.name, job.every, run.started_at, run.duration_ms, run.touched, run.error, failures, late
    )


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme with its version in force and how many study in it."""

    programme: Programme
    rules: ProgrammeRules
    version: ProgrammeVersion
    active: int


def programme_rows(actor: Actor, now: datetime) -> list[ProgrammeRow]:
    """Every programme, with the places open for study within the actor's reach."""
    active = enrolments.active_by_programme(actor, Permission.PROGRAMME_READ)
    found = []
    for programme in catalogue.programmes():
        version = catalogue.current_version(programme.key, now)
        found.append(
            ProgrammeRow(programme, catalogue.rules_of(version.id), version, active.get(programme.key, 0))
        )
    return found


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """A place with the hours that the server credited to it; amounts are milliseconds."""

    place: enrolments.PlaceRow
    credited_ms: int
    needed_ms: int | None
    days_left: int | None


def learner_rows(
    actor: Actor, filters: enrolments.Filters, after: str, limit: int, now: datetime
) -> list[LearnerRow]:
    """Places within reach, newest first, with their hours: two statements whatever the number of rows."""
    places = enrolments.place_rows(actor, Permission.STUDY_READ, filters, after, limit, newest_first=True)
    hours = credited(place.enrolment.id for place in places)
    return [_learner_row(place, hours, now) for place in places]


def credited(enrolment_ids: Iterable[str]) -> dict[str, int]:
    """Credited milliseconds by enrolment, the sum of the ledger, in one statement."""
    rows = db.session.execute(
        select(StudySpan.enrolment_id, func.sum(StudySpan.credited_ms))
        .where(StudySpan.enrolment_id.in_(list(enrolment_ids)), ~StudySpan.is_void)
        .group_by(StudySpan.enrolment_id)
    )
    return {row[0]: int(row[1] or 0) for row in rows}


def _learner_row(place: enrolments.PlaceRow, hours: dict[str, int], now: datetime) -> LearnerRow:
    seconds = place.programme.threshold_seconds(place.enrolment.level)
    until = place.enrolment.access_until
    return LearnerRow(
        place,
        hours.get(place.enrolment.id, 0),
        None if seconds is None else seconds * 1000,
        None
        if until is None or place.enrolment.status != "active"
        else days_left(until, now, str(place.programme.zone)),
    )
