"""The life of a sitting as one table: from which status, by which event, to which status, and who may.

Source: integrity paper 3.1, machine A. What is not in the table is refused; the stored names are the values here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from carbonlearn.core.errors import Conflict, Refused


class Status(StrEnum):
    """ADMITTED is the booking's state before there is a sitting; it is never stored on one."""

    ADMITTED = "admitted"
    CHECKED_IN = "checked_in"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    TIMED_OUT = "timed_out"
    TERMINATED = "terminated"
    ABSENT = "absent"
    CLOSED = "closed"
    VOID = "void"


class Event(StrEnum):
    """What happens to a sitting. SAVE and LATE_BATCH leave the status as it is, and so does ID_REJECT."""

    CHECK_IN = "check_in"
    ID_REJECT = "id_reject"
    ID_APPROVE = "id_approve"
    ID_DENY = "id_deny"
    START = "start"
    LATE = "late"
    SAVE = "save"
    PAUSE = "pause"
    RESUME = "resume"
    SUBMIT = "submit"
    DEADLINE = "deadline"
    TERMINATE = "terminate"
    LATE_BATCH = "late_batch"
    CLOSE = "close"
    VOID = "void"


class By(StrEnum):
    """Who acts. A pair is two different persons who both confirmed; SYSTEM is a sweep, or any request that finds time is up."""

    CANDIDATE = "candidate"
    PROCTOR = "proctor"
    PROCTOR_PAIR = "proctor_pair"
    CHIEF = "chief"
    CHIEF_PAIR = "chief_pair"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    status: Status
    event: Event
    to: Status
    by: frozenset[By]


_CANDIDATE, _SYSTEM = frozenset({By.CANDIDATE}), frozenset({By.SYSTEM})
_STAFF = frozenset({By.PROCTOR, By.PROCTOR_PAIR, By.CHIEF, By.CHIEF_PAIR})
_CHIEF = frozenset({By.CHIEF, By.CHIEF_PAIR})
_TWO_OR_CHIEF = _CHIEF | {By.PROCTOR_PAIR}
_CHIEF_PAIR = frozenset({By.CHIEF_PAIR})
_ANSWERING = (Status.RUNNING, Status.PAUSED)
_ENDED = (Status.SUBMITTED, Status.TIMED_OUT, Status.TERMINATED)


def _rows() -> Iterator[Transition]:
    yield Transition(Status.ADMITTED, Event.CHECK_IN, Status.CHECKED_IN, _CANDIDATE)
    yield Transition(Status.CHECKED_IN, Event.ID_REJECT, Status.CHECKED_IN, _STAFF)
    yield Transition(Status.CHECKED_IN, Event.ID_APPROVE, Status.READY, _STAFF)
    yield Transition(Status.CHECKED_IN, Event.ID_DENY, Status.TERMINATED, _CHIEF)
    yield Transition(Status.READY, Event.START, Status.RUNNING, _CANDIDATE)
    for status in (Status.ADMITTED, Status.CHECKED_IN, Status.READY):
        yield Transition(status, Event.LATE, Status.ABSENT, _SYSTEM)
    yield Transition(Status.RUNNING, Event.SAVE, Status.RUNNING, _CANDIDATE)
    yield Transition(Status.RUNNING, Event.PAUSE, Status.PAUSED, _STAFF)
    yield Transition(Status.PAUSED, Event.RESUME, Status.RUNNING, _STAFF)
    for status in _ANSWERING:
        yield Transition(status, Event.SUBMIT, Status.SUBMITTED, _CANDIDATE)
        yield Transition(status, Event.DEADLINE, Status.TIMED_OUT, _SYSTEM)
        yield Transition(status, Event.TERMINATE, Status.TERMINATED, _TWO_OR_CHIEF)
    for status in _ENDED:
        yield Transition(status, Event.LATE_BATCH, status, _CANDIDATE)
        yield Transition(status, Event.CLOSE, Status.CLOSED, _SYSTEM)
    for status in Status:
        if status not in (Status.ADMITTED, Status.VOID):
            yield Transition(status, Event.VOID, Status.VOID, _CHIEF_PAIR)


TABLE: dict[tuple[Status, Event], Transition] = {(row.status, row.event): row for row in _rows()}


def step(status: Status, event: Event, by: By) -> Status:
    """The status after the event. Raises Conflict SITTING_STATUS where the table has no such row, Refused SITTING_ACTOR where it
    has one but not for this actor."""
    row = TABLE.get((status, event))
    if row is None:
        raise Conflict("SITTING_STATUS", status=status.value, event=event.value)
    if by not in row.by:
        raise Refused("SITTING_ACTOR", event=event.value, by=by.value)
    return row.to


def may(status: Status, event: Event, by: By) -> bool:
    """Whether the event is possible now for this actor, for showing or hiding a button."""
    row = TABLE.get((status, event))
    return row is not None and by in row.by
