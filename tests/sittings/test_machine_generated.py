"""Every status with every act a candidate or a sweep can ask for: in the table it happens, outside it nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text, update

from carbonlearn.core.errors import DomainError
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.sittings import services
from carbonlearn.sittings.models import Sitting
from carbonlearn.sittings.rules.machine import By, Event, Status, may
from tests.factories.sittings import Candidate, a_candidate, a_running_sitting, a_wish

STORED = ("ready", "running", "submitted", "timed_out", "terminated", "absent", "closed", "void")
Act = Callable[[Flask, Candidate, str, datetime], Any]


def _in_unit(verb: Callable[..., Any]) -> Act:
    def act(_app: Flask, person: Candidate, sitting: str, now: datetime) -> Any:
        with unit_of_work():
            return verb(sitting, actor=person.actor, now=now)

    return act


def _swept(verb: Callable[..., Any]) -> Act:
    def act(_app: Flask, _person: Candidate, sitting: str, now: datetime) -> Any:
        with unit_of_work():
            return verb(sitting, now=now)

    return act


ACTS: dict[Event, tuple[By, Act, timedelta]] = {
    Event.START: (By.CANDIDATE, _in_unit(services.start), timedelta(minutes=1)),
    Event.SAVE: (
        By.CANDIDATE,
        lambda app, person, sitting, now: services.save(app, a_wish(person, sitting, 2, ["A"]), now=now),
        timedelta(minutes=1),
    ),
    Event.SUBMIT: (By.CANDIDATE, _in_unit(services.submit), timedelta(minutes=1)),
    Event.DEADLINE: (By.SYSTEM, _swept(services.close_if_overdue), timedelta(minutes=91)),
    Event.LATE: (By.SYSTEM, _swept(services.mark_absent), timedelta(minutes=91)),
}
AGAIN = {("running", Event.START), ("submitted", Event.SUBMIT), ("timed_out", Event.SUBMIT)}
AGAIN |= {("terminated", Event.SUBMIT), ("closed", Event.SUBMIT)}
"""Repeating what is done already is answered with what is, and changes nothing."""


def _rows(db: SQLAlchemy) -> list[str]:
    db.session.rollback()
    tables = ("sittings", "responses", "sitting_events", "exam_bookings", "entitlements")
    return [
        repr(row)
        for name in tables
        for row in db.session.execute(text(f"SELECT * FROM {name} ORDER BY 1")).all()
    ]


@pytest.mark.parametrize("event", ACTS)
@pytest.mark.parametrize("status", STORED)
def test_an_act_happens_only_where_the_table_has_it(
    app: Flask, db: SQLAlchemy, clock: SettableClock, status: str, event: Event
) -> None:
    now = clock.now()
    person = a_candidate(now, starts_in=timedelta(0))
    sitting = a_running_sitting(person, now).id
    with unit_of_work():
        db.session.execute(update(Sitting).values(status=status))
        if status == "ready":
            db.session.execute(text("UPDATE exam_bookings SET status = 'held'"))
            db.session.execute(text("UPDATE entitlements SET used_at = NULL"))
    before = _rows(db)
    by, act, after = ACTS[event]
    try:
        outcome = act(app, person, sitting, now + after)
    except DomainError:
        outcome = None
    changed = _rows(db) != before
    allowed = may(Status(status), event, by)
    assert changed is allowed
    if not allowed:
        assert not outcome or (status, event) in AGAIN
