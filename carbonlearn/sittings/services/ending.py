"""The way out: handed in by the candidate, or closed by whoever finds that time is up; and those who never began."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update

from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor
from carbonlearn.exams import services as exams_services
from carbonlearn.infra.db import db
from carbonlearn.sittings.models import Sitting
from carbonlearn.sittings.queries import (
    ENDED,
    final_answers,
    holds_lease,
    locked_missed,
    missed_ids,
    overdue_ids,
    own_sitting,
)
from carbonlearn.sittings.rules.ending import ending_of, is_overdue, timed_out
from carbonlearn.sittings.rules.machine import By, Event, Status, step
from carbonlearn.sittings.services.journal import note


def submit(sitting_id: str, *, actor: Actor, now: datetime, generation: int | None = None) -> Sitting:
    """Hand in what the server holds. Handing in again gives the same receipt; after the deadline it is the time-out's.

    Raises NotFound; Conflict: SITTING_STATUS before the start, LEASE_LOST from a device that may not write.
    """
    sitting = own_sitting(sitting_id, actor, lock=True)
    if sitting.status in ENDED or close_if_overdue(sitting.id, now=now):
        return sitting
    ended = step(Status(sitting.status), Event.SUBMIT, By.CANDIDATE)
    if not holds_lease(sitting, actor) or generation not in (None, sitting.generation):
        raise Conflict("LEASE_LOST", generation=sitting.generation)
    _end(sitting, ended, now)
    _note_end(sitting, "submit", now, actor.user_id)
    return sitting


def close_if_overdue(sitting_id: str, *, now: datetime) -> bool:
    """Time out one running sitting whose deadline and grace are over. Whether it was closed by this call.

    Whoever finds it, sweep or hand-in, however late: the completion time is the deadline, so the outcome is the same.
    """
    sitting = _locked(sitting_id)
    if not is_overdue(sitting.status, sitting.must_submit_by, now):
        return False
    _end(sitting, timed_out(), now)
    _note_end(sitting, "time_out", now, None)
    return True


def mark_absent(sitting_id: str, *, now: datetime) -> bool:
    """One who checked in and did not begin in time. False when it is not ready any more, or its window was moved away meanwhile."""
    sitting = locked_missed(sitting_id, now)
    if sitting is None:
        return False
    sitting.status = step(Status.READY, Event.LATE, By.SYSTEM).value
    sitting.ended_at = now
    note(sitting, "absent", at=now, now=now, actor_id=None)
    return True


def close_overdue(now: datetime) -> int:
    """Close all that is over, in the caller's unit of work; how many changed. The sweep does the same row by row."""
    ended = sum(close_if_overdue(sitting_id, now=now) for sitting_id in overdue_ids(now))
    return ended + sum(mark_absent(sitting_id, now=now) for sitting_id in missed_ids(now))


def _locked(sitting_id: str) -> Sitting:
    query = select(Sitting).where(Sitting.id == sitting_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _end(sitting: Sitting, status: Status, now: datetime) -> None:
    """Freeze what was answered. The row is held since before the answers are read, so that none slips in between."""
    ending = ending_of(sitting.id, status, sitting.must_submit_by, final_answers(sitting.id), now)
    changed = db.session.execute(
        update(Sitting)
        .where(Sitting.id == sitting.id, Sitting.status == sitting.status)
        .values(**asdict(ending))
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("SITTING_STATUS", status=sitting.status, event=status.value)
    db.session.refresh(sitting)
    exams_services.close_place(sitting.booking_id, ending.ended_at)


def _note_end(sitting: Sitting, event: str, now: datetime, actor_id: str | None) -> None:
    facts = {"answers_sha256": sitting.answers_hash, "receipt": sitting.receipt_code}
    note(sitting, event, at=sitting.ended_at or now, now=now, actor_id=actor_id, facts=facts)
