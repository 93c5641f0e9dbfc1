"""The same pages as JSON: instants in ISO 8601 UTC, codes instead of sentences."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.exams.queries import Attempt, Board, Card, Ticket

INSTANT = {"type": "string", "format": "date-time"}
BOOKING_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["booking"],
    "properties": {
        "booking": {
            "type": "object",
            "required": ["id", "window_id", "status", "booked_at"],
            "properties": {
                "id": {"type": "string"},
                "window_id": {"type": "string"},
                "enrolment_id": {"type": "string"},
                "paper": {"type": "string"},
                "status": {"enum": ["held", "cancelled", "released", "used", "no_show"]},
                "end_reason": {"type": "string"},
                "booked_at": INSTANT,
            },
        }
    },
}
WINDOWS_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["enrolment", "checklist", "booking", "windows"],
    "properties": {
        "enrolment": {"type": ["object", "null"]},
        "checklist": {"type": "array", "items": {"type": "object"}},
        "booking": {"type": ["object", "null"]},
        "windows": {"type": "array", "items": {"type": "object"}},
        "paper": {"type": "string"},
        "examinations": {"type": "array", "items": {"type": "object"}},
        "attempt": {"type": ["object", "null"]},
    },
}
TICKET_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["number", "name", "starts_at", "ends_at", "check_in_opens_at", "check_in_closes_at"],
    "properties": {
        "number": {"type": "string"},
        "name": {"type": "string"},
        "starts_at": INSTANT,
        "ends_at": INSTANT,
        "confirmed": {"type": "boolean"},
        "hours_due_at": INSTANT,
    },
}


def stamp(at: datetime | date | None) -> str | None:
    """ISO 8601, or None."""
    return at.isoformat() if at else None


def no_board() -> dict[str, Any]:
    """The answer to who has no enrolment."""
    return {"enrolment": None, "checklist": [], "booking": None, "windows": [], "attempt": None}


def board(found: Board) -> dict[str, Any]:
    """Checklist, booking and windows."""
    own = {"booking": booking(found.booking)} if found.booking else {"booking": None}
    return own | {
        "enrolment": {
            "id": found.enrolment.id,
            "programme": found.enrolment.programme_key,
            "job_type": found.enrolment.job_type,
            "level": found.enrolment.level,
        },
        "checklist": [
            {"name": line.name, "state": line.state.value, "code": line.code}
            for line in found.eligibility.lines
        ],
        "paper": found.paper,
        "examinations": [
            {"paper": one.key, "name": one.spec.name, "en": one.spec.en, "passed": one.is_passed}
            for one in found.examinations
        ],
        "windows": [_card(card) for card in found.cards],
        "attempt": _attempt(found.attempt) if found.attempt else None,
    }


def _attempt(found: Attempt) -> dict[str, Any]:
    """How far the sitting of the booking is; points once they are released."""
    outcome = found.outcome
    return {
        "sitting_id": found.sitting_id,
        "state": found.state,
        "must_submit_by": stamp(found.must_submit_by),
        "results_due": stamp(found.results_due),
        "result_id": outcome.result_id if outcome else None,
        "passed": outcome.passed if outcome else None,
    }


def booking(found: Booking) -> dict[str, Any]:
    """One booking. The ticket's number comes with the ticket."""
    return {
        "id": found.id,
        "window_id": found.window_id,
        "enrolment_id": found.enrolment_id,
        "paper": found.paper,
        "status": found.status,
        "end_reason": found.end_reason,
        "booked_at": stamp(found.booked_at),
    }


def window(found: ExamWindow) -> dict[str, Any]:
    """One window."""
    return {
        "id": found.id,
        "programme": found.programme_key,
        "paper": found.paper,
        "starts_at": stamp(found.starts_at),
        "ends_at": stamp(found.ends_at),
        "booking_closes_at": stamp(found.booking_closes_at),
        "ticket_at": stamp(found.ticket_at),
        "capacity": found.capacity,
        "tentative": found.tentative,
        "moved_from": stamp(found.moved_from),
        "reason": found.reason,
        "cancelled_at": stamp(found.cancelled_at),
    }


def ticket(found: Ticket) -> dict[str, Any]:
    """The ticket."""
    return {
        "number": found.number,
        "name": found.name,
        "id_number": found.id_masked,
        "booking_id": found.booking.id,
        "window_id": found.window.id,
        "starts_at": stamp(found.window.starts_at),
        "ends_at": stamp(found.window.ends_at),
        "check_in_opens_at": stamp(found.check_in_opens_at),
        "check_in_closes_at": stamp(found.check_in_closes_at),
        "confirmed": found.confirmed,
        "hours_due_at": stamp(found.window.booking_closes_at),
    }


def _card(card: Card) -> dict[str, Any]:
    return window(card.row.window) | {
        "places_left": card.row.places_left,
        "chance": card.chance.code,
        "offered": card.chance.offered,
        "recommended": card.recommended,
    }
