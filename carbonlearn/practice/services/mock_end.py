"""A mock ends: handed in or out of time, marked in the same moment, its wrong answers put into the book."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from carbonlearn.catalogue.queries import rules_of
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.practice.models import MockPaper, MockSitting, PracticeAnswer
from carbonlearn.practice.queries.mock_result import Marked, marked_items
from carbonlearn.practice.queries.mocks import RUNNING, final_answers, own_mock
from carbonlearn.practice.rules.verdict import Verdict, verdict_of_points
from carbonlearn.practice.services.answering import hold, remember
from carbonlearn.sittings.queries import login_id
from carbonlearn.sittings.rules.ending import ending_of, is_overdue, timed_out
from carbonlearn.sittings.rules.machine import By, Event, Status, step
from carbonlearn.sittings.rules.receipt import value_text

PAPERS_STAY = timedelta(days=183)


def submit(sitting_id: str, *, actor: Actor, now: datetime, generation: int | None = None) -> MockSitting:
    """Hand in what the server holds; marked at once. Again gives the same receipt, after the deadline the time-out's.

    Raises NotFound; Conflict LEASE_LOST from a device that may not write.
    """
    hold(actor.user_id)
    sitting = own_mock(sitting_id, actor, lock=True)
    if sitting.status != RUNNING or _closed_overdue(sitting, now):
        return sitting
    ended = step(Status(sitting.status), Event.SUBMIT, By.CANDIDATE)
    if sitting.device != login_id(actor) or generation not in (None, sitting.generation):
        raise Conflict("LEASE_LOST", generation=sitting.generation)
    _end(sitting, ended, now)
    return sitting


def close_if_overdue(sitting_id: str, *, now: datetime) -> bool:
    """Time out one mock whose deadline and grace are over. Whether it was closed by this call."""
    user_id = db.session.scalar(select(MockSitting.user_id).where(MockSitting.id == sitting_id))
    hold(user_id or "")
    query = select(MockSitting).where(MockSitting.id == sitting_id).with_for_update()
    return _closed_overdue(db.session.scalars(query.execution_options(populate_existing=True)).one(), now)


def give_own_points(
    sitting_id: str, number: int, lines: list[int], *, actor: Actor, now: datetime
) -> MockSitting:
    """What the writer gives a short answer of a mock that has ended: points for each line of its rubric, all or nothing; once.

    Raises NotFound; Conflict MOCK_NOT_ENDED; Invalid LINE_UNKNOWN for an item or a line that is not there.
    """
    hold(actor.user_id)
    sitting = own_mock(sitting_id, actor, lock=True)
    if sitting.status == RUNNING and not _closed_overdue(sitting, now):
        raise Conflict("MOCK_NOT_ENDED")
    item = next((one for one in marked_items(sitting) if one.number == number and one.is_short), None)
    if item is None or not set(lines) <= set(range(len(item.rubric))):
        raise Invalid("LINE_UNKNOWN", field="lines")
    if str(number) in sitting.own_points or item.value is None:
        return sitting
    given = [line["points"] if place in lines else 0 for place, line in enumerate(item.rubric)]
    sitting.own_points = sitting.own_points | {str(number): given}
    _judge(sitting, item, verdict_of_points(sum(given), item.possible), now)
    return sitting


def drop_old_papers(now: datetime) -> int:
    """Let go of the papers of mocks that were over half a year ago; how many. Answers, points and what was shown stay."""
    over = select(MockSitting.id).where(
        MockSitting.status != RUNNING, MockSitting.ended_at < now - PAPERS_STAY
    )
    found = db.session.execute(delete(MockPaper).where(MockPaper.sitting_id.in_(over)))
    return int(found.rowcount)  # type: ignore[attr-defined]


def _closed_overdue(sitting: MockSitting, now: datetime) -> bool:
    if not is_overdue(sitting.status, sitting.must_submit_by, now):
        return False
    _end(sitting, timed_out(), now)
    return True


def _end(sitting: MockSitting, status: Status, now: datetime) -> None:
    ending = ending_of(sitting.id, status, sitting.must_submit_by, final_answers(sitting.id), now)
    for name, value in asdict(ending).items():
        setattr(sitting, name, value)
    marked = marked_items(sitting)
    sitting.points = sum(item.points or 0 for item in marked if not item.is_short)
    given = [item for item in marked if item.value is not None]
    db.session.add_all(_answer(sitting, item) for item in given)
    db.session.flush()
    remember(sitting.user_id, {item.item_id: item.verdict for item in given}, _zone(sitting), now)


def _answer(sitting: MockSitting, item: Marked) -> PracticeAnswer:
    """The answer as practice keeps it; what was left blank says nothing about anybody's memory."""
    return PracticeAnswer(
        user_id=sitting.user_id,
        item_id=item.item_id,
        version_id=item.version_id,
        mode="mock",
        value=value_text(item.value),
        verdict=item.verdict.value,
        operation_id=_operation(sitting, item.number),
        answered_at=sitting.ended_at,
    )


def _judge(sitting: MockSitting, item: Marked, verdict: Verdict, now: datetime) -> None:
    kept = db.session.scalar(
        select(PracticeAnswer).where(
            PracticeAnswer.user_id == sitting.user_id,
            PracticeAnswer.operation_id == _operation(sitting, item.number),
        )
    )
    if kept is not None and kept.verdict == Verdict.OPEN:
        kept.verdict = verdict.value
        remember(sitting.user_id, {item.item_id: verdict}, _zone(sitting), now)


def _operation(sitting: MockSitting, number: int) -> str:
    """The name of an answer of a mock. A device's own names have no colon, so that none can take its place."""
    return f"mock:{sitting.id}-{number}"


def _zone(sitting: MockSitting) -> ZoneInfo:
    enrolment = db.session.get_one(Enrolment, sitting.enrolment_id)
    return rules_of(enrolment.programme_version_id).zone
