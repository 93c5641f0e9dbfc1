"""When a year's holidays are announced: what nobody booked moves by rule, what somebody booked waits for a person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.catalogue.queries import current_rules, current_version
from carbonlearn.core.errors import Conflict
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, ExamWindow, Holiday, HolidayYear
from carbonlearn.exams.rules.replanning import Replan, replan
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book, entry
from tests.factories.people import sign_in

CECA = "ceca-carbon-reduction"
RULE_DAY, POSTPONED = date(2027, 1, 16), date(2027, 1, 23)
SOURCE = "made up for this test"


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now, GDCPA, CECA)


def announce(db: Any, *holidays: date) -> None:
    """The notice of 2027, with these days off."""
    with unit_of_work():
        db.session.add(HolidayYear(year=2027, source=SOURCE))
        db.session.add_all(Holiday(day=day, kind="public_holiday", name="元旦") for day in holidays)


def january(hall: Hall) -> ExamWindow:
    return hall.window("2027-01-16", CECA)


def codes(window: ExamWindow) -> set[str]:
    return {warning["code"] for warning in window.warnings}


def booked_window(hall: Hall, db: Any, now: datetime) -> Booking:
    """A place taken in January by somebody enrolled in the programme, its first track."""
    learner, enrolment = hall.learner(THRESHOLD_MS)
    track = current_rules(CECA, now).tracks()[0]
    with unit_of_work():
        held = db.session.get_one(Enrolment, enrolment.id)
        held.programme_key, held.programme_version_id = CECA, current_version(CECA, now).id
        held.job_type, held.level = track.job_type, track.level
    return book(january(hall), learner, now)


def test_while_nothing_is_announced_nothing_changes(hall: Hall, db: Any, now: datetime) -> None:
    before = january(hall).starts_at
    assert january(hall).tentative
    assert jobs.make_windows(now) == 0
    assert (january(hall).starts_at, january(hall).tentative) == (before, True)


def test_a_window_whose_date_stands_is_confirmed(hall: Hall, db: Any, now: datetime) -> None:
    before = january(hall).starts_at
    announce(db)
    assert jobs.make_windows(now) > 0
    db.session.rollback()
    assert january(hall).starts_at == before
    assert "year_unannounced" not in codes(january(hall))
    assert actions(january(hall).id) == ["window:replan_confirm"]
    assert jobs.make_windows(now) == 0, "once is enough"


def test_a_window_that_nobody_booked_moves_by_rule(hall: Hall, db: Any, now: datetime) -> None:
    before = january(hall).starts_at
    announce(db, RULE_DAY)
    jobs.make_windows(now)
    db.session.rollback()
    moved = january(hall)
    assert moved.starts_at == before + timedelta(days=7)
    assert (moved.moved_from, moved.reason, moved.origin) == (RULE_DAY, "元旦", "rule")
    assert moved.booking_closes_at < moved.ticket_at < moved.starts_at
    noted = entry("window:replan_move")
    assert noted.source == "job" and noted.facts["from"] == before.isoformat()


def test_a_window_that_somebody_booked_waits_for_a_person(hall: Hall, db: Any, now: datetime) -> None:
    booking = booked_window(hall, db, now)
    before, number = january(hall).starts_at, booking.ticket_number
    announce(db, RULE_DAY)
    jobs.make_windows(now)
    db.session.rollback()
    assert january(hall).starts_at == before
    assert "replan_due" in codes(january(hall))
    assert [(one.row.booked, one.plan.starts_at) for one in queries.proposals(now)] == [
        (1, before + timedelta(days=7))
    ]
    assert jobs.make_windows(now) == 0, "it is asked once"
    with unit_of_work():
        services.accept_replan(january(hall).id, "元旦放假", actor=hall.actor, now=now)
    assert january(hall).starts_at == before + timedelta(days=7)
    kept = db.session.get_one(Booking, booking.id)
    assert kept.status == "held"
    assert (number, kept.ticket_number) == ("2701 16 0001", "2701 23 0001")
    assert queries.proposals(now) == []
    assert entry("window:replan_accept").actor_id == hall.actor.user_id


def test_a_person_may_keep_the_date_and_is_not_asked_again(hall: Hall, db: Any, now: datetime) -> None:
    booked_window(hall, db, now)
    before = january(hall).starts_at
    announce(db, RULE_DAY)
    jobs.make_windows(now)
    with unit_of_work():
        services.keep_date(january(hall).id, "场地已定", actor=hall.actor, now=now)
    assert jobs.make_windows(now) == 0
    db.session.rollback()
    assert (january(hall).starts_at, january(hall).tentative) == (before, False)
    assert queries.proposals(now) == []
    with pytest.raises(Conflict, match="REPLAN_NONE"), unit_of_work():
        services.accept_replan(january(hall).id, "改主意", actor=hall.actor, now=now)


def test_once_the_booked_have_gone_the_rule_moves_it(hall: Hall, db: Any, now: datetime) -> None:
    booking = booked_window(hall, db, now)
    before = january(hall).starts_at
    announce(db, RULE_DAY)
    jobs.make_windows(now)
    with unit_of_work():
        db.session.get_one(Booking, booking.id).status = "cancelled"
    assert jobs.make_windows(now) == 1
    db.session.rollback()
    assert january(hall).starts_at == before + timedelta(days=7)


def test_a_window_that_a_person_moved_is_left_alone(hall: Hall, db: Any, now: datetime) -> None:
    with unit_of_work():
        services.move_window(january(hall).id, date(2027, 1, 17), "09:00", "场地", actor=hall.actor, now=now)
    before = january(hall).starts_at
    announce(db, RULE_DAY)
    jobs.make_windows(now)
    db.session.rollback()
    assert january(hall).starts_at == before


def test_the_calendar_lists_what_waits_and_the_window_takes_the_decision(
    hall: Hall, db: Any, now: datetime, make_client: Any
) -> None:
    booked_window(hall, db, now)
    announce(db, RULE_DAY)
    jobs.make_windows(now)
    staff = sign_in(make_client(), hall.desk.association, now)
    path = f"/desk/calendar/{january(hall).id}"
    assert "等待决定的改期" in staff.get("/desk/calendar").text
    assert "保持现在的日期" in staff.get(path).text
    refused = staff.post(f"{path}/replan", data={"decision": "move", "reason": ""})
    assert refused.status_code == 422
    assert staff.post(f"{path}/replan", data={"decision": "move", "reason": "元旦放假"}).status_code == 303
    assert "等待决定的改期" not in staff.get("/desk/calendar").text
    assert "保持现在的日期" not in staff.get(path).text


INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(INSTANTS, INSTANTS, st.booleans(), st.booleans(), st.integers(0, 3))
def test_nobody_who_booked_is_ever_moved_by_the_sweep(
    stands: datetime, planned: datetime, was_unsure: bool, is_unsure: bool, booked: int
) -> None:
    verdict = replan(
        (stands, stands), (planned, planned), was_unsure=was_unsure, is_unsure=is_unsure, booked=booked
    )
    assert not (verdict is Replan.MOVE and booked)
    assert (verdict is Replan.KEEP) == (is_unsure or not was_unsure)
    assert verdict is not Replan.ASK or booked
