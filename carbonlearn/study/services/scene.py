"""What a study operation decides about, read once under the learner's lease: session, span, limits, presence, totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import LessonVersion
from carbonlearn.catalogue.rules.study_limits import StudyLimits
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study import queries
from carbonlearn.study.models import PresenceCheck, StudyLease, StudyPresence, StudySession, StudySpan
from carbonlearn.study.rules.ceiling import ceiling
from carbonlearn.study.rules.credit import BeatReason
from carbonlearn.study.rules.day import day_bounds, is_quiet, next_boundary


@dataclass(slots=True)
class Scene:
    """One session as it stands. ``span`` is the open one, ``check`` the one that waits for its answer."""

    session: StudySession
    span: StudySpan | None
    enrolment: Enrolment
    limits: StudyLimits
    zone: str
    length_ms: int
    lease_current: bool
    presence: StudyPresence
    check: PresenceCheck | None

    @property
    def last_seq(self) -> int:
        """The number of the last beat that was heard."""
        return max(self.session.seq, self.span.seq if self.span else 0)

    @property
    def heard(self) -> datetime:
        """The instant of the last evidence that was accepted."""
        return max(self.session.beat_at, self.span.beat_at) if self.span else self.session.beat_at

    def lesson_total(self) -> int:
        """Credited milliseconds of this lesson."""
        if self.span is not None:
            return self.span.lesson_before_ms + self.span.credited_ms
        return queries.lesson_ms(self.session.enrolment_id, self.session.lesson_id)

    def enrolment_total(self) -> int:
        """Credited milliseconds of this enrolment."""
        if self.span is not None:
            return self.span.enrolment_before_ms + self.span.credited_ms
        return queries.credited_ms(self.session.enrolment_id)

    def cap_left(self, at: datetime) -> int | None:
        """What the learner may still earn on the local day of an instant, over all enrolments; None without a cap."""
        if self.limits.daily_cap_ms is None:
            return None
        begin, end = day_bounds(local_day(at, self.zone), self.zone)
        return self.limits.daily_cap_ms - queries.learner_ms_between(self.session.user_id, begin, end)

    def set_ceiling(self, now: datetime) -> None:
        """Write into the open span how far, and until when, beats may grow it without being judged."""
        if self.span is None:
            return
        self.span.limit_ms = ceiling(
            self.span.to_ms,
            self.span.ground_ms,
            self.presence.due_ms - self.enrolment_total(),
            self.cap_left(now),
            self.check is not None,
        )
        quiet = self.limits.quiet_hours
        waits = is_quiet(now, self.zone, quiet)  # in quiet hours every beat is judged
        self.span.recheck_at = now if waits else next_boundary(now, self.zone, quiet)
        db.session.flush()

    def close_span(self) -> None:
        """The span ends; its last word (number and evidence) stays with the session."""
        if self.span is not None:
            self.session.seq, self.session.beat_at = self.span.seq, self.heard
            self.span.is_open = False
            db.session.flush()
            self.span = None

    def begin_day(self, at: datetime) -> None:
        """A span of an earlier local day has ended, so that every day is the sum of its spans."""
        if self.span is not None and local_day(self.span.started_at, self.zone) < local_day(at, self.zone):
            self.close_span()

    def standstill(self, now: datetime) -> BeatReason:
        """Why nothing can be earned now whatever is followed, or counting."""
        if not queries.is_access_open(self.enrolment, now):
            return BeatReason.ACCESS_CLOSED
        if is_quiet(now, self.zone, self.limits.quiet_hours):
            return BeatReason.QUIET_HOURS
        if self.check is not None:
            return BeatReason.PRESENCE_DUE
        left = self.cap_left(now)
        return BeatReason.DAILY_CAP if left is not None and left <= 0 else BeatReason.COUNTING


def locked_lease(user_id: str) -> StudyLease | None:
    """The learner's lease, held until the unit of work ends: whatever changes their study is queued by it."""
    return db.session.scalar(select(StudyLease).where(StudyLease.user_id == user_id).with_for_update())


def scene_of(session: StudySession, lease: StudyLease | None, presence: StudyPresence) -> Scene:
    """The scene of a session of one's own; the lease is held already."""
    enrolment = db.session.get_one(Enrolment, session.enrolment_id)
    rules = catalogue.rules_of(enrolment.programme_version_id)
    return Scene(
        session=session,
        span=queries.open_span(session.id, lock=True),
        enrolment=enrolment,
        limits=rules.study,
        zone=rules.zone.key,
        length_ms=db.session.get_one(LessonVersion, session.lesson_version_id).length_ms,
        lease_current=lease is not None and lease.generation == session.generation,
        presence=presence,
        check=queries.held_check(session.enrolment_id),
    )
