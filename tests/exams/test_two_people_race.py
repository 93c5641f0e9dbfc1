"""Two people at the same moment: one after the other, each told what the other did; nobody meets a fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import BlueprintVersion, PaperRelease
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from tests.exams.test_blueprints import asked_now, with_drawing
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book
from tests.factories.items import load_bank
from tests.factories.people import actor_of, make_user


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    made = Hall(now, GDCPA)
    load_bank(now)
    return made


@pytest.fixture
def paper_id(hall: Hall, now: datetime) -> str:
    booking = book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)
    jobs.seal_papers(hall.window("2026-11-28").seal_at)
    return queries.paper_for(booking).id


def chiefs(count: int, now: datetime) -> list[Actor]:
    return [actor_of(make_user(Role.CHIEF_EXAMINER, now=now), now) for _ in range(count)]


def all_at_once(app: Flask, acts: Sequence[Callable[[], object]]) -> list[str]:
    """What came of each act, all begun at the same moment: "done", or the code of the refusal."""
    together = Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        with app.app_context():
            together.wait(timeout=20)
            try:
                with unit_of_work():
                    act()
                return "done"
            except Conflict as refused:
                return refused.code
            finally:
                database.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def test_who_presses_twice_is_told_so(app: Flask, db: Any, paper_id: str, now: datetime) -> None:
    [chief] = chiefs(1, now)
    db.session.rollback()
    acts = [lambda: services.release_paper(paper_id, "paper", actor=chief, now=now)] * 3
    assert all_at_once(app, acts) == ["PAPER_RELEASED_BY_YOU"] * 2 + ["done"]
    assert actions(paper_id).count("paper:release") == 1


def test_no_third_person_releases_what_two_did(app: Flask, db: Any, paper_id: str, now: datetime) -> None:
    people = chiefs(4, now)
    db.session.rollback()
    acts = [lambda who=one: services.release_paper(paper_id, "paper", actor=who, now=now) for one in people]  # type: ignore[misc]
    assert all_at_once(app, acts) == ["PAPER_RELEASED"] * 2 + ["done"] * 2
    assert len(db.session.scalars(select(PaperRelease)).all()) == 2


def test_a_version_is_decided_once(app: Flask, db: Any, hall: Hall, now: datetime) -> None:
    drafter, *people = chiefs(4, now)
    asked = asked_now(now)
    blueprint = with_drawing(asked.blueprint, forms=2)
    with unit_of_work():
        version_id = services.draft_blueprint(asked, blueprint, "一场两份卷", actor=drafter, now=now).id
    db.session.rollback()
    acts = [
        lambda who=one: services.decide_blueprint(  # type: ignore[misc]
            version_id, approve=True, effective_from=now.date(), reason="同意", actor=who, now=now
        )
        for one in people
    ]
    assert all_at_once(app, acts) == ["BLUEPRINT_DECIDED"] * 2 + ["done"]


def test_versions_that_are_saved_at_once_have_numbers_of_their_own(
    app: Flask, db: Any, hall: Hall, now: datetime
) -> None:
    asked = asked_now(now)
    acts = [
        lambda who=one, forms=place: services.draft_blueprint(  # type: ignore[misc]
            asked, with_drawing(asked.blueprint, forms=forms), "份数", actor=who, now=now
        )
        for place, one in enumerate(chiefs(3, now), start=2)
    ]
    db.session.rollback()
    assert all_at_once(app, acts) == ["done"] * 3
    assert sorted(db.session.scalars(select(BlueprintVersion.number))) == [1, 2, 3]


def test_no_paper_is_printed_of_a_window_that_is_just_being_called_off(
    app: Flask, db: Any, hall: Hall, paper_id: str, now: datetime
) -> None:
    people = chiefs(2, now)
    for one in people:
        with unit_of_work():
            services.release_paper(paper_id, "paper", actor=one, now=now)
    window_id = queries.paper_by_id(paper_id).window_id
    db.session.rollback()
    called_off = Event()

    def call_off() -> None:
        with app.app_context():
            with unit_of_work():
                services.cancel_window(window_id, "台风红色预警", actor=hall.actor, now=now)
                called_off.set()
                Event().wait(timeout=0.3)
            database.session.remove()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(call_off)
        assert called_off.wait(timeout=20)
        with pytest.raises(Conflict, match="WINDOW_CANCELLED"), unit_of_work():
            services.print_paper(paper_id, "paper", actor=people[0], now=now)
        done.result()
    assert "paper:print" not in actions(paper_id)
