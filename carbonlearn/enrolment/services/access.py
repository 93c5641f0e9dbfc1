"""How a place ends before or after its time, and how a lapsed one is taken up again. Runs in the caller's unit of work."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment import queries
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.enrolment.rules import expiry
from carbonlearn.enrolment.rules.admission import By, Event, Status, step
from carbonlearn.enrolment.services.journal import MAX_REASON, note_review, record_act


def withdraw(enrolment_id: str, reason: str, *, actor: Actor, now: datetime) -> Enrolment:
    """End a place that is not finished; what was studied stays in the ledger.

    Raises Invalid without a reason, Conflict WITHDRAWAL_UNRELEASED while an exam that was sat for waits for its result or a pass
    for its certificate: who has sat is owed the outcome.
    """
    enrolment = queries.enrolment_within(enrolment_id, actor, Permission.ADMISSION_ENTER, lock=True)
    given = _given(reason)
    status = step(Status(enrolment.status), Event.WITHDRAW, By.BASE)
    expiry.may_withdraw(queries.pending([enrolment.id], now)[enrolment.id]).require(Conflict)
    enrolment.status = status.value
    note_review(enrolment, "base", "withdrawn", {"reason": given}, actor, now)
    record_act("enrolment:withdraw", enrolment, actor, now)
    return enrolment


def extend(enrolment_id: str, until: datetime, reason: str, *, actor: Actor, now: datetime) -> Enrolment:
    """Let access run until then; a place that had expired is active again, with all that was earned on it.

    Raises Invalid without a reason or for an end that is not later (EXTENSION_NOT_LATER) or more than a year off
    (EXTENSION_TOO_LONG), Conflict ENROLMENT_OPEN where a newer place on the same track was opened meanwhile.
    """
    enrolment = queries.enrolment_within(enrolment_id, actor, Permission.ACCESS_EXTEND, lock=True)
    given = _given(reason)
    status, before = step(Status(enrolment.status), Event.EXTEND, By.BASE), enrolment.access_until
    fault = expiry.extension_fault(before, until, now)
    if fault:
        raise Invalid(fault, field="until")
    newer = queries.open_place(
        enrolment.user_id, enrolment.programme_key, enrolment.job_type, enrolment.level
    )
    if newer is not None and newer.id != enrolment.id:
        raise Conflict("ENROLMENT_OPEN")
    facts: dict[str, object] = {
        "from": before.isoformat() if before else None,
        "to": until.isoformat(),
        "status": enrolment.status,
    }
    enrolment.status, enrolment.access_until = status.value, until
    note_review(enrolment, "access", "extended", {"reason": given}, actor, now)
    record_act("enrolment:extend", enrolment, actor, now, facts)
    return enrolment


def expire(enrolment_id: str, now: datetime) -> bool:
    """Record that a place is over, if it is and nothing that reaches past its period is under way. Twice changes nothing more."""
    enrolment = queries.locked_enrolment(enrolment_id)
    under_way = queries.pending([enrolment.id], now)[enrolment.id]
    status = Status(enrolment.status)
    if not expiry.may_expire(status, enrolment.access_until, under_way, now):
        return False
    enrolment.status = step(status, Event.EXPIRE, By.SYSTEM).value
    end = enrolment.access_until
    record(
        "enrolment:expire",
        ("enrolment", enrolment.id),
        now=now,
        source="job",
        base_id=enrolment.base_id,
        facts={"access_until": end.isoformat() if end else None},
    )
    return True


def _given(reason: str) -> str:
    given = reason.strip()[:MAX_REASON]
    if not given:
        raise Invalid("REASON_NEEDED", field="reason")
    return given
