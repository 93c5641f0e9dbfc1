"""The rules of credited time, through HTTP: what a cheat tries, and that it earns nothing beyond time and coverage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.study import queries
from carbonlearn.study.models import StudySession, StudySpan
from carbonlearn.study.services.nonce import nonce_for
from tests.factories.study import Device, lesson_id, make_learner, make_lesson

NewDevice = Callable[[User], Device]


def total() -> int:
    """Everything credited to anybody, in milliseconds."""
    return database.session.scalar(select(func.sum(StudySpan.credited_ms))) or 0


def test_an_honest_learner_is_credited_every_second(device: Device, lesson: str) -> None:
    device.open(lesson)
    reply = device.follow(300)
    assert reply["credited_ms_lesson"] == reply["credited_ms_enrolment"] == total() == 300_000
    assert reply["reason"] == "counting"
    assert reply["painted"] == [[0, 300_000]]


def test_forged_seconds_earn_no_more_than_the_time_that_passed(device: Device, lesson: str) -> None:
    device.open(lesson)
    assert device.beat(0, 600_000, after=20)["credited_ms_lesson"] == 20_000
    assert device.beat(20_000, 600_000, after=20)["credited_ms_lesson"] == 40_000


def test_sixteenfold_speed_covers_only_what_time_allows(device: Device, lesson: str) -> None:
    device.open(lesson)
    device.beat(0, 320_000, after=20)
    reply = device.beat(320_000, 600_000, after=20)
    assert reply["credited_ms_lesson"] == 40_000
    enrolment_id = database.session.scalar(select(StudySession.enrolment_id)) or ""
    assert queries.coverage(enrolment_id, lesson_id(lesson)) == [(0, 20_000), (320_000, 340_000)]


def test_a_repeated_beat_changes_nothing_and_is_answered_with_how_things_stand(
    device: Device, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(20)
    clock.advance(seconds=20)
    body = device.claim(20_000, 40_000)
    first = device.send(body).json
    for _ in range(3):
        clock.advance(seconds=20)
        again = device.send(body).json
        assert (again["credited_ms_lesson"], again["seq"], again["nonce"]) == (
            first["credited_ms_lesson"],
            first["seq"],
            first["nonce"],
        )
    assert total() == 40_000


def test_an_old_beat_after_a_newer_one_changes_nothing(
    device: Device, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(20)
    clock.advance(seconds=20)
    late = device.claim(20_000, 40_000)
    device.follow(40)
    clock.advance(seconds=5)
    assert device.send(late).json["credited_ms_lesson"] == 60_000 == total()


@pytest.mark.parametrize("nonce", ["0" * 32, "f" * 32])
def test_a_beat_without_the_nonce_that_was_given_out_is_refused(
    device: Device, lesson: str, nonce: str
) -> None:
    device.open(lesson)
    answer = device.send(device.claim(0, 20_000, nonce=nonce))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "NONCE_WRONG")
    assert total() == 0


def test_a_beat_cannot_skip_the_chain(device: Device, lesson: str, clock: SettableClock) -> None:
    device.open(lesson)
    clock.advance(seconds=20)
    answer = device.send(device.claim(0, 20_000, seq=2))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "NONCE_WRONG")


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"seconds": 600}, "UNKNOWN_FIELD"),
        ({"completed": True}, "UNKNOWN_FIELD"),
        ({"to": -1}, "INVALID_FIELD"),
        ({"to": 10**12}, "INVALID_FIELD"),
        ({"to": 20.5}, "INVALID_FIELD"),
        ({"playing": "yes"}, "INVALID_FIELD"),
        ({"seq": True}, "INVALID_FIELD"),
        ({"nonce": "short"}, "INVALID_FIELD"),
    ],
)
def test_odd_fields_are_refused_by_name_and_change_nothing(
    device: Device, lesson: str, over: dict[str, object], code: str
) -> None:
    device.open(lesson)
    answer = device.send(device.claim(0, 20_000, **over))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert answer.json["error"]["facts"]["field"] in over
    assert total() == 0


def test_a_second_device_takes_over_and_the_first_earns_nothing_more(
    device: Device, make_device: NewDevice, learner: User, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(40)
    other = make_device(learner)
    opened = other.open(lesson)
    assert (opened["generation"], opened["credited_ms_lesson"], opened["resume_ms"]) == (2, 40_000, 40_000)
    clock.advance(seconds=20)
    lost = device.beat(40_000, 60_000)
    kept = other.beat(40_000, 60_000)
    assert (lost["reason"], kept["reason"]) == ("lease_lost", "counting")
    assert lost["credited_ms_lesson"] == 40_000
    assert total() == 60_000


def test_two_lessons_at_once_earn_no_more_than_one(
    device: Device, make_device: NewDevice, learner: User, lesson: str, clock: SettableClock
) -> None:
    began = clock.now()
    tabs = [device, make_device(learner)]
    tabs[0].open(lesson)
    tabs[1].open(make_lesson(600_000, clock.now()))
    for step in range(1, 4):
        clock.advance(seconds=20)
        for tab in tabs:
            tab.beat((step - 1) * 20_000, step * 20_000)
    assert total() == 60_000 <= (clock.now() - began).total_seconds() * 1000


def test_opening_in_turns_earns_no_time_twice(
    device: Device, make_device: NewDevice, learner: User, lesson: str, clock: SettableClock
) -> None:
    began, other = clock.now(), make_device(learner)
    second = make_lesson(600_000, clock.now())
    for step in range(6):
        tab, which = ((device, lesson), (other, second))[step % 2]
        tab.open(which)
        tab.beat(step * 10_000, step * 10_000 + 30_000, after=10)
    assert total() <= (clock.now() - began).total_seconds() * 1000
    assert queries.replay() == []


@pytest.mark.parametrize("flag", ["visible", "playing"])
def test_hidden_and_paused_time_earns_nothing_and_cannot_be_spent_later(
    device: Device, lesson: str, flag: str
) -> None:
    device.open(lesson)
    device.follow(20)
    reply = device.beat(20_000, 40_000, after=20, **{flag: False})
    assert reply["reason"] == {"visible": "hidden", "playing": "paused"}[flag]
    assert reply["credited_ms_lesson"] == 20_000
    assert device.beat(20_000, 600_000, after=5)["credited_ms_lesson"] == 25_000


def test_two_lost_beats_are_bridged_and_more_is_a_gap(device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(20)
    assert device.beat(20_000, 80_000, after=60)["credited_ms_lesson"] == 80_000
    gap = device.beat(80_000, 146_000, after=66)
    assert (gap["reason"], gap["credited_ms_lesson"]) == ("gap", 80_000)
    assert device.beat(146_000, 166_000, after=20)["credited_ms_lesson"] == 100_000


def test_the_same_part_earns_once(device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(60)
    reply = device.beat(0, 20_000, after=20)
    assert (reply["reason"], reply["credited_ms_lesson"]) == ("already_credited", 60_000)
    reply = device.beat(50_000, 70_000, after=20)
    assert reply["credited_ms_lesson"] == 70_000 == total()


def test_a_lesson_never_earns_more_than_its_length(device: Device, clock: SettableClock) -> None:
    device.open(make_lesson(50_000, clock.now()))
    device.follow(60)
    reply = device.beat(0, 50_000, after=20)
    assert (reply["reason"], reply["credited_ms_lesson"], total()) == ("lesson_complete", 50_000, 50_000)


def test_seeking_is_free_and_covers_where_it_goes(device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(20)
    reply = device.beat(400_000, 420_000, after=20)
    assert (reply["credited_ms_lesson"], reply["painted"]) == (40_000, [[400_000, 420_000]])


def test_credit_ends_with_access_and_what_was_earned_stays(
    db: SQLAlchemy, make_device: NewDevice, learner: User, clock: SettableClock
) -> None:
    other, _ = make_learner(clock.now(), access=timedelta(seconds=30))
    device = make_device(other)
    device.open(make_lesson(600_000, clock.now()))
    device.follow(20)
    reply = device.beat(20_000, 40_000, after=20)
    assert (reply["reason"], reply["credited_ms_lesson"]) == ("access_closed", 20_000)
    heard = {"seq": 1, "nonce": nonce_for(device.session, 1)}
    again = device.send(device.claim(0, 20_000, **heard)).json
    assert (again["reason"], again["credited_ms_lesson"]) == ("access_closed", 20_000), (
        "a repeat is told the same"
    )
    refused = device.client.post("/study/sessions", json={"lesson": "acc-01-role"})
    assert refused.status_code in (403, 404)


def test_nobody_beats_in_another_persons_session(
    device: Device, make_device: NewDevice, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(20)
    eve = make_device(make_learner(clock.now())[0])
    eve.session, eve.seq, eve.nonce = device.session, device.seq, device.nonce
    clock.advance(seconds=20)
    answer = eve.send(eve.claim(20_000, 40_000))
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "STUDY_SESSION_NOT_FOUND")
    closing = eve.client.post(f"/study/sessions/{device.session}/closure")
    assert closing.status_code == 404
    assert device.beat(20_000, 40_000)["credited_ms_lesson"] == 40_000


def test_a_signed_out_device_earns_nothing(device: Device, lesson: str, clock: SettableClock) -> None:
    device.open(lesson)
    device.follow(20)
    device.client.delete_cookie("carbonlearn")
    clock.advance(seconds=20)
    assert device.send(device.claim(20_000, 40_000)).status_code == 401
    assert total() == 20_000


def test_a_lesson_outside_the_track_cannot_be_opened(device: Device, clock: SettableClock) -> None:
    elsewhere = make_lesson(60_000, clock.now(), course="tra-04-trading")
    answer = device.client.post("/study/sessions", json={"lesson": elsewhere})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "LESSON_NOT_IN_TRACK")
    assert device.client.get(f"/lessons/{elsewhere}").status_code == 404


def test_a_closed_session_earns_nothing_more(device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(20)
    for _ in range(2):
        closed = device.client.post(f"/study/sessions/{device.session}/closure")
        assert closed.json["credited_ms_enrolment"] == 20_000
    reply = device.beat(20_000, 40_000, after=20)
    assert (reply["reason"], reply["credited_ms_lesson"]) == ("session_closed", 20_000)
