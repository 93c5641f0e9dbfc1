"""Figures of items from real answers, once they are released; exposure once a window is over; and the pages that tell them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, select

from carbonlearn.core.permissions import Role
from carbonlearn.exams.models import ExamWindow, Paper, PaperItem
from carbonlearn.exams.queries.blueprints import current_asked
from carbonlearn.exams.queries.feasibility import report_of
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import in_unit_of_work, unit_of_work
from carbonlearn.marking import services as marking
from carbonlearn.marking.models import Release
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.reports import jobs, queries
from carbonlearn.reports.models import ItemStatistic
from tests.factories.enrolment import GDCPA, load_catalogue
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


def test_coverage_stands_beside_what_the_blueprints_in_force_take(
    db: SQLAlchemy, now: datetime, make_client: Callable[[], FlaskClient]
) -> None:
    load_catalogue(now)
    load_bank(now)
    asked = current_asked(GDCPA, "accounting", "4", "", now)
    matrix = report_of(asked).matrix
    assert matrix is not None
    taken = queries.taken_by_papers("accounting", "4", now)
    assert all(
        taken[function, kind] >= count for function, row in matrix.items() for kind, count in row.items()
    )
    assert sum(count for row in matrix.values() for count in row.values()) == 96
    common = queries.taken_by_papers("common", "4", now)
    assert common["basic-knowledge", "single-choice"] >= taken["basic-knowledge", "single-choice"]
    author = sign_in(make_client(), make_user(Role.AUTHOR, now=now), now)
    page = author.get("/desk/items/health?track=accounting|4").text
    count = taken["accounting-and-reporting", "single-choice"]
    assert f"取 {count}" in page
    assert "“取”是" in page
    assert "“取”是" not in author.get("/desk/items/health?track=accounting|4&pool=practice").text


def test_the_page_reckons_months_by_the_day_of_the_desk_and_not_of_greenwich(
    db: SQLAlchemy, now: datetime, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    load_bank(now, items=[SINGLE])
    with unit_of_work():
        db.session.scalars(select(ItemVersion)).one().review_by = date(2026, 11, 30)
    author = sign_in(make_client(), make_user(Role.AUTHOR, now=now), now)
    clock.set(
        datetime.fromisoformat("2026-11-30T16:30:00+00:00")
    )  # half past midnight in Shanghai, on the first
    author = sign_in(author, make_user(Role.AUTHOR, now=clock.now()), clock.now())
    page = author.get("/desk/items/health").text
    assert "1 题要复核" in page
    assert "2026-11" not in page


def test_what_takes_long_is_read_before_the_write_lock_and_nothing_is_written_twice(
    db: SQLAlchemy, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = released(db, two_sat(db, now))
    writing: list[bool] = []
    real = queries.exposure_of

    def counted(*given: datetime) -> list[tuple[str, int, datetime]]:
        writing.append(in_unit_of_work())
        return real(*given)

    monkeypatch.setattr(queries, "exposure_of", counted)
    jobs.refresh_items(ends)
    assert writing == [False]
    written: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: written.append(given[2]))
    assert jobs.refresh_items(ends + timedelta(minutes=10)) == 0
    assert {statement.split()[0] for statement in written} <= {"BEGIN", "SELECT"}
    assert not any("IMMEDIATE" in statement for statement in written)


def test_a_release_that_was_dated_before_the_sweep_and_stored_after_it_is_counted(
    db: SQLAlchemy, now: datetime
) -> None:
    ends = released(db, two_sat(db, now))
    jobs.refresh_items(ends)
    window = db.session.scalars(select(Release.window_id)).one()
    with unit_of_work():
        chief = db.session.scalars(select(Release.released_by)).one()
        db.session.add(Release(window_id=window, released_by=chief, at=ends - timedelta(seconds=1), count=0))
    assert jobs.refresh_items(ends + timedelta(minutes=10)) == 1
    assert jobs.refresh_items(ends + timedelta(minutes=20)) == 0


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
