"""Two candidates in one window: one hands in and divides the markers, one runs out of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.marking.models import Mark
from tests.factories.exams import add_credit
from tests.journeys.conftest import Person, Town, answer
from tests.journeys.test_learner_to_certificate import mark_all, release
from tests.support.installation import Solved, solved


def test_one_candidate_times_out_and_a_third_marker_decides_for_the_other(town: Town) -> None:
    lin, zhang = candidate(town, "lin"), candidate(town, "zhang")
    (place, starts_at), (other_place, same_start) = (
        town.book_next(one, town.enrolment(name)) for one, name in ((lin, "lin"), (zhang, "zhang"))
    )
    assert starts_at == same_start
    sitting = town.sit_down(lin, place, starts_at)
    other = town.sit_down(zhang, other_place, starts_at)
    with town.app.app_context():
        items = solved(sitting)
    give(lin, sitting, items)
    lin.post(f"/sittings/{sitting}/submission", {"generation": 1})
    give(zhang, other, items[:30])
    let_time_run_out(town, zhang, other, items)
    shorts = sum(item.type == "short-answer" for item in items)
    assert [mark_all(town, who, share) for who, share in (("mark", 2), ("mei", 0), ("chen", 1))] == [
        shorts
    ] * 3
    town.sweep(seconds=10)
    release(town)
    assert_three_people_marked(town, sitting, shorts)
    (result,) = lin.get("/results")["results"]
    (failed,) = zhang.get("/results")["results"]
    half_of_shorts = sum(item.points for item in items if item.type == "short-answer") // 2
    assert (result["passed"], result["points"]) == (True, 10_000 - half_of_shorts)
    assert (failed["passed"], failed["points"]) == (False, sum(item.points for item in items[:31]))
    offered = [window for window in zhang.get("/exams")["windows"] if window["offered"]]
    assert offered, "a free retake may be booked"


def give(person: Person, sitting: str, items: list[Solved]) -> None:
    """Right answers to these items."""
    for item in items:
        person.post(f"/sittings/{sitting}/responses", answer(item.n, item.answer))


def let_time_run_out(town: Town, person: Person, sitting: str, items: list[Solved]) -> None:
    """One answer within the grace counts, one after it does not; the sweep closes at the deadline, however late it comes."""
    deadline = datetime.fromisoformat(person.get(f"/sittings/{sitting}/clock")["deadline"])
    town.clock.set(deadline + timedelta(seconds=3))
    give(person, sitting, items[30:31])
    town.clock.set(deadline + timedelta(seconds=6))
    late = person.post(f"/sittings/{sitting}/responses", answer(32, items[31].answer), status=409)
    assert late["error"]["code"] in ("LATE", "NOT_RUNNING")
    town.sweep(minutes=20)
    ended = person.get(f"/sittings/{sitting}/clock")
    assert ended["status"] == "timed_out"
    assert datetime.fromisoformat(ended["ended_at"]) == deadline


def assert_three_people_marked(town: Town, sitting: str, shorts: int) -> None:
    """Every short answer has marks by three people, and one that settles it."""
    with town.app.app_context():
        marks = db.session.scalars(select(Mark).where(Mark.sitting_id == sitting, Mark.role != "auto")).all()
        roles = [mark.role for mark in marks]
        assert [roles.count(role) for role in ("first", "second", "third", "final")] == [shorts] * 4
        markers = {mark.marker_id for mark in marks if mark.role != "final"}
        assert len(markers) == 3


def candidate(town: Town, username: str) -> Person:
    """Somebody who has studied enough on earlier days."""
    enrolment = town.enrolment(username)
    with town.app.app_context(), unit_of_work():
        add_credit(db.session.get_one(Enrolment, enrolment), 200_000, town.clock.now())
    return town.enter(username)
