"""The hours of an exam day: its sessions, and the moments before them at which booking closes, tickets come, papers are sealed.

Source: domain paper, "Exam calendar"; whatever a programme leaves open is taken from ``Defaults`` and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from carbonlearn.core.windows import TimeWindow, local_instant, window_on
from carbonlearn.exams.rules.series import EVERY_N_MINUTES

REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """A session of an exam day in wall time: slug, start and end as ``HH:MM``."""

    slug: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a programme is silent (ours). ``days_before`` are calendar days before the exam day.

    Booking ends with the last minute of its day, so that the day itself still counts and the instant still bears its date.
    The ``rehearsal_`` figures are minutes before a window of an ``every_n_minutes`` rule that names none.
    """

    booking_closes_days_before: int = 3
    booking_closes_at: str = "23:59"
    ticket_days_before: int = 1
    ticket_at: str = "09:00"
    seal_minutes_before: int = 60
    sessions: tuple[SessionTimes, ...] = (SessionTimes("morning", "09:00", "10:30"),)
    rehearsal_booking_closes_minutes: int = 3
    rehearsal_ticket_minutes: int = 2
    rehearsal_seal_minutes: int = 1


def is_rehearsal(block: Mapping[str, Any]) -> bool:
    """Whether the calendar is one of demonstrations, whose windows come every few minutes."""
    return bool(block["rule"]["kind"] == EVERY_N_MINUTES)


def sessions_of(
    block: Mapping[str, Any], day: date, timezone: str, defaults: Defaults
) -> Iterator[tuple[str, TimeWindow]]:
    """Slug and UTC window of each session of an exam day: stated ones, the rehearsals, or the defaults."""
    if is_rehearsal(block):
        yield from _rehearsals(block["rule"], day, timezone)
        return
    stated = tuple(SessionTimes(one["slug"], one["start"], one["end"]) for one in block.get("sessions") or ())
    for session in stated or defaults.sessions:
        yield session.slug, window_on(day, session.start, session.end, timezone)


def _rehearsals(rule: Mapping[str, Any], day: date, timezone: str) -> Iterator[tuple[str, TimeWindow]]:
    """Every n minutes of the local day, counted from its midnight plus the offset; each is a session of its own."""
    step, duration = timedelta(minutes=rule["minutes"]), timedelta(minutes=rule["duration_minutes"])
    if step <= timedelta(0) or duration <= timedelta(0):
        raise ValueError("a rehearsal rule needs a positive step and duration")
    midnight, end = local_instant(day, "00:00", timezone), local_instant(day, "24:00", timezone)
    start = midnight + timedelta(minutes=rule.get("offset_minutes", 0))
    while start < end:
        minute = (start - midnight) // timedelta(minutes=1)
        yield f"{REHEARSAL}-{minute // 60:02d}{minute % 60:02d}", TimeWindow(start, start + duration)
        start += step


def moments_before(
    block: Mapping[str, Any], day: date, window: TimeWindow, timezone: str, defaults: Defaults
) -> tuple[datetime, datetime, datetime]:
    """When booking closes, when the ticket comes, when the paper is sealed."""
    if is_rehearsal(block):
        rule = block["rule"]
        minutes = (
            rule.get("booking_closes_minutes_before", defaults.rehearsal_booking_closes_minutes),
            rule.get("ticket_minutes_before", defaults.rehearsal_ticket_minutes),
            rule.get("seal_minutes_before", defaults.rehearsal_seal_minutes),
        )
        closes, ticket, seal = (window.start - timedelta(minutes=before) for before in minutes)
        return closes, ticket, seal
    booking = (block.get("booking_closes") or {}).get("days_before", defaults.booking_closes_days_before)
    ticket_days = (block.get("admission_ticket") or {}).get("days_before", defaults.ticket_days_before)
    return (
        local_instant(day - timedelta(days=booking), defaults.booking_closes_at, timezone),
        local_instant(day - timedelta(days=ticket_days), defaults.ticket_at, timezone),
        window.start - timedelta(minutes=defaults.seal_minutes_before),
    )
