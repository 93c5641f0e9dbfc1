from __future__ import annotations

import json
import re
import stat
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.cli import seed_load
from carbonlearn.cli.seed import seed
from carbonlearn.exams.models import Booking, ExamWindow, Paper
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.config import Settings
from carbonlearn.sittings.models import Sitting


def act(client: FlaskClient, cookie: str, path: str, body: dict) -> tuple[int, dict]:
    """One POST of a synthetic person, with a form token as a browser would hold it."""
    client.delete_cookie("carbonlearn")  # who is signed in is sent on from the page with the form
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    client.set_cookie("carbonlearn", cookie)
    answer = client.post(path, json=body, headers={"X-CSRFToken": token[1], "Accept": "application/json"})
    return answer.status_code, answer.get_json()


def test_a_synthetic_population_can_do_what_it_is_made_for(
    app: Flask, client: FlaskClient, db: SQLAlchemy, settings: Settings, clock: SettableClock
) -> None:
    """One population for every look at it: the seed is the dear part."""
    seed(settings, clock.now())
    population = seed_load.populate(settings, 3, 2, clock.now())
    the_window_runs_and_every_place_in_it_is_confirmed(db, population, clock)
    anybody_can_check_the_certificate_of_the_synthetic_graduate(app, population)
    the_tokens_are_for_their_owner_alone_and_the_file_is_made_anew(settings, population)
    learners_earn_with_the_session_and_nonce_they_were_given(client, population)
    candidates_can_begin_the_paper_of_96_items_that_is_sealed_for_them(client, population)
    a_second_run_adds_other_people_in_a_window_of_their_own(db, population, settings, clock)


def candidates_can_begin_the_paper_of_96_items_that_is_sealed_for_them(
    client: FlaskClient, population: dict
) -> None:
    assert len(population["candidates"]) == 3
    for one in population["candidates"]:
        status, reply = act(client, one["cookie"], f"/sittings/{one['sitting']}/start", {})
        assert (status, reply["status"], reply["item_count"], reply["held"]) == (200, "running", 96, True)


def learners_earn_with_the_session_and_nonce_they_were_given(client: FlaskClient, population: dict) -> None:
    for one in population["learners"]:
        beat = {"seq": 1, "nonce": one["nonce"], "playing": True, "visible": True, "from": 0, "to": 900}
        status, reply = act(client, one["cookie"], f"/study/sessions/{one['session']}/beats", beat)
        assert (status, reply["reason"], reply["credited_ms_lesson"]) == (200, "counting", 900)


def the_window_runs_and_every_place_in_it_is_confirmed(
    db: SQLAlchemy, population: dict, clock: SettableClock
) -> None:
    window = db.session.get_one(ExamWindow, population["window"])
    assert window.origin == "manual"
    assert window.starts_at < clock.now() < window.ends_at - timedelta(hours=2)
    places = db.session.scalars(select(Booking).where(Booking.window_id == window.id)).all()
    assert {place.status for place in places} == {"held"}
    assert all(place.hours_confirmed_at and place.ticket_number for place in places)
    assert db.session.scalars(select(Paper.item_count).where(Paper.window_id == window.id)).all() == [96]


def a_second_run_adds_other_people_in_a_window_of_their_own(
    db: SQLAlchemy, population: dict, settings: Settings, clock: SettableClock
) -> None:
    again = seed_load.populate(settings, 3, 2, clock.now())
    assert again["window"] != population["window"]
    named = select(func.count()).select_from(User).where(User.username.startswith("load-c-"))
    assert db.session.scalar(named) == 6
    assert db.session.scalar(select(func.count(func.distinct(Sitting.user_id)))) == 8  # with two graduates


def anybody_can_check_the_certificate_of_the_synthetic_graduate(app: Flask, population: dict) -> None:
    assert app.test_client().get(f"/v/{population['certificate']}").status_code == 200


def the_tokens_are_for_their_owner_alone_and_the_file_is_made_anew(
    settings: Settings, population: dict
) -> None:
    (settings.data_dir / seed_load.FILE).write_text("older, open to all")
    path = seed_load._write(settings, population)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == population
