"""Local midnight, the daily cap and quiet hours, through HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.rules.study_limits import StudyLimits
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import queries
from carbonlearn.study.models import StudySpan
from tests.factories.exams import add_credit
from tests.factories.people import actor_of, sign_in
from tests.factories.study import Device, make_lesson

MIDNIGHT = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)
EIGHT_HOURS_MS = 8 * 3_600_000


def enrolment_of(learner: User, clock: SettableClock) -> Enrolment:
    return queries.studied_enrolments(actor_of(learner, clock.now()))[0]


def limit(monkeypatch: pytest.MonkeyPatch, enrolment: Enrolment, **over: object) -> None:
    """Give the enrolment's programme version other limits."""
    rules = catalogue.rules_of(enrolment.programme_version_id)
    held = {
        "presence_seconds": (7200, 7200),
        "daily_cap_ms": None,
        "quiet_hours": None,
        "completion_percent": 95,
    }
    monkeypatch.setitem(rules.__dict__, "study", StudyLimits(**held | over))  # type: ignore[arg-type]


def test_a_span_ends_at_local_midnight_and_no_second_is_lost(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    clock.set(MIDNIGHT - timedelta(seconds=50))
    sign_in(device.client, learner, clock.now())
    device.open(lesson)
    reply = device.follow(100)
    assert (reply["reason"], reply["credited_ms_lesson"]) == ("counting", 100_000)
    spans = db.session.scalars(select(StudySpan).order_by(StudySpan.id)).all()
    assert [(span.from_ms, span.to_ms) for span in spans] == [(0, 50_000), (50_000, 100_000)]
    assert (spans[0].beat_at, spans[1].started_at) == (MIDNIGHT, MIDNIGHT)
    days = queries.daily_ms(enrolment_of(learner, clock).id, MIDNIGHT - timedelta(days=1))
    assert [amount for _, amount in days] == [50_000, 50_000]
    assert queries.replay() == []


def test_a_pause_over_midnight_leaves_the_old_day_as_it_was(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    clock.set(MIDNIGHT - timedelta(seconds=30))
    sign_in(device.client, learner, clock.now())
    device.open(lesson)
    device.follow(20)
    for _ in range(3):
        device.beat(20_000, 20_000, after=20, playing=False)
    device.follow(20)
    assert queries.replay() == []
    days = queries.daily_ms(enrolment_of(learner, clock).id, MIDNIGHT - timedelta(days=1))
    assert [amount for _, amount in days] == [20_000, 20_000]


def test_the_daily_cap_is_exact_and_over_at_midnight(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    enrolment_id = enrolment_of(learner, clock).id
    with unit_of_work():
        enrolment = db.session.get_one(Enrolment, enrolment_id)
        add_credit(enrolment, EIGHT_HOURS_MS - 50_000, clock.now() - timedelta(hours=8.5))
    assert device.open(lesson)["reason"] == "counting"
    reply = device.follow(60)
    assert (reply["reason"], reply["credited_ms_lesson"]) == ("daily_cap", 50_000)
    assert device.follow(20)["credited_ms_lesson"] == 50_000
    refused = device.client.get("/study/totals").json["refused"]
    assert refused == {"daily_cap": 30_000}
    assert device.open(lesson)["reason"] == "daily_cap"
    clock.set(MIDNIGHT + timedelta(minutes=1))
    sign_in(device.client, learner, clock.now())
    assert device.open(lesson)["reason"] == "counting"
    device.at = 60_000
    assert device.follow(20)["credited_ms_lesson"] == 70_000


def test_the_cap_is_of_the_learner_and_not_of_the_lesson(
    db: SQLAlchemy, device: Device, learner: User, clock: SettableClock
) -> None:
    enrolment_id = enrolment_of(learner, clock).id
    with unit_of_work():
        enrolment = db.session.get_one(Enrolment, enrolment_id)
        add_credit(enrolment, EIGHT_HOURS_MS - 30_000, clock.now() - timedelta(hours=8.5))
    device.open(make_lesson(600_000, clock.now()))
    device.follow(20)
    device.open(make_lesson(600_000, clock.now()))
    assert device.follow(40)["credited_ms_lesson"] == 10_000


def test_quiet_hours_earn_nothing_and_end_by_themselves(
    device: Device, learner: User, lesson: str, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, enrolment_of(learner, clock), quiet_hours=("09:01", "09:03"))  # it is nine o'clock
    device.open(lesson)
    first = device.follow(60)
    assert first["credited_ms_lesson"] == 60_000, first
    quiet = device.follow(40)
    assert (quiet["reason"], quiet["credited_ms_lesson"]) == ("quiet_hours", 60_000)
    assert device.open(lesson)["reason"] == "quiet_hours"
    device.at = 100_000
    device.follow(80)
    assert device.follow(20)["credited_ms_lesson"] == 80_000
    assert device.client.get("/study/totals").json["refused"]["quiet_hours"] == 120_000
