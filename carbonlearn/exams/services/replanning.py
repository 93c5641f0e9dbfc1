"""When a year's holidays are announced: tentative windows are confirmed, moved by rule, or put before a person."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.audit.services import record
from carbonlearn.catalogue.queries import current_rules
from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor
from carbonlearn.core.windows import local_day
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries.bookings import seats_taken
from carbonlearn.exams.queries.replanning import is_asked, is_unsure, settled_plans, unsure_windows
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.exams.rules.calendar import WindowPlan
from carbonlearn.exams.rules.replanning import ASKED, UNANNOUNCED, Replan, replan
from carbonlearn.exams.services.bookings import renumber
from carbonlearn.exams.services.windows import changeable, check_reason


def replan_programme(programme_key: str, now: datetime) -> int:
    """Look at each tentative window of a programme again; how many were confirmed, moved or put before a person."""
    waiting = unsure_windows(programme_key, now)
    plans = settled_plans(programme_key, now) if waiting else {}
    return sum(_replan(window.id, plans[window.slot], now) for window in waiting if window.slot in plans)


def _replan(window_id: str, plan: WindowPlan, now: datetime) -> bool:
    window = window_by_id(window_id, lock=True)
    booked = seats_taken(window_id)
    stands, planned = (window.starts_at, window.ends_at), (plan.starts_at, plan.ends_at)
    verdict = replan(
        stands, planned, was_unsure=is_unsure(window), is_unsure=UNANNOUNCED in plan.warnings, booked=booked
    )
    if verdict is Replan.KEEP or (verdict is Replan.ASK and is_asked(window)):
        return False
    if verdict is Replan.ASK:
        window.warnings = [*window.warnings, {"code": ASKED}]
    else:
        _apply(window, plan)
    facts = {**_dates(stands[0], planned[0]), "booked": booked, "reason": plan.reason}
    record(f"window:replan_{verdict.value}", ("window", window_id), now=now, source="job", facts=facts)
    return True


def accept_replan(window_id: str, reason: str, *, actor: Actor, now: datetime) -> ExamWindow:
    """Move a window that waits for a decision to the date that its rule gives; the booked keep place and entitlement.

    Raises NotFound; Conflict: WINDOW_BEGUN, WINDOW_CANCELLED, REPLAN_NONE; Invalid REASON_LENGTH.
    """
    window = _waiting(window_id, reason, now)
    plan = settled_plans(window.programme_key, now).get(window.slot)
    if plan is None:
        raise Conflict("REPLAN_NONE")
    before, zone = window.starts_at, str(current_rules(window.programme_key, now).zone)
    _apply(window, plan)
    window.reason = reason.strip()
    facts = _dates(before, window.starts_at) | {"booked": seats_taken(window_id), "reason": window.reason}
    record("window:replan_accept", ("window", window_id), now=now, actor_id=actor.user_id, facts=facts)
    if local_day(before, zone) != local_day(window.starts_at, zone):
        renumber(window, zone)  # after the audit entry, which holds the lock that all numbers of a day share
    return window


def keep_date(window_id: str, reason: str, *, actor: Actor, now: datetime) -> ExamWindow:
    """Let a window that waits for a decision stand where it is, for good. Raises as accept_replan."""
    window = _waiting(window_id, reason, now)
    window.warnings = [one for one in window.warnings if one["code"] not in (ASKED, UNANNOUNCED)]
    window.tentative, window.reason = False, reason.strip()
    facts = {"at": window.starts_at.isoformat(), "booked": seats_taken(window_id), "reason": window.reason}
    record("window:replan_refuse", ("window", window_id), now=now, actor_id=actor.user_id, facts=facts)
    return window


def _waiting(window_id: str, reason: str, now: datetime) -> ExamWindow:
    window = changeable(window_id, now)
    check_reason(reason)
    if not is_asked(window):
        raise Conflict("REPLAN_NONE")
    return window


def _apply(window: ExamWindow, plan: WindowPlan) -> None:
    window.starts_at, window.ends_at = plan.starts_at, plan.ends_at
    window.booking_closes_at, window.ticket_at = plan.booking_closes_at, plan.ticket_at
    window.seal_at, window.results_due = plan.seal_at, plan.results_due
    window.certificates_due, window.moved_from = plan.certificate_due, plan.moved_from
    window.reason, window.tentative = plan.reason, plan.tentative
    window.warnings = [{"code": code} for code in plan.warnings]


def _dates(before: datetime, after: datetime) -> dict[str, object]:
    return {"from": before.isoformat(), "to": after.isoformat()}
