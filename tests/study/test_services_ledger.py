"""The hot path against the rule, the replay of the ledger, and the jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from carbonlearn.accounts.models import LoginSession, User
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import jobs, queries, services
from carbonlearn.study.models import StudySession, StudySpan
from carbonlearn.study.services import presence
from carbonlearn.study.services.nonce import nonce_for
from tests.factories.exams import add_credit
from tests.factories.people import actor_of
from tests.factories.study import Device, make_learner, make_lesson, make_question, set_due
from tests.support.counting import counted_statements

BEATS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 5, 18, 20, 22, 60, 65, 66, 90]),  # seconds since the last beat
        st.sampled_from(
            [-25_000, -4_000, 0, 3_000, 4_000, 4_001, 30_000]
        ),  # where it begins, from where the last ended
        st.sampled_from([-1_000, 0, 1, 18_000, 20_000, 22_000, 320_000]),  # how far it goes
        st.sampled_from([True, True, True, False]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=10,
)


HOUR_MS = 3_600_000
COMPARED = ("from_ms", "to_ms", "limit_ms", "ground_ms", "is_open", "beat_at", "beats", "rhythm_sum_ms")


class Walk:
    """One learner through a list of beats, by the hot path first or by the rule alone."""

    def __init__(self, user: User, lesson: str, hot: bool, clock: SettableClock) -> None:
        self.actor, self.hot, self.clock = actor_of(user, clock.now()), hot, clock
        with unit_of_work():
            self.session = services.open_session(lesson, None, self.actor, clock.now(), "test").session
        self.at, self.seq, self.grown = 0, 0, 0

    def step(self, beat: tuple[int, int, int, bool, bool]) -> services.BeatReply:
        _, begin, length, visible, playing = beat
        start = max(0, self.at + begin)
        end = max(0, start + length)
        claim = services.Claim(
            self.seq + 1, nonce_for(self.session, self.seq + 1), playing, visible, start, end
        )
        self.at, now = end, self.clock.now()
        reply = None
        if self.hot:
            reply = services.extend_span(self.session, self.actor.session_hash, claim, now)
            self.grown += reply is not None
        if reply is None:
            with unit_of_work():
                reply = services.judge_beat(self.session, self.actor.session_hash, claim, now)
        self.seq = reply.seq
        return reply


MIDNIGHT = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)  # the end of the day in Shanghai


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    beats=BEATS,
    due=st.sampled_from([1, 15_000, 40_000, 10**9]),
    asked=st.booleans(),
    cap_left=st.sampled_from([30_000, 8 * HOUR_MS]),
    to_midnight=st.sampled_from([9, 70, 7 * 3600]),
)
def test_the_hot_path_and_the_rule_come_to_the_same_credit(
    db: SQLAlchemy,
    learner: User,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    beats: list[tuple[int, int, int, bool, bool]],
    due: int,
    asked: bool,
    cap_left: int,
    to_midnight: int,
) -> None:
    monkeypatch.setattr(presence, "_drawn", lambda total, _limits: total + 45_000)
    clock.set(MIDNIGHT - timedelta(seconds=to_midnight, days=-1))
    lesson = make_lesson(200_000, clock.now())
    if asked:
        make_question(lesson, clock.now())
    walks = []
    for hot in (True, False):
        user, enrolment = make_learner(clock.now())
        if cap_left < 8 * HOUR_MS:
            spent, until = 8 * HOUR_MS - cap_left, MIDNIGHT + timedelta(hours=8)
            with unit_of_work():
                add_credit(db.session.get_one(Enrolment, enrolment), spent, MIDNIGHT, until=until)
        walks.append(Walk(user, lesson, hot, clock))
        set_due(enrolment, queries.credited_ms(enrolment) + due)
    for beat in beats:
        clock.advance(seconds=beat[0])
        hot, judged = (walk.step(beat) for walk in walks)
        for field in ("reason", "seq", "credited_ms_lesson", "credited_ms_enrolment", "painted"):
            assert getattr(hot, field) == getattr(judged, field), field
        assert (hot.presence is None) == (judged.presence is None)
    rows = [
        [
            [getattr(span, name) for name in COMPARED]
            for span in db.session.scalars(
                select(StudySpan).where(StudySpan.session_id == walk.session).order_by(StudySpan.id)
            )
        ]
        for walk in walks
    ]
    assert rows[0] == rows[1]
    assert queries.replay() == []


def test_the_usual_beat_is_one_statement(app: Flask, db: SQLAlchemy, device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(20)
    with counted_statements(db) as statements:
        device.follow(20)
    assert len(statements) <= 1  # none where the driver runs it without the library in between
    assert all(text.startswith("UPDATE study_spans") for text in statements)
    assert db.session.scalars(select(StudySpan.seq)).one() == 2


def test_a_revoked_sign_in_ends_credit_at_once_on_the_hot_path(
    db: SQLAlchemy, device: Device, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(40)
    with unit_of_work():
        db.session.execute(update(LoginSession).values(revoked_at=clock.now()))
    clock.advance(seconds=20)
    assert device.send(device.claim(40_000, 60_000)).status_code == 401


def test_steady_study_writes_one_row_and_not_one_a_beat(
    db: SQLAlchemy, device: Device, clock: SettableClock
) -> None:
    device.open(make_lesson(3_600_000, clock.now()))
    device.follow(1_800)
    assert len(db.session.scalars(select(StudySpan.id)).all()) == 1


def test_replay_finds_a_row_that_was_altered(db: SQLAlchemy, device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(60)
    device.beat(300_000, 320_000, after=20)
    assert queries.replay() == []
    with unit_of_work():
        span = db.session.scalars(select(StudySpan).order_by(StudySpan.id)).first()
        assert span is not None
        span.from_ms, span.to_ms, span.limit_ms, span.credited_ms = 300_000, 400_000, 400_000, 100_000
    found = {difference.what for difference in queries.replay()}
    assert found == {"coverage", "time passed"}


def test_silent_sessions_are_closed_once_and_can_be_opened_again(
    db: SQLAlchemy, device: Device, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(40)
    clock.advance(minutes=9)
    assert jobs.close_silent(clock.now()) == 0
    clock.advance(minutes=2)
    assert [jobs.close_silent(clock.now()), jobs.close_silent(clock.now())] == [1, 0]
    assert db.session.scalars(select(StudySession.closed_at)).one() == clock.now()
    assert device.beat(40_000, 60_000, after=20)["reason"] == "session_closed"
    opened = device.open(lesson)
    assert (opened["resume_ms"], opened["covered"]) == (40_000, [[0, 40_000]])


def test_totals_are_checked_by_a_job_that_names_what_differs(
    db: SQLAlchemy, device: Device, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(20)
    assert jobs.check_totals(clock.now()) == 0
    with unit_of_work():
        db.session.execute(update(StudySpan).values(started_at=clock.now() - timedelta(seconds=1)))
    assert jobs.check_totals(clock.now()) == 1


def test_days_and_courses_add_up_to_the_ledger(
    db: SQLAlchemy, make_device: Callable[[User], Device], learner: User, lesson: str, clock: SettableClock
) -> None:
    device = make_device(learner)
    device.open(lesson)
    device.follow(60)
    clock.advance(hours=24)
    device.open(lesson)
    device.at = 60_000
    device.follow(40)
    enrolment = queries.studied_enrolments(actor_of(learner, clock.now()))[0]
    days = queries.daily_ms(enrolment.id, clock.now() - timedelta(days=7))
    assert [amount for _, amount in days] == [60_000, 40_000]
    assert queries.credited_by_course(enrolment) == {"acc-01-role": 100_000}
    assert queries.credited_ms(enrolment.id) == 100_000


def test_a_lesson_left_at_its_end_goes_on_where_it_was_not_followed(
    db: SQLAlchemy, device: Device, lesson: str
) -> None:
    device.open(lesson)
    device.follow(40)
    device.beat(580_000, 600_000, after=20)
    opened = device.open(lesson)
    assert opened["resume_ms"] == 40_000
    device.at = opened["resume_ms"]
    assert device.follow(20)["credited_ms_lesson"] == 80_000
