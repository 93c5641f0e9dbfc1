"""Figures of items from real answers, once they are released; exposure once a window is over; and the pages that tell them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.core.permissions import Role
from carbonlearn.exams.models import ExamWindow, Paper, PaperItem
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.marking import services as marking
from carbonlearn.question_bank.models import Item
from carbonlearn.reports import jobs
from carbonlearn.reports.models import ItemStatistic
from tests.factories.items import ACCOUNTING, load_bank
from tests.factories.marking import RIGHT, Sat, hand_in, mark_all
from tests.factories.people import actor_of, make_user, sign_in

WRONG = {1: ["A"], 2: False, 3: ["A"], 4: None, 5: None}
SINGLE = next(entry for entry in ACCOUNTING if entry["type"] == "single-choice" and entry["key"] == ["B"])


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def two_sat(db: SQLAlchemy, now: datetime) -> Sat:
    """One with everything right, one with everything wrong, of a paper whose first item stands in the bank."""
    load_bank(now, items=[SINGLE])
    sat = hand_in(now, RIGHT)
    other = hand_in(now, WRONG, sat.window)
    with unit_of_work():
        paper = db.session.scalars(select(Paper).where(Paper.window_id == sat.window)).one()
        item = db.session.scalars(select(Item).where(Item.external_id == SINGLE["id"])).one()
        row = PaperItem(
            paper_id=paper.id, number=1, item_id=item.id, item_version_id=item.live_version_id, points=100
        )
        db.session.add(row)
    mark_all(sat, now)
    mark_all(other, now)
    return sat


def released(db: SQLAlchemy, sat: Sat) -> datetime:
    ends = db.session.get_one(ExamWindow, sat.window).ends_at + timedelta(seconds=1)
    chief = actor_of(make_user(Role.CHIEF_EXAMINER, now=ends), ends)
    with unit_of_work():
        marking.release(sat.window, chief, ends)
    return ends


def test_nothing_is_told_of_answers_that_are_not_released(db: SQLAlchemy, now: datetime) -> None:
    two_sat(db, now)
    jobs.refresh_items(now)
    assert db.session.scalars(select(ItemStatistic)).all() == []


def test_released_answers_become_figures_of_the_item_and_only_once(db: SQLAlchemy, now: datetime) -> None:
    ends = released(db, two_sat(db, now))
    assert jobs.refresh_items(ends) == 2  # its figures and its exposure
    row = db.session.scalars(select(ItemStatistic)).one()
    assert (row.answers, row.facility, row.discrimination) == (2, 500, 1000)
    assert (row.chosen, row.flags) == ({"A": 1, "B": 1}, ["few"])
    assert jobs.refresh_items(ends + timedelta(minutes=10)) == 0


def test_an_item_counts_the_sittings_that_showed_it_when_the_window_is_over(
    db: SQLAlchemy, now: datetime
) -> None:
    sat = two_sat(db, now)
    jobs.refresh_items(now)
    item = db.session.scalars(select(Item).where(Item.external_id == SINGLE["id"])).one()
    assert item.exposures == 0
    ends = db.session.get_one(ExamWindow, sat.window).ends_at
    jobs.refresh_items(ends)
    db.session.refresh(item)
    assert (item.exposures, item.exposed_at) == (2, ends)


def test_the_coming_months_begin_with_the_one_it_is_in_shanghai(
    db: SQLAlchemy, now: datetime, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    load_bank(now, items=[SINGLE])
    night = datetime(2026, 11, 30, 17, tzinfo=UTC)
    clock.set(night)
    page = sign_in(make_client(), make_user(Role.AUTHOR, now=night), night).get("/desk/items/health").text
    assert ">2027-05<" in page and ">2026-11<" not in page


def test_the_desk_shows_coverage_and_the_figures_of_an_item(
    db: SQLAlchemy, now: datetime, make_client: Callable[[], FlaskClient]
) -> None:
    ends = released(db, two_sat(db, now))
    jobs.refresh_items(ends)
    author = sign_in(make_client(), make_user(Role.AUTHOR, now=now), now)
    page = author.get("/desk/items/health").text
    assert "碳排放核算员" in page or "公共基础" in page
    item = db.session.scalars(select(Item).where(Item.external_id == SINGLE["id"])).one()
    shown = author.get(f"/desk/items/{item.id}/figures").text
    assert "0.50" in shown and "1.00" in shown and "A 1" in shown
    learner = sign_in(make_client(), make_user(now=now), now)
    assert learner.get("/desk/items/health").status_code in (403, 404)
