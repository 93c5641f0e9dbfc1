"""The study record of one enrolment: everything the ledger holds, in order, for the learner's folder or a base's audit file.

Nothing is computed here that is not a sum of the rows listed; the digest lets two copies be compared.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from carbonlearn.catalogue.models import Lesson
from carbonlearn.catalogue.rules.programme import CourseSpec
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db, microseconds
from carbonlearn.study.models import PresenceCheck, StudyRefusal, StudySession, StudySpan
from carbonlearn.study.queries.progress import LessonProgress, courses_of


@dataclass(frozen=True, slots=True)
class SpanLine:
    """One span: when it was followed, which ground of which lesson, and what it earned (ms)."""

    id: int
    started_at: datetime
    ended_at: datetime
    lesson_id: str
    lesson: str
    from_ms: int
    to_ms: int
    credited_ms: int
    device: str
    is_void: bool


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One presence question: when it was asked and answered, and whether the answer was right. None: not answered yet."""

    id: str
    asked_at: datetime
    answered_at: datetime | None
    lesson: str
    attempt: int
    correct: bool | None


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """A stretch of time that earned nothing, why, and how many milliseconds it lost."""

    id: int
    from_at: datetime
    until_at: datetime
    lesson: str
    reason: str
    lost_ms: int


@dataclass(frozen=True, slots=True)
class DayLine:
    """One local day: credited and refused milliseconds, presence questions answered and answered rightly."""

    day: date
    credited_ms: int
    refused_ms: int
    checks: int
    passed: int


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson of the track with what it earned, and when it was first and last followed."""

    course: CourseSpec
    progress: LessonProgress
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """The whole record as it stood at ``as_of``."""

    as_of: datetime
    lessons: tuple[LessonLine, ...]
    days: tuple[DayLine, ...]
    spans: tuple[SpanLine, ...]
    checks: tuple[CheckLine, ...]
    refusals: tuple[RefusalLine, ...]
    digest: str

    @property
    def credited_ms(self) -> int:
        """The sum of the spans that stand."""
        return sum(span.credited_ms for span in self.spans if not span.is_void)


def study_record(enrolment: Enrolment, as_of: datetime, zone: str = "Asia/Shanghai") -> StudyRecord:
    """Read the record in five statements, however long it is."""
    spans, checks, refusals = _spans(enrolment.id), _checks(enrolment.id), _refusals(enrolment.id)
    return StudyRecord(
        as_of=as_of,
        lessons=tuple(_lessons(enrolment, spans)),
        days=tuple(days_of(spans, checks, refusals, zone)),
        spans=spans,
        checks=checks,
        refusals=refusals,
        digest=digest_of(enrolment.id, spans, checks, refusals),
    )


def digest_of(
    enrolment_id: str, spans: Sequence[SpanLine], checks: Sequence[CheckLine], refusals: Sequence[RefusalLine]
) -> str:
    """SHA-256 of the rows in canonical JSON, in hexadecimal: the same rows give the same digest, on any day and any machine."""
    rows = {
        "enrolment": enrolment_id,
        "spans": [
            [one.id, one.lesson_id, one.from_ms, one.to_ms, microseconds(one.started_at), microseconds(one.ended_at), one.is_void]
            for one in spans
        ],
        "checks": [[one.id, microseconds(one.asked_at), _at(one.answered_at), one.correct] for one in checks],
        "refusals": [[one.id, one.reason, microseconds(one.from_at), microseconds(one.until_at), one.lost_ms] for one in refusals],
    }  # fmt: skip
    return hashlib.sha256(canonical_json(rows)).hexdigest()


def days_of(
    spans: Iterable[SpanLine], checks: Iterable[CheckLine], refusals: Iterable[RefusalLine], zone: str
) -> list[DayLine]:
    """The record by local day, oldest first. A span counts for the day on which it began, as everywhere."""
    figures: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for span in spans:
        figures[local_day(span.started_at, zone)][0] += 0 if span.is_void else span.credited_ms
    for refusal in refusals:
        figures[local_day(refusal.from_at, zone)][1] += refusal.lost_ms
    for check in checks:
        if check.answered_at is not None:
            row = figures[local_day(check.asked_at, zone)]
            row[2], row[3] = row[2] + 1, row[3] + bool(check.correct)
    return [DayLine(day, *figures[day]) for day in sorted(figures)]


def _lessons(enrolment: Enrolment, spans: Sequence[SpanLine]) -> Iterable[LessonLine]:
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for span in spans:
        first.setdefault(span.lesson_id, span.started_at)
        last[span.lesson_id] = max(last.get(span.lesson_id, span.ended_at), span.ended_at)
    for course in courses_of(enrolment):
        for progress in course.lessons:
            key = progress.row.id
            yield LessonLine(course.course, progress, first.get(key), last.get(key))


def _spans(enrolment_id: str) -> tuple[SpanLine, ...]:
    rows = db.session.execute(
        select(StudySpan, Lesson.title, StudySession.device)
        .join(Lesson, Lesson.id == StudySpan.lesson_id)
        .join(StudySession, StudySession.id == StudySpan.session_id)
        .where(StudySpan.enrolment_id == enrolment_id)
        .order_by(StudySpan.started_at, StudySpan.id)
    )
    return tuple(
        SpanLine(
            span.id, span.started_at, span.beat_at, span.lesson_id, title, span.from_ms, span.to_ms, span.credited_ms,
            device, span.is_void,
        )
        for span, title, device in rows
    )  # fmt: skip


def _checks(enrolment_id: str) -> tuple[CheckLine, ...]:
    rows = db.session.execute(
        select(
            PresenceCheck.id, PresenceCheck.asked_at, PresenceCheck.answered_at, Lesson.title, PresenceCheck.attempt,
            PresenceCheck.correct,
        )
        .join(Lesson, Lesson.id == PresenceCheck.lesson_id)
        .where(PresenceCheck.enrolment_id == enrolment_id)
        .order_by(PresenceCheck.asked_at, PresenceCheck.id)
    )  # fmt: skip
    return tuple(CheckLine(*row) for row in rows)


def _refusals(enrolment_id: str) -> tuple[RefusalLine, ...]:
    rows = db.session.execute(
        select(
            StudyRefusal.id, StudyRefusal.from_at, StudyRefusal.until_at, Lesson.title, StudyRefusal.reason, StudyRefusal.lost_ms
        )
        .join(Lesson, Lesson.id == StudyRefusal.lesson_id)
        .where(StudyRefusal.enrolment_id == enrolment_id)
        .order_by(StudyRefusal.from_at, StudyRefusal.id)
    )  # fmt: skip
    return tuple(RefusalLine(*row) for row in rows)


def _at(instant: datetime | None) -> int | None:
    return None if instant is None else microseconds(instant)
