"""The ledger read: every total is the sum of its spans, everywhere."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, cast, func, select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import LessonVersion
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study.models import PresenceCheck, StudyDecision, StudySession, StudySpan
from carbonlearn.study.rules.day import day_bounds
from carbonlearn.study.rules.ground import Stretch, merge
from carbonlearn.study.rules.ledger import Difference, LedgerRow, differences
from carbonlearn.study.rules.until import certain_by

LAST_INSTANT = datetime(9999, 1, 1, tzinfo=UTC)
COUNTS = ~StudySpan.is_void
"""A span that a person made void counts in no sum and covers no ground."""


def credited_ms(enrolment_id: str) -> int:
    """Credited milliseconds of an enrolment."""
    total = db.session.scalar(
        select(func.sum(StudySpan.credited_ms)).where(StudySpan.enrolment_id == enrolment_id, COUNTS)
    )
    return int(total or 0)


def voided_ms(enrolment_id: str) -> int:
    """Milliseconds of an enrolment that were credited once and that a person made void."""
    total = db.session.scalar(
        select(func.sum(StudySpan.credited_ms)).where(
            StudySpan.enrolment_id == enrolment_id, StudySpan.is_void
        )
    )
    return int(total or 0)


def lesson_ms(enrolment_id: str, lesson_id: str) -> int:
    """Credited milliseconds of one lesson in an enrolment."""
    total = db.session.scalar(
        select(func.sum(StudySpan.credited_ms)).where(
            StudySpan.enrolment_id == enrolment_id, StudySpan.lesson_id == lesson_id, COUNTS
        )
    )
    return int(total or 0)


def learner_ms_between(user_id: str, begin: datetime, end: datetime) -> int:
    """Milliseconds credited to a learner, in all enrolments, by spans that began from ``begin`` to before ``end``."""
    total = db.session.scalar(
        select(func.sum(StudySpan.credited_ms)).where(
            StudySpan.user_id == user_id, StudySpan.started_at >= begin, StudySpan.started_at < end, COUNTS
        )
    )
    return int(total or 0)


def credited_by_lesson(enrolment_id: str) -> dict[str, int]:
    """Credited milliseconds of an enrolment by lesson id, in one statement."""
    rows = db.session.execute(
        select(StudySpan.lesson_id, func.sum(StudySpan.credited_ms))
        .where(StudySpan.enrolment_id == enrolment_id, COUNTS)
        .group_by(StudySpan.lesson_id)
    )
    return {lesson_id: int(total) for lesson_id, total in rows}


def completed_before(enrolment_id: str, percent: int, until: datetime | None = None) -> frozenset[str]:
    """Lessons studied whole, by ``until``, as they stood in one of their versions: a longer version that comes later undoes nothing."""
    rows = db.session.scalars(
        select(StudySpan.lesson_id)
        .join(StudySession, StudySession.id == StudySpan.session_id)
        .join(LessonVersion, LessonVersion.id == StudySession.lesson_version_id)
        .where(StudySpan.enrolment_id == enrolment_id, StudySpan.beat_at <= (until or LAST_INSTANT), COUNTS)
        .group_by(StudySpan.lesson_id, LessonVersion.id, LessonVersion.length_ms)
        .having(func.sum(StudySpan.credited_ms) * 100 >= cast(LessonVersion.length_ms, BigInteger) * percent)
    )
    return frozenset(rows)


def credited_by_lesson_until(enrolment_id: str, instant: datetime) -> dict[str, int]:
    """Milliseconds by lesson id that were certainly earned by ``instant``, in one statement. Whenever it is asked, the same is said of
    every span that had ended by then; a span that went on past it counts as ``certain_by`` says.
    """
    rows = db.session.execute(
        select(StudySpan.lesson_id, StudySpan.credited_ms, StudySpan.started_at, StudySpan.beat_at).where(
            StudySpan.enrolment_id == enrolment_id, StudySpan.started_at < instant, COUNTS
        )
    )
    totals: dict[str, int] = defaultdict(int)
    for lesson_id, credited, started_at, beat_at in rows:
        totals[lesson_id] += certain_by(credited, started_at, beat_at, instant)
    return dict(totals)


def credited_by_course(enrolment: Enrolment) -> dict[str, int]:
    """Credited milliseconds of an enrolment by course slug; courses without credit are absent."""
    by_lesson, totals = credited_by_lesson(enrolment.id), dict[str, int]()
    for row in catalogue.lesson_rows(enrolment.programme_key):
        if row.id in by_lesson:
            totals[row.course_slug] = totals.get(row.course_slug, 0) + by_lesson[row.id]
    return totals


def coverage(enrolment_id: str, lesson_id: str) -> list[Stretch]:
    """The ground of a lesson that was followed, as ordered stretches in milliseconds that do not touch."""
    rows = db.session.execute(
        select(StudySpan.from_ms, StudySpan.to_ms).where(
            StudySpan.enrolment_id == enrolment_id, StudySpan.lesson_id == lesson_id, COUNTS
        )
    )
    return list(merge((start, end) for start, end in rows))


def daily_ms(enrolment_id: str, since: datetime, zone: str = "Asia/Shanghai") -> list[tuple[date, int]]:
    """Credited milliseconds by local day since an instant, oldest first. A span counts for the day on which it began."""
    days: dict[date, int] = defaultdict(int)
    for started_at, credited in db.session.execute(
        select(StudySpan.started_at, StudySpan.credited_ms).where(
            StudySpan.enrolment_id == enrolment_id, StudySpan.started_at >= since, COUNTS
        )
    ):
        days[local_day(started_at, zone)] += credited
    return sorted(days.items())


def last_position(enrolment_id: str, lesson_id: str) -> int:
    """Where the learner left the lesson: the end of the span that grew last; its beginning for one never followed."""
    found = db.session.scalar(
        select(StudySpan.to_ms)
        .where(StudySpan.enrolment_id == enrolment_id, StudySpan.lesson_id == lesson_id)
        .order_by(StudySpan.beat_at.desc())
        .limit(1)
    )
    return int(found or 0)


def last_lesson_id(enrolment_id: str) -> str | None:
    """The lesson opened last."""
    return db.session.scalar(
        select(StudySession.lesson_id)
        .where(StudySession.enrolment_id == enrolment_id)
        .order_by(StudySession.opened_at.desc())
        .limit(1)
    )


def replay(enrolment_id: str | None = None, since: datetime | None = None) -> list[Difference]:
    """Recompute credit from the spans and compare with the totals that every page shows; each difference found.

    ``enrolment_id`` None means every enrolment; ``since`` only those with a beat after it.
    """
    wanted = select(StudySpan.enrolment_id).distinct().order_by(StudySpan.enrolment_id)
    if enrolment_id is not None:
        wanted = wanted.where(StudySpan.enrolment_id == enrolment_id)
    if since is not None:
        wanted = wanted.where(StudySpan.beat_at >= since)
    return [found for one in db.session.scalars(wanted).all() for found in _replay_one(one)]


def _replay_one(enrolment_id: str) -> list[Difference]:
    rows = db.session.execute(
        select(
            StudySpan.id, StudySpan.lesson_id, StudySpan.from_ms, StudySpan.to_ms, StudySpan.credited_ms,
            StudySpan.started_at, StudySpan.beat_at, LessonVersion.length_ms, StudySpan.is_void, StudySpan.recheck_at,
        )
        .join(StudySession, StudySession.id == StudySpan.session_id)
        .join(LessonVersion, LessonVersion.id == StudySession.lesson_version_id)
        .where(StudySpan.enrolment_id == enrolment_id)
        .order_by(StudySpan.started_at, StudySpan.id)
    )  # fmt: skip
    says, held, zone = _newest_decisions(enrolment_id), _held(enrolment_id), _zone(enrolment_id)
    ledger = [
        LedgerRow(
            row.id, row.lesson_id, row.from_ms, row.to_ms, row.credited_ms, row.started_at, row.beat_at, row.length_ms,
            row.is_void, says.get(row.id, False), _day_ends(row.started_at, row.recheck_at, zone), held,
        )
        for row in rows
    ]  # fmt: skip
    return differences(enrolment_id, ledger, credited_by_lesson(enrolment_id))


def _newest_decisions(enrolment_id: str) -> dict[int, bool]:
    rows = db.session.execute(
        select(StudyDecision.span_id, StudyDecision.void)
        .where(StudyDecision.enrolment_id == enrolment_id)
        .order_by(StudyDecision.id)
    )
    return {row.span_id: row.void for row in rows}


def _held(enrolment_id: str) -> tuple[tuple[datetime, datetime], ...]:
    """When a presence check was open; one that is open still is judged by the spans' own ends."""
    rows = db.session.execute(
        select(PresenceCheck.asked_at, PresenceCheck.answered_at).where(
            PresenceCheck.enrolment_id == enrolment_id
        )
    )
    return tuple((row.asked_at, row.answered_at or LAST_INSTANT) for row in rows)


def _zone(enrolment_id: str) -> str:
    version_id = db.session.get_one(Enrolment, enrolment_id).programme_version_id
    return catalogue.rules_of(version_id).zone.key


def _day_ends(started_at: datetime, recheck_at: datetime | None, zone: str) -> datetime | None:
    """The midnight that had to end a span; spans of before midnights were kept have no instant of recheck."""
    return None if recheck_at is None else day_bounds(local_day(started_at, zone), zone)[1]
