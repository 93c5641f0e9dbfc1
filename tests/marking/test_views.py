from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.marking import jobs
from carbonlearn.marking.models import Mark, Result, Script
from tests.factories.marking import hand_in, mark_all
from tests.factories.people import make_user, sign_in

LINES = {"line-0": "100", "line-1": "50", "line-2": "0"}


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def marker(client: FlaskClient, now: datetime) -> FlaskClient:
    return sign_in(client, make_user(Role.MARKER, now=now, name="马克勤"), now)


def an_open_script(db: SQLAlchemy, now: datetime) -> str:
    sat = hand_in(now)
    jobs.mark_ended(now)
    return sat.scripts()[0].id


def test_the_marking_page_shows_the_answer_and_neither_name_nor_time_nor_other_marks(
    db: SQLAlchemy, marker: FlaskClient, now: datetime
) -> None:
    sat = hand_in(now)
    jobs.mark_ended(now)
    page = marker.get("/desk/marking").text
    assert any(script.text in page for script in sat.scripts())
    candidate = sat.candidate
    for secret in (candidate.actor.name, candidate.actor.user_id, sat.id, candidate.enrolment, "试验基地"):
        assert secret not in page


def test_with_nothing_to_mark_the_page_says_so(marker: FlaskClient, now: datetime) -> None:
    page = marker.get("/desk/marking")
    assert page.status_code == 200
    assert "<form" not in page.text.split("<main", 1)[1].split("</main>")[0]


def test_a_mark_is_stored_and_the_next_script_follows(
    db: SQLAlchemy, marker: FlaskClient, now: datetime
) -> None:
    script = an_open_script(db, now)
    done = marker.post(f"/desk/marking/{script}/marks", data=LINES | {"note": "写得清楚"})
    assert (done.status_code, done.location) == (303, "/desk/marking")
    stored = db.session.scalars(select(Mark).where(Mark.role == "first")).one()
    assert (stored.points, stored.detail) == (150, {"lines": [100, 50, 0], "note": "写得清楚"})
    assert script[:4].upper() not in marker.get("/desk/marking").text.split("<h2", 1)[1][:120]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"line-0": "100"}, "每个要点都要给分"),
        (LINES | {"line-2": "999"}, "零、一半或满分"),
        (LINES | {"line-1": "abc"}, "每个要点都要给分"),
        (LINES | {"note": "长" * 501}, "最多 500 个字"),
    ],
)
def test_a_refused_mark_keeps_what_was_typed_and_stores_nothing(
    db: SQLAlchemy, marker: FlaskClient, now: datetime, fields: dict[str, str], words: str
) -> None:
    script = an_open_script(db, now)
    typed = {"note": "有一处想再看"} | fields
    page = marker.post(f"/desk/marking/{script}/marks", data=typed)
    assert page.status_code == 422
    assert words in page.text
    assert typed["note"] in page.text
    assert db.session.scalars(select(Mark).where(Mark.role == "first")).all() == []
    assert db.session.get_one(Script, script).status == "first"


def test_a_script_that_another_took_meanwhile_is_not_found(
    db: SQLAlchemy, marker: FlaskClient, now: datetime
) -> None:
    script = an_open_script(db, now)
    marker.post(f"/desk/marking/{script}/marks", data=LINES)
    assert marker.post(f"/desk/marking/{script}/marks", data=LINES).status_code == 404


def test_the_release_page_shows_figures_without_names_and_releases_after_the_password(
    db: SQLAlchemy,
    client: FlaskClient,
    make_client: Callable[[], FlaskClient],
    clock: SettableClock,
    now: datetime,
) -> None:
    sat = hand_in(now)
    mark_all(sat, now)
    later = clock.advance(hours=2)
    chief = make_user(Role.CHIEF_EXAMINER, now=later)
    sign_in(client, chief, later)
    page = client.get(f"/desk/results/{sat.window}")
    assert page.status_code == 200
    assert sat.candidate.actor.name not in page.text
    address = f"/desk/results/{sat.window}/release"
    assert client.post(address).location.startswith("/confirm")
    learner = make_client()
    learner.set_cookie("carbonlearn", sat.candidate.token)
    result = db.session.scalars(select(Result.id)).one()
    assert learner.get(f"/results/{result}").status_code == 404
    sign_in(client, chief, later, stepped_up=True)
    assert client.post(address).location == f"/desk/results/{sat.window}"
    assert client.post(address).status_code == 409
    shown = learner.get(f"/results/{result}")
    assert shown.status_code == 200
    assert "通过" in shown.text


def test_the_result_page_is_there_for_its_owner_alone(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], clock: SettableClock, now: datetime
) -> None:
    from carbonlearn.infra.db import unit_of_work
    from carbonlearn.marking import services
    from tests.factories.marking import a_marker

    sat, other = hand_in(now), hand_in(now)
    mark_all(sat, now)
    later = clock.advance(hours=2)
    chief = a_marker(later, Role.CHIEF_EXAMINER)
    with unit_of_work():
        services.release(sat.window, chief, later)
    result = db.session.scalars(select(Result.id)).one()
    owner, stranger = make_client(), make_client()
    owner.set_cookie("carbonlearn", sat.candidate.token)
    stranger.set_cookie("carbonlearn", other.candidate.token)
    assert owner.get(f"/results/{result}").status_code == 200
    assert stranger.get(f"/results/{result}").status_code == 404
    told = owner.get("/results", headers={"Accept": "application/json"}).json["results"]
    assert [(r["id"], r["points"], r["possible"], r["passed"]) for r in told] == [(result, 900, 900, True)]
    assert stranger.get("/results", headers={"Accept": "application/json"}).json["results"] == []
    assert owner.get("/results").status_code == 200
