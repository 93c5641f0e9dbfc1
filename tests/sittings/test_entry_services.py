"""Check in and begin, on the real database: what is granted, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update

from carbonlearn.core.errors import Conflict, DomainError, Late, NotFound, Refused
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow
from carbonlearn.exams.queries.bookings import locked_booking
from carbonlearn.infra.db import unit_of_work
from carbonlearn.sittings import queries, services
from tests.factories.sittings import (
    Candidate,
    a_candidate,
    a_ready_sitting,
    a_running_sitting,
)
from tests.support.sitting_rows import AT_ONCE, refused, rows, unit

TICK = timedelta(microseconds=1)


def test_checks_in_once_however_often_asked(candidate: Candidate, now: datetime) -> None:
    first = a_ready_sitting(candidate, now)
    again = a_ready_sitting(candidate, now + timedelta(minutes=1))
    assert (first.id, first.status, again.id) == (again.id, "ready", first.id)
    assert [event.event for event in queries.events_of(first.id)] == ["check_in"]


@pytest.mark.parametrize(
    ("offset", "kind", "code"),
    [
        (timedelta(minutes=-15, seconds=-1), Conflict, "CHECK_IN_NOT_OPEN"),
        (timedelta(minutes=40), Late, "CHECK_IN_CLOSED"),
    ],
)
def test_refuses_check_in_outside_its_time(
    db: SQLAlchemy, candidate: Candidate, now: datetime, offset: timedelta, kind: type[DomainError], code: str
) -> None:
    at = now + offset
    refused(db, kind, code, lambda: unit(services.check_in, candidate.booking, actor=candidate.actor, now=at))


@pytest.mark.parametrize("offset", [timedelta(minutes=-15), timedelta(minutes=40) - TICK])
def test_lets_in_at_both_ends_of_the_check_in_time(
    candidate: Candidate, now: datetime, offset: timedelta
) -> None:
    assert a_ready_sitting(candidate, now + offset).status == "ready"


def test_a_place_given_back_at_the_same_moment_lets_nobody_in(
    app: Flask, db: SQLAlchemy, candidate: Candidate, now: datetime
) -> None:
    """The check-in that looked at the place just before waits for the cancellation, and then sees it."""
    given_back, looked = Event(), Event()

    def give_back() -> None:
        with app.app_context(), unit_of_work():
            locked_booking(candidate.booking).status = "cancelled"
            db.session.flush()
            given_back.set()
            looked.wait(timeout=0.5)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(give_back)
        assert given_back.wait(timeout=10)
        with pytest.raises(Conflict, match="BOOKING_NOT_HELD"):
            unit(services.check_in, candidate.booking, actor=candidate.actor, now=now)
        done.result()


def test_a_short_window_ends_check_in_with_itself(db: SQLAlchemy, now: datetime) -> None:
    short = a_candidate(now, minutes=8)
    late = now + timedelta(minutes=38)
    refused(
        db,
        Late,
        "CHECK_IN_CLOSED",
        lambda: unit(services.check_in, short.booking, actor=short.actor, now=late),
    )


def test_refuses_somebody_elses_booking(db: SQLAlchemy, candidate: Candidate, now: datetime) -> None:
    stranger = a_candidate(now)
    refused(
        db,
        NotFound,
        "BOOKING_NOT_FOUND",
        lambda: unit(services.check_in, candidate.booking, actor=stranger.actor, now=now),
    )


@pytest.mark.parametrize(
    ("short_of", "code"),
    [
        ({"identity": None}, "IDENTITY_NOT_APPROVED"),
        ({"identity": "returned"}, "IDENTITY_NOT_APPROVED"),
        ({"credited_ms": 1000}, "HOURS_MISSING"),
    ],
)
def test_refuses_who_may_not_sit(db: SQLAlchemy, now: datetime, short_of: dict[str, Any], code: str) -> None:
    person = a_candidate(now, **short_of)
    error = refused(
        db, Refused, code, lambda: unit(services.check_in, person.booking, actor=person.actor, now=now)
    )
    json.dumps(error.facts)


def test_refuses_check_in_to_a_cancelled_window(db: SQLAlchemy, candidate: Candidate, now: datetime) -> None:
    with unit_of_work():
        db.session.execute(update(ExamWindow).values(cancelled_at=now, reason="停电"))
    refused(
        db,
        Conflict,
        "WINDOW_CANCELLED",
        lambda: unit(services.check_in, candidate.booking, actor=candidate.actor, now=now),
    )


def test_refuses_a_booking_that_was_given_back(db: SQLAlchemy, candidate: Candidate, now: datetime) -> None:
    with unit_of_work():
        db.session.execute(update(Booking).values(status="cancelled"))
    refused(
        db,
        Conflict,
        "BOOKING_NOT_HELD",
        lambda: unit(services.check_in, candidate.booking, actor=candidate.actor, now=now),
    )


# -- start


def test_starting_fixes_the_deadline_and_uses_up_the_booking(
    db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    assert sitting.must_submit_by == now + timedelta(minutes=90)
    assert (sitting.status, sitting.generation, sitting.item_count) == ("running", 1, 96)
    assert db.session.get_one(Booking, sitter.booking).status == "used"
    assert db.session.query(Entitlement).one().used_at == now


def test_a_second_start_gives_the_same_sitting(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    first = a_running_sitting(sitter, now)
    deadline = first.must_submit_by
    before = rows(db)
    again = unit(services.start, first.id, actor=sitter.actor, now=now + timedelta(minutes=5))
    assert again.must_submit_by == deadline
    assert rows(db) == before


def test_a_late_starter_loses_the_minutes(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    ready = a_ready_sitting(sitter, now)
    late = unit(services.start, ready.id, actor=sitter.actor, now=now + timedelta(minutes=20))
    assert late.must_submit_by == now + timedelta(minutes=90) + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("offset", "kind", "code"),
    [
        (timedelta(minutes=29, seconds=59), Conflict, "START_NOT_OPEN"),
        (timedelta(minutes=60), Late, "START_TOO_LATE"),
    ],
)
def test_refuses_to_start_outside_its_time(
    db: SQLAlchemy, candidate: Candidate, now: datetime, offset: timedelta, kind: type[DomainError], code: str
) -> None:
    ready = a_ready_sitting(candidate, now)
    at = now + offset
    refused(db, kind, code, lambda: unit(services.start, ready.id, actor=candidate.actor, now=at))


def test_refuses_to_start_without_a_sealed_paper(db: SQLAlchemy, now: datetime) -> None:
    person = a_candidate(now, starts_in=AT_ONCE, sealed=False)
    ready = a_ready_sitting(person, now)
    refused(
        db, Conflict, "PAPER_NOT_SEALED", lambda: unit(services.start, ready.id, actor=person.actor, now=now)
    )


def test_refuses_to_start_somebody_elses_sitting(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    ready, stranger = a_ready_sitting(sitter, now), a_candidate(now)
    refused(
        db,
        NotFound,
        "SITTING_NOT_FOUND",
        lambda: unit(services.start, ready.id, actor=stranger.actor, now=now),
    )
