"""A level with two examinations, as the national standard has it: each booked, sat, marked and passed by itself, one certificate for both.

Source: catalogue, programme national-standard: theory and skill, each 60 of 100, every part to be passed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from carbonlearn.accounts.queries import actor_of_session
from carbonlearn.accounts.services import open_session
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.certificates import jobs as certificate_jobs
from carbonlearn.certificates.models import Certificate
from carbonlearn.core.errors import Conflict, Refused
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow, Paper
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.tokens import token_hash
from carbonlearn.marking import jobs as marking_jobs
from carbonlearn.marking import queries as marking_queries
from carbonlearn.marking import services as marking
from carbonlearn.marking.models import Result, Script
from carbonlearn.sittings import services as sittings
from tests.factories import enrolment as enrolment_factory
from tests.factories.enrolment import programme_file
from tests.factories.exams import THRESHOLD_MS, Hall, book
from tests.factories.items import add_short_answers, load_bank
from tests.factories.marking import a_marker
from tests.factories.people import actor_of, make_user
from tests.factories.sittings import Candidate, a_wish

NATIONAL = "national-standard"
ZONE = "Asia/Shanghai"
HOUR = timedelta(hours=1)


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Hall:
    """The standard as a programme that teaches and examines by it would print it."""
    taught = programme_file(NATIONAL) | {"kind": "training_programme"}
    monkeypatch.setattr(enrolment_factory, "programme_file", lambda key: taught)
    return Hall(now, NATIONAL)


def add_window(hall: Hall, paper: str, days: int, start: str = "09:00", end: str = "10:30") -> ExamWindow:
    day = local_day(hall.now + timedelta(days=days), ZONE)
    with unit_of_work():
        made = services.add_window(
            NATIONAL, day, start, end, 30, "职业技能等级认定", actor=hall.actor, now=hall.now, paper=paper
        ).id
    return database.session.get_one(ExamWindow, made)


def a_learner(hall: Hall) -> tuple[Actor, Enrolment]:
    return hall.learner(THRESHOLD_MS, programme_key=NATIONAL)


# ------------------------------------------------------------------------------------------------------------- as data


def test_the_first_examination_needs_no_name_and_the_second_bears_its_own(hall: Hall, now: datetime) -> None:
    rules = queries.current_asked(NATIONAL, "accounting", "4", "", now).rules
    assert [(key, spec.slug, spec.pass_points) for key, spec in rules.examinations("4").items()] == [
        ("", "theory", 6_000),
        ("skill", "skill", 6_000),
    ]
    assert [rules.examination_key(slug) for slug in ("theory", "skill")] == ["", "skill"]
    assert not rules.is_judged_elsewhere("4")
    assert rules.is_judged_elsewhere("2"), "technicians are reviewed as well, which is not done here"


def test_a_session_of_the_calendar_may_say_what_is_sat_in_it() -> None:
    data = programme_file(NATIONAL)
    sessions = [
        {
            "slug": "morning",
            "name": "上午",
            "en": "Morning",
            "start": "09:00",
            "end": "10:30",
            "paper": "theory",
        },
        {
            "slug": "afternoon",
            "name": "下午",
            "en": "Afternoon",
            "start": "14:00",
            "end": "15:00",
            "paper": "skill",
        },
        {"slug": "evening", "name": "晚上", "en": "Evening", "start": "19:00", "end": "20:30"},
    ]
    calendar = data["exam_calendar"] | {"sessions": sessions}
    splits = {
        f"{NATIONAL}/{paper}": [{"type": "single-choice", "count": 1, "points": "100"}]
        for paper in ("theory", "skill")
    }
    defaults = {"splits": splits, "duration_minutes": 90, "total_points": 100, "pass_mark": 60}
    rules = ProgrammeRules(data | {"exam_calendar": calendar}, defaults, {})
    asked = [rules.examination_of_session(one["slug"]) for one in sessions]
    assert asked == ["", "skill", ""]


# --------------------------------------------------------------------------------------------------------------- places


def test_each_examination_has_a_right_and_a_place_of_its_own(hall: Hall, now: datetime) -> None:
    actor, enrolment = a_learner(hall)
    theory, skill = add_window(hall, "", 20), add_window(hall, "skill", 21)
    places = [book(window, actor, now) for window in (theory, skill)]
    assert [place.paper for place in places] == ["", "skill"]
    assert places[0].entitlement_id != places[1].entitlement_id
    with pytest.raises(Conflict, match="BOOKING_HELD"):
        book(add_window(hall, "skill", 30), actor, now)
    assert [one.key for one in queries.examinations_of(enrolment, now)] == ["", "skill"]


def test_nobody_holds_two_places_at_the_same_time(hall: Hall, now: datetime) -> None:
    actor, _enrolment = a_learner(hall)
    book(add_window(hall, "", 20), actor, now)
    with pytest.raises(Conflict, match="BOOKING_OVERLAPS"):
        book(add_window(hall, "skill", 20, "10:29", "11:30"), actor, now)
    assert book(add_window(hall, "skill", 20, "10:30", "11:30"), actor, now).status == "held"


def test_an_examination_that_a_level_does_not_have_takes_no_place(db: Any, now: datetime) -> None:
    other = Hall(now)
    actor, _enrolment = other.learner(THRESHOLD_MS)
    window = other.window("2026-11-28")
    with unit_of_work():
        database.session.get_one(ExamWindow, window.id).paper = "skill"
    with pytest.raises(Refused, match="EXAMINATION_OF_OTHERS"):
        book(window, actor, now)


def test_a_first_attempt_that_was_added_later_is_given_by_the_sweep(hall: Hall, now: datetime) -> None:
    _actor, enrolment = a_learner(hall)
    skill = Entitlement.paper == "skill", Entitlement.enrolment_id == enrolment.id
    with unit_of_work():
        database.session.delete(database.session.scalars(select(Entitlement).where(*skill)).one())
    assert jobs.give_entitlements(now) == 1
    assert jobs.give_entitlements(now) == 0
    assert database.session.scalars(select(Entitlement.kind).where(*skill)).all() == ["first"]


def test_the_page_shows_one_examination_at_a_time(hall: Hall, client: FlaskClient, now: datetime) -> None:
    actor, enrolment = a_learner(hall)
    add_window(hall, "", 20), add_window(hall, "skill", 21, "14:00", "15:00")
    with unit_of_work():
        client.set_cookie("carbonlearn", open_session(actor.user_id, now, "Android"))
    first, second = (
        client.get(f"/exams?enrolment={enrolment.id}&paper={paper}").get_data(as_text=True)
        for paper in ("", "skill")
    )
    for page in (first, second):
        assert "理论知识考试" in page and "技能考核" in page
    assert "09:00–10:30" in first and "14:00–15:00" not in first
    assert "14:00–15:00" in second and "09:00–10:30" not in second


def test_a_programme_without_courses_has_a_front_page(hall: Hall, client: FlaskClient, now: datetime) -> None:
    actor, enrolment = a_learner(hall)
    with unit_of_work():
        database.session.get_one(Enrolment, enrolment.id).access_from = now
        client.set_cookie("carbonlearn", open_session(actor.user_id, now, "Android"))
    answer = client.get(f"/study?enrolment={enrolment.id}")
    assert answer.status_code == 200
    assert "这个项目没有列出课程" in answer.get_data(as_text=True)


# ---------------------------------------------------------------------------------------------- from place to certificate


def test_both_are_sat_marked_and_passed_before_there_is_a_certificate(
    hall: Hall, clock: SettableClock, now: datetime
) -> None:
    load_bank(now)
    add_short_answers(now)
    actor, enrolment = a_learner(hall)
    theory, skill = add_window(hall, "", 20), add_window(hall, "skill", 20, "14:00", "15:30")
    places = {window.paper: book(window, actor, now) for window in (theory, skill)}
    clock.set(theory.starts_at - HOUR)
    assert jobs.seal_papers(clock.now()) == 2
    sealed = database.session.execute(select(Paper.window_id, Paper.paper, Paper.item_count)).all()
    assert sorted(sealed, key=lambda row: row[1]) == [(skill.id, "skill", 10), (theory.id, "theory", 100)]

    sit(places["skill"], skill, actor, clock)
    mark_scripts(clock.now())
    assert released(skill, clock.now()) == (True,)
    assert certificate_jobs.issue_due(clock.now()) == 0, "the skill alone is not enough"
    assert database.session.get_one(Enrolment, enrolment.id).status == "active"

    assert jobs.note_no_shows(clock.now()) == 1, "the theory was not gone to; a first time costs nothing"
    again = add_window_at(hall, clock.now())
    sit(book_and_seal(again, actor, clock), again, actor, clock)
    assert released(again, clock.now()) == (True,)
    assert certificate_jobs.issue_due(clock.now()) == 1
    assert certificate_jobs.issue_due(clock.now()) == 0
    assert database.session.scalars(select(Certificate.enrolment_id)).all() == [enrolment.id]
    assert database.session.get_one(Enrolment, enrolment.id).status == "completed"


def test_a_level_that_is_reviewed_elsewhere_is_never_certified_by_itself(
    hall: Hall, clock: SettableClock, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_bank(now)
    actor, _enrolment = a_learner(hall)
    only_theory = ProgrammeRules.papers
    monkeypatch.setattr(ProgrammeRules, "papers", lambda rules, level: only_theory(rules, level)[:1])
    window = add_window(hall, "", 20)
    place = book(window, actor, now)
    clock.set(window.starts_at - HOUR)
    jobs.seal_papers(clock.now())
    sit(place, window, actor, clock)
    assert released(window, clock.now()) == (True,)
    monkeypatch.setattr(ProgrammeRules, "is_judged_elsewhere", lambda self, level: level == "4")
    assert certificate_jobs.issue_due(clock.now()) == 0
    monkeypatch.setattr(ProgrammeRules, "is_judged_elsewhere", lambda self, level: False)
    assert certificate_jobs.issue_due(clock.now()) == 1


def sit(place: Booking, window: ExamWindow, actor: Actor, clock: SettableClock) -> None:
    """Sit the window's paper and answer everything right, then hand it in."""
    clock.set(window.booking_closes_at)
    jobs.settle_bookings(clock.now())
    clock.set(window.starts_at)
    with unit_of_work():
        token = open_session(actor.user_id, clock.now(), "Android")
    phone = actor_of_session(token_hash(token), clock.now())
    assert phone is not None
    with unit_of_work():
        sitting = sittings.check_in(place.id, actor=phone, now=clock.now()).id
    with unit_of_work():
        begun = sittings.start(sitting, actor=phone, now=clock.now())
        paper = database.session.get_one(Paper, begun.paper_id)
        assert paper.window_id == window.id
    answers = {entry["n"]: entry["key"] for entry in queries.key(paper)["items"]}
    types = {item["n"]: item["type"] for item in queries.face(paper)["items"]}
    clock.advance(minutes=5)
    for number, key in answers.items():
        value: Any = list(key)
        if types[number] == "true-false":
            value = bool(key[0])
        elif types[number] == "short-answer":
            value = "按核算指南逐项计算并留存依据。"
        wish = a_wish(Candidate(phone, token, "", "", ""), sitting, number, value)
        sittings.save(current_app._get_current_object(), wish, now=clock.now())
    clock.advance(minutes=5)
    with unit_of_work():
        sittings.submit(sitting, actor=phone, now=clock.now())
    clock.set(window.ends_at + HOUR)
    marking_jobs.mark_ended(clock.now())
    marking_jobs.confirm_marked(clock.now())


def mark_scripts(now: datetime) -> None:
    """Two markers give every line its full points."""
    markers = [a_marker(now), a_marker(now)]
    for script in database.session.scalars(select(Script)).all():
        for marker in markers:
            lines = [line["points"] for line in marking_queries.script_for(script.id, marker).rubric]
            with unit_of_work():
                marking.mark_script(script.id, lines, "", marker, now)
    marking_jobs.confirm_marked(now)


def released(window: ExamWindow, now: datetime) -> tuple[bool, ...]:
    """Release a window; whether each of its results is a pass."""
    chief = actor_of(make_user(Role.CHIEF_EXAMINER, now=now), now)
    with unit_of_work():
        marking.release(window.id, chief, now)
    return tuple(database.session.scalars(select(Result.passed).where(Result.window_id == window.id)))


def add_window_at(hall: Hall, now: datetime) -> ExamWindow:
    hall.now = now
    return add_window(hall, "", 20)


def book_and_seal(window: ExamWindow, actor: Actor, clock: SettableClock) -> Booking:
    place = book(window, actor, clock.now())
    clock.set(window.starts_at - HOUR)
    jobs.seal_papers(clock.now())
    return place
