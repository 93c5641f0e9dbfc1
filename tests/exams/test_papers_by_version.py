"""Whose paper is whose: demonstrations, previews, windows called off, and candidates held to versions that ask for different papers."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from carbonlearn.catalogue.queries import current_rules, current_version
from carbonlearn.catalogue.services import load_programme
from carbonlearn.core.errors import NotFound
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, Paper
from carbonlearn.exams.queries.papers import Due
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, book
from tests.factories.items import load_bank

KEY_WORDS = ("key", "rubric", "reference", "explanation", "source", "item_id", "version_id")


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    made = Hall(now, GDCPA, "demonstration")
    load_bank(now)
    return made


@pytest.fixture
def booked(hall: Hall, now: datetime) -> Booking:
    return book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)


def due_of(hall: Hall, people: tuple[str, ...] = ()) -> Due:
    return Due(hall.window("2026-11-28").id, GDCPA, "accounting", "4", people)


def in_force(at: datetime) -> str:
    return current_version(GDCPA, at).id


def given(window_id: str, enrolment_id: str = "") -> Paper:
    """The form that who booked the window gets, or this enrolment."""
    query = select(Booking).where(Booking.window_id == window_id)
    if enrolment_id:
        query = query.where(Booking.enrolment_id == enrolment_id)
    return queries.paper_for(database.session.scalars(query).one())


def seal(hall: Hall) -> Paper:
    window = hall.window("2026-11-28")
    jobs.seal_papers(window.seal_at)
    return given(window.id)


def items_of(paper: Paper) -> set[str]:
    return {entry["item_id"] for entry in queries.key(paper)["items"]}


def begin(booking: Booking, paper: Paper) -> None:
    """The candidate begins: the paper is theirs and opened, the booking used."""
    row = database.session.get_one(Booking, booking.id)
    services.give_paper(row, paper.sealed_at)
    services.use_booking(row, paper.sealed_at)


def test_a_demonstration_seals_every_window_that_the_bank_can_fill(
    hall: Hall, db: Any, now: datetime
) -> None:
    at = now + timedelta(minutes=14)
    due = queries.papers_due(at)
    assert [(one.programme_key, one.job_type, one.level, one.booked) for one in due] == [
        ("demonstration", "accounting", "4", ())
    ]
    assert jobs.seal_papers(at) == 1


def test_a_preview_says_quotas_and_shortages_without_storing(hall: Hall, db: Any, now: datetime) -> None:
    stands = queries.assemble_preview(GDCPA, "accounting", "4", "7", now)
    assert stands.stands and not stands.faults
    assert stands.proof["items"] == {"asked": 96, "met": 96}
    lacking = queries.assemble_preview(GDCPA, "trading", "4", "7", now)
    assert not lacking.stands
    assert lacking.proof["shortages"]
    assert db.session.scalar(select(func.count()).select_from(Paper)) == 0


def test_a_cancelled_window_gets_no_paper(hall: Hall, booked: Booking, now: datetime) -> None:
    prepared = services.prepare_paper(due_of(hall), now)
    with unit_of_work():
        services.cancel_window(booked.window_id, "台风红色预警", actor=hall.actor, now=now)
    with unit_of_work():
        assert not services.store_paper(replace(prepared, seed="x"), now)


# ------------------------------------------------------------------------------------- versions of the programme


def revise(now: datetime, minutes: int | None = None, **changes: Any) -> str:
    """A new version of the programme, in force now, whose every paper has these entries changed; its id."""
    data = deepcopy(dict(current_rules(GDCPA, now).data))
    for paper in data["papers"]:
        paper.update(changes)
        if minutes:
            paper["duration"]["minutes"] = minutes
    data["notes"] = [*data["notes"], f"changed: {sorted(changes)}"]
    with unit_of_work():
        return load_programme(data, now).version_id


def test_candidates_held_to_versions_that_differ_get_papers_of_their_own(
    hall: Hall, db: Any, now: datetime
) -> None:
    """Who began under the old version keeps 60 points and 90 minutes; the new one asks 70 in 60."""
    window_id, seal_at = hall.window("2026-11-28").id, hall.window("2026-11-28").seal_at
    (early, old), later = hall.learner(THRESHOLD_MS), now + timedelta(minutes=1)
    revise(later, minutes=60, pass_mark=70)
    hall.now = hall.desk.now = later
    late, new = hall.learner(THRESHOLD_MS)
    assert old.programme_version_id != new.programme_version_id
    for learner in (early, late):
        book(hall.window("2026-11-28"), learner, later)
    jobs.seal_papers(seal_at)
    assert [due for due in queries.papers_due(seal_at) if due.programme_key == GDCPA] == []
    first, second = given(window_id, old.id), given(window_id, new.id)
    assert (first.pass_points, first.duration_seconds) == (6_000, 5_400)
    assert (second.pass_points, second.duration_seconds) == (7_000, 3_600)
    assert queries.sealed_at(window_id, new) == second.sealed_at
    assert len(queries.papers_of_window(window_id)) == 2


def test_versions_that_ask_for_the_same_share_one_paper(hall: Hall, db: Any, now: datetime) -> None:
    window_id, seal_at = hall.window("2026-11-28").id, hall.window("2026-11-28").seal_at
    (early, old), later = hall.learner(THRESHOLD_MS), now + timedelta(minutes=1)
    revise(later)
    hall.now = hall.desk.now = later
    late, new = hall.learner(THRESHOLD_MS)
    assert old.programme_version_id != new.programme_version_id
    people = [book(hall.window("2026-11-28"), learner, later).user_id for learner in (early, late)]
    due = [one for one in queries.papers_due(seal_at) if one.programme_key == GDCPA]
    assert [sorted(one.booked) for one in due] == [sorted(people)]
    jobs.seal_papers(seal_at)
    assert given(window_id, old.id).id == given(window_id, new.id).id


def test_a_paper_sealed_before_papers_were_kept_apart_serves_every_version(
    hall: Hall, booked: Booking, db: Any, now: datetime
) -> None:
    paper = seal(hall)
    paper_id, seal_at, later = paper.id, paper.sealed_at, now + timedelta(minutes=1)
    revise(later, pass_mark=70)
    hall.now = hall.desk.now = later
    late, new = hall.learner(THRESHOLD_MS)
    book(hall.window("2026-11-28"), late, later)
    with pytest.raises(NotFound, match="PAPER_NOT_SEALED"):
        given(booked.window_id, new.id)
    with unit_of_work():
        db.session.execute(update(Paper).values(blueprint="", programme_version_id=None))
    assert given(booked.window_id, new.id).id == paper_id
    assert [due for due in queries.papers_due(seal_at) if due.programme_key == GDCPA] == []
