"""Many at once: the last seat has one taker, and no two tickets of a day bear the same number."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor
from carbonlearn.exams import services
from carbonlearn.exams.models import Booking
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from tests.factories.exams import Hall


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now)


def all_at_once(app: Flask, wishes: Sequence[tuple[Actor, str]], now: datetime) -> list[str]:
    """What each got who asked for a window at the same moment: "held", or the code of the refusal."""
    together = Barrier(len(wishes))

    def ask(wish: tuple[Actor, str]) -> str:
        with app.app_context():
            together.wait(timeout=20)
            try:
                with unit_of_work():
                    return services.book(wish[1], actor=wish[0], now=now).status
            except Conflict as refused:
                return refused.code
            finally:
                database.session.remove()

    with ThreadPoolExecutor(len(wishes)) as pool:
        return list(pool.map(ask, wishes))


def test_the_last_seat_has_one_taker(app: Flask, db: Any, hall: Hall, now: datetime) -> None:
    window = hall.window("2026-11-28").id
    with unit_of_work():
        services.set_capacity(window, 1, "小机房", actor=hall.actor, now=now)
    people = [hall.learner()[0] for _ in range(5)]
    db.session.rollback()
    assert sorted(all_at_once(app, [(one, window) for one in people], now)) == ["WINDOW_FULL"] * 4 + ["held"]
    assert len(db.session.scalars(select(Booking)).all()) == 1


def test_one_person_who_asks_everywhere_gets_one_place(
    app: Flask, db: Any, hall: Hall, now: datetime
) -> None:
    learner = hall.learner()[0]
    windows = [hall.window(day).id for day in ("2026-11-28", "2026-12-26", "2027-01-30", "2027-02-27")]
    db.session.rollback()
    got = all_at_once(app, [(learner, window) for window in windows], now)
    assert sorted(got) == ["BOOKING_HELD"] * 3 + ["held"]


def test_a_window_moved_onto_a_day_gives_out_no_number_that_is_just_being_given_out(
    app: Flask, db: Any, hall: Hall, now: datetime
) -> None:
    there, moved = hall.window("2026-11-28").id, hall.window("2026-12-26").id
    early, late = hall.learner()[0], hall.learner()[0]
    with unit_of_work():
        services.book(moved, actor=early, now=now)
    db.session.rollback()
    given_out, waited = Event(), Event()

    def book_there() -> None:
        with app.app_context(), unit_of_work():
            services.book(there, actor=late, now=now)
            given_out.set()
            waited.wait(timeout=0.5)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(book_there)
        assert given_out.wait(timeout=20)
        with unit_of_work():
            day = date(2026, 11, 28)
            services.move_window(moved, day, "14:00", "机房检修", actor=hall.actor, now=now)
        done.result()
    numbers = sorted(db.session.scalars(select(Booking.ticket_number)))
    assert numbers == ["2611 28 0001", "2611 28 0002"]


def test_no_two_tickets_of_a_day_bear_the_same_number(app: Flask, db: Any, hall: Hall, now: datetime) -> None:
    with unit_of_work():
        afternoon = services.add_window(
            "gdcpa-petrochem",
            date(2026, 11, 28),
            "14:00",
            "15:30",
            50,
            "下午加场",
            actor=hall.actor,
            now=now,
        ).id
    windows = [hall.window("2026-11-28").id, afternoon]
    people = [hall.learner()[0] for _ in range(6)]
    db.session.rollback()
    wishes = [(one, windows[place % 2]) for place, one in enumerate(people)]
    assert all_at_once(app, wishes, now) == ["held"] * 6
    numbers = sorted(db.session.scalars(select(Booking.ticket_number)))
    assert numbers == [f"2611 28 {serial:04d}" for serial in range(1, 7)]
