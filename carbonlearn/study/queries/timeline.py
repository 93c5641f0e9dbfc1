"""What happened in an enrolment's study, newest first: what was credited, what was not and why, which questions were asked.

One page reads four statements, each limited; a cursor (an instant in microseconds and a name) goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from carbonlearn.catalogue.models import Lesson
from carbonlearn.core.windows import local_day
from carbonlearn.infra.db import db, instant, microseconds
from carbonlearn.study.models import PresenceCheck, StudyRefusal, StudySession, StudySpan
from carbonlearn.study.queries.decisions import DecisionLine, decisions_of

CREDITED, REFUSED, ASKED = "credited", "refused", "asked"
LEAST_MS = 1_000  # what moved less is kept and summed, but is no line: nobody would read anything in it


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline. ``kind``: credited, refused or asked. ``amount_ms``: what it earned, or what it lost.

    ``until`` is None for a question without an answer. ``reason`` is a refusal's code, or the words with which a span was made void.
    ``correct`` belongs to a question, ``is_void``, the ground (ms) and what people ``decided``
    about it, oldest first, to a span.
    """

    kind: str
    id: str
    at: datetime
    until: datetime | None
    lesson_slug: str
    lesson: str
    lesson_en: str
    amount_ms: int = 0
    reason: str = ""
    correct: bool | None = None
    attempt: int = 0
    from_ms: int = 0
    to_ms: int = 0
    device: str = ""
    is_void: bool = False
    decided: tuple[DecisionLine, ...] = ()

    @property
    def answer_ms(self) -> int | None:
        """Server time (ms) from question to answer; None for what is no question or has no answer."""
        if self.kind != ASKED or self.until is None:
            return None
        return (self.until - self.at) // timedelta(milliseconds=1)

    @property
    def key(self) -> str:
        """Where a page that ends with this line goes on."""
        return f"{microseconds(self.at)}.{self.kind}.{self.id}"


def timeline(
    enrolment_id: str, after: str, limit: int, since: datetime | None = None, least_ms: int = LEAST_MS
) -> list[Event]:
    """At most ``limit`` events older than the cursor ``after`` (empty: from now), newest first; none before ``since``.

    Spans that earned less than ``least_ms`` are left out, and what lost less than a second: it stands in the ledger, but tells nothing.
    """
    found = [
        *_credited(enrolment_id, after, limit, least_ms),
        *_refused(enrolment_id, after, limit),
        *_asked(enrolment_id, after, limit),
    ]
    told = sorted(found, key=_order, reverse=True)[:limit]
    return told if since is None else [event for event in told if event.at >= since]


def by_day(events: Iterable[Event], zone: str = "Asia/Shanghai") -> list[tuple[datetime, list[Event]]]:
    """The events in groups of one local day, each with the instant of its newest event."""
    groups = groupby(events, key=lambda event: local_day(event.at, zone))
    return [(lines[0].at, lines) for lines in (list(group) for _, group in groups)]


def _order(event: Event) -> tuple[datetime, str, str]:
    return event.at, event.kind, event.id


def _credited(enrolment_id: str, after: str, limit: int, least_ms: int) -> list[Event]:
    rows = db.session.execute(
        select(StudySpan, StudySession.device, Lesson)
        .join(StudySession, StudySession.id == StudySpan.session_id)
        .join(Lesson, Lesson.id == StudySpan.lesson_id)
        .where(StudySpan.enrolment_id == enrolment_id, StudySpan.credited_ms >= max(1, least_ms))
        .where(*_older(StudySpan.started_at, StudySpan.id, CREDITED, after))
        .order_by(StudySpan.started_at.desc(), StudySpan.id.desc())
        .limit(limit)
    )
    found = rows.all()
    decided = {key: tuple(lines) for key, lines in decisions_of([span.id for span, _, _ in found]).items()}
    return [
        Event(
            CREDITED, str(span.id), span.started_at, span.beat_at, lesson.slug, lesson.title, lesson.en, span.credited_ms,
            decided[span.id][-1].reason if span.is_void and span.id in decided else "", from_ms=span.from_ms, to_ms=span.to_ms,
            device=device, is_void=span.is_void, decided=decided.get(span.id, ()),
        )
        for span, device, lesson in found
    ]  # fmt: skip


def _refused(enrolment_id: str, after: str, limit: int) -> list[Event]:
    rows = db.session.execute(
        select(StudyRefusal, Lesson)
        .join(Lesson, Lesson.id == StudyRefusal.lesson_id)
        .where(StudyRefusal.enrolment_id == enrolment_id, StudyRefusal.lost_ms >= LEAST_MS)
        .where(*_older(StudyRefusal.from_at, StudyRefusal.id, REFUSED, after))
        .order_by(StudyRefusal.from_at.desc(), StudyRefusal.id.desc())
        .limit(limit)
    )
    return [
        Event(
            REFUSED, str(row.id), row.from_at, row.until_at, lesson.slug, lesson.title, lesson.en, row.lost_ms, row.reason,
            from_ms=row.from_ms, to_ms=row.to_ms,
        )
        for row, lesson in rows
    ]  # fmt: skip


def _asked(enrolment_id: str, after: str, limit: int) -> list[Event]:
    rows = db.session.execute(
        select(PresenceCheck, Lesson)
        .join(Lesson, Lesson.id == PresenceCheck.lesson_id)
        .where(PresenceCheck.enrolment_id == enrolment_id)
        .where(*_older(PresenceCheck.asked_at, PresenceCheck.id, ASKED, after))
        .order_by(PresenceCheck.asked_at.desc(), PresenceCheck.id.desc())
        .limit(limit)
    )
    return [
        Event(
            ASKED, check.id, check.asked_at, check.answered_at, lesson.slug, lesson.title, lesson.en, correct=check.correct,
            attempt=check.attempt,
        )
        for check, lesson in rows
    ]  # fmt: skip


def _older(
    at: InstrumentedAttribute[datetime], id_: InstrumentedAttribute[Any], kind: str, after: str
) -> list[ColumnElement[bool]]:
    """What makes a row of one kind come after the cursor in the order of the whole timeline: instant, kind, id, all falling."""
    stamp, _, rest = after.partition(".")
    last_kind, _, last_id = rest.partition(".")
    if not stamp.isdecimal() or len(stamp) > 17:
        return []
    before = instant(int(stamp))
    if kind != last_kind:
        return [at < before if kind > last_kind else at <= before]
    last = last_id if kind == ASKED else int(last_id) if last_id.isdecimal() and len(last_id) <= 18 else 0
    return [or_(at < before, and_(at == before, id_ < last))]
