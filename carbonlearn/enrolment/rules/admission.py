"""The life of an enrolment as one table: from which status, by which event, to which status, and who may.

Source: domain paper, "Life of an enrolment". What is not in the table is refused.
"""

from __future__ import annotations

from enum import StrEnum

from carbonlearn.core.errors import Conflict, Refused


class Status(StrEnum):
    """EXPIRED, COMPLETED and WITHDRAWN end it; only a lapsed access period can be taken up again, with a reason."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    BASE_APPROVED = "base_approved"
    ASSOCIATION_APPROVED = "association_approved"
    PAID = "paid"
    ACTIVE = "active"
    EXPIRED = "expired"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What moves an enrolment. A return goes back to the draft with nothing lost and names each fault."""

    SUBMIT = "submit"
    BASE_APPROVE = "base_approve"
    BASE_RETURN = "base_return"
    ASSOCIATION_APPROVE = "association_approve"
    ASSOCIATION_RETURN = "association_return"
    PAY = "pay"
    ACTIVATE = "activate"
    EXPIRE = "expire"
    EXTEND = "extend"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"


class By(StrEnum):
    """Who acts: the learner, the base that recruits, the association that examines and issues, or a sweep."""

    LEARNER = "learner"
    BASE = "base"
    ASSOCIATION = "association"
    SYSTEM = "system"


_UNFINISHED = (
    Status.DRAFT,
    Status.SUBMITTED,
    Status.BASE_APPROVED,
    Status.ASSOCIATION_APPROVED,
    Status.PAID,
    Status.ACTIVE,
)
_LEARNER_SIDE = frozenset({By.LEARNER, By.BASE})
_DESKS = frozenset({By.BASE, By.ASSOCIATION})
_BASE, _ASSOCIATION, _SYSTEM = frozenset({By.BASE}), frozenset({By.ASSOCIATION}), frozenset({By.SYSTEM})

TABLE: dict[tuple[Status, Event], tuple[Status, frozenset[By]]] = {
    (Status.DRAFT, Event.SUBMIT): (Status.SUBMITTED, _LEARNER_SIDE),
    (Status.SUBMITTED, Event.BASE_APPROVE): (Status.BASE_APPROVED, _BASE),
    (Status.SUBMITTED, Event.BASE_RETURN): (Status.DRAFT, _BASE),
    (Status.BASE_APPROVED, Event.ASSOCIATION_APPROVE): (Status.ASSOCIATION_APPROVED, _ASSOCIATION),
    (Status.BASE_APPROVED, Event.ASSOCIATION_RETURN): (Status.DRAFT, _ASSOCIATION),
    (Status.ASSOCIATION_APPROVED, Event.PAY): (Status.PAID, _DESKS),
    (Status.PAID, Event.ACTIVATE): (Status.ACTIVE, _DESKS | _SYSTEM),
    (Status.ACTIVE, Event.EXPIRE): (Status.EXPIRED, _SYSTEM),
    (Status.ACTIVE, Event.EXTEND): (Status.ACTIVE, _DESKS),
    (Status.EXPIRED, Event.EXTEND): (Status.ACTIVE, _DESKS),
    (Status.ACTIVE, Event.COMPLETE): (Status.COMPLETED, _SYSTEM),
    # A retake reaches past the access period, so that a pass may come after it.
    (Status.EXPIRED, Event.COMPLETE): (Status.COMPLETED, _SYSTEM),
} | {(status, Event.WITHDRAW): (Status.WITHDRAWN, _LEARNER_SIDE) for status in _UNFINISHED}


def step(status: Status, event: Event, by: By) -> Status:
    """The status after the event. Raises Conflict ENROLMENT_STATUS for what cannot happen now, Refused ENROLMENT_ACTOR for whom."""
    if (status, event) not in TABLE:
        raise Conflict("ENROLMENT_STATUS", status=status.value, event=event.value)
    after, actors = TABLE[status, event]
    if by not in actors:
        raise Refused("ENROLMENT_ACTOR", event=event.value, by=by.value)
    return after


def may(status: Status, event: Event, by: By) -> bool:
    """Whether this actor can do this now, for showing or hiding a button."""
    return (status, event) in TABLE and by in TABLE[status, event][1]
