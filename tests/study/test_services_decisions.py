"""A person decides about spans and reviews: reasons, reach, what counts afterwards, and that no ground earns twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select, update

from carbonlearn.accounts.models import User
from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import jobs, queries, services
from carbonlearn.study.models import StudyReview, StudySpan
from tests.factories.people import actor_of, make_base, make_user
from tests.factories.study import Device, set_due

WHY = "两台设备同时在学，核对过"


@pytest.fixture
def enrolment(learner: User, clock: SettableClock) -> Enrolment:
    return queries.studied_enrolments(actor_of(learner, clock.now()))[0]


@pytest.fixture
def rosa(enrolment: Enrolment, clock: SettableClock) -> Actor:
    """An administrator of the learner's base."""
    return actor_of(make_user(Role.BASE_ADMIN, now=clock.now(), base_id=enrolment.base_id), clock.now())


def spans(db: SQLAlchemy) -> list[int]:
    return list(db.session.scalars(select(StudySpan.id).order_by(StudySpan.id)))


def test_a_void_span_counts_nowhere_and_its_ground_may_be_earned_again(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    enrolment_id = enrolment.id
    device.open(lesson)
    device.follow(60)
    device.beat(300_000, 320_000, after=20)
    first = spans(db)[0]
    set_due(enrolment_id, 10**9)
    with unit_of_work():
        assert services.void_spans(enrolment_id, [first], WHY, actor=rosa, now=clock.now()) == 1
    assert queries.credited_ms(enrolment_id) == 20_000
    totals = device.client.get("/study/totals").json
    assert totals["credited_ms"] == 20_000
    opened = device.open(lesson)
    assert (opened["credited_ms_enrolment"], opened["covered"]) == (20_000, [[300_000, 320_000]])
    device.at = 0
    assert device.follow(40)["credited_ms_lesson"] == 60_000
    assert queries.presence_of(enrolment_id).due_ms <= 20_000 + 120_000  # type: ignore[union-attr]
    assert queries.replay() == []
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None and (entry.action, entry.actor_id) == ("study:void", rosa.user_id)


def test_who_studies_while_a_span_is_made_void_loses_nothing_else_and_is_told_why(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    set_due(enrolment.id, 10**9)
    device.open(lesson)
    device.follow(60)
    clock.advance(seconds=10)
    with unit_of_work():
        services.void_spans(enrolment.id, spans(db), WHY, actor=rosa, now=clock.now())
    set_due(enrolment.id, 10**9)
    after = device.beat(60_000, 80_000, after=10)
    assert (after["reason"], after["credited_ms_lesson"]) == ("counting", 20_000)
    told = after["decided"]
    assert (told["void"], told["ms"], told["reason"]) == (True, 60_000, WHY)
    assert after["covered"] == [[60_000, 80_000]]
    usual = device.beat(80_000, 100_000, after=20)
    assert (usual["reason"], usual["credited_ms_lesson"], usual["decided"]) == ("counting", 40_000, None)
    assert queries.replay() == []


def test_a_day_is_not_given_back_beyond_its_cap(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    set_due(enrolment.id, 10**9)
    device.open(lesson)
    device.follow(60)
    old = spans(db)
    with unit_of_work():
        services.void_spans(enrolment.id, old, WHY, actor=rosa, now=clock.now())
    cap = rules_of(enrolment.programme_version_id).study.daily_cap_ms
    assert cap is not None
    device.open(lesson)
    device.beat(300_000, 320_000, after=20)
    with unit_of_work():
        newest = db.session.get_one(StudySpan, spans(db)[-1])
        newest.limit_ms = newest.from_ms + cap
        newest.to_ms = newest.from_ms + cap - 59_999
        newest.credited_ms = cap - 59_999
    with pytest.raises(Conflict, match="SPAN_BEYOND_CAP"), unit_of_work():
        services.restore_spans(enrolment.id, old, WHY, actor=rosa, now=clock.now())
    with unit_of_work():
        newest = db.session.get_one(StudySpan, spans(db)[-1])
        newest.to_ms, newest.credited_ms = newest.to_ms - 1, newest.credited_ms - 1
    with unit_of_work():
        assert services.restore_spans(enrolment.id, old, WHY, actor=rosa, now=clock.now()) == 1


def test_a_review_looks_as_far_back_as_its_signal_did(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    def raised(at: datetime) -> StudyReview:
        row = StudyReview(
            enrolment_id=enrolment.id,
            user_id=enrolment.user_id,
            signal="guessing",
            local_day=at.date(),
            evidence={},
            raised_at=at,
            status="open",
            reason="",
        )
        db.session.add(row)
        return row

    now = clock.now()
    with unit_of_work():
        first, second = raised(now), raised(now + timedelta(days=3))
    assert services.looked_at_since(first) == now - timedelta(days=14)
    assert services.looked_at_since(second) == now


def test_restoring_gives_back_what_was_taken(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(60)
    for decide, total in ((services.void_spans, 0), (services.restore_spans, 60_000)):
        with unit_of_work():
            assert decide(enrolment.id, spans(db), WHY, actor=rosa, now=clock.now()) == 1
        assert queries.credited_ms(enrolment.id) == total
        with unit_of_work():
            assert decide(enrolment.id, spans(db), WHY, actor=rosa, now=clock.now()) == 0
    assert queries.replay() == []


def test_ground_earned_again_meanwhile_is_not_given_back(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(60)
    old = spans(db)
    with unit_of_work():
        services.void_spans(enrolment.id, old, WHY, actor=rosa, now=clock.now())
    device.open(lesson)
    device.beat(40_000, 60_000, after=20)
    with pytest.raises(Conflict, match="SPAN_EARNED_AGAIN"), unit_of_work():
        services.restore_spans(enrolment.id, old, WHY, actor=rosa, now=clock.now())
    assert queries.credited_ms(enrolment.id) == 20_000
    assert queries.replay() == []


def test_only_who_may_decides_and_never_about_oneself(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(40)
    now, elsewhere = clock.now(), make_base("other", now=clock.now())
    stranger = actor_of(make_user(Role.BASE_ADMIN, now=now, base_id=elsewhere), now)
    mine = Actor(enrolment.user_id, "", rosa.grants)
    for actor, span_ids, why, error in (
        (stranger, spans(db), WHY, NotFound),
        (mine, spans(db), WHY, Refused),
        (rosa, spans(db), "  ", Invalid),
        (rosa, [10**6], WHY, Invalid),
        (rosa, [10**30], WHY, Invalid),
        (rosa, [], WHY, Invalid),
    ):
        with pytest.raises(error), unit_of_work():
            services.void_spans(enrolment.id, span_ids, why, actor=actor, now=now)
    assert queries.credited_ms(enrolment.id) == 40_000


def test_replay_finds_a_mark_that_no_decision_made(db: SQLAlchemy, device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(40)
    with unit_of_work():
        db.session.execute(update(StudySpan).values(is_void=True))
    assert [one.what for one in queries.replay()] == ["decision"]


def test_a_metronome_is_raised_once_a_day_and_settled_once(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(500)
    with unit_of_work():
        db.session.execute(
            update(StudySpan).values(beats=200, rhythm_sum_ms=4_000_000, rhythm_sq=80_000_000_000)
        )
    assert [jobs.raise_reviews(clock.now()), jobs.raise_reviews(clock.now())] == [1, 0]
    assert queries.credited_ms(enrolment.id) == 500_000
    (row,) = queries.reviews(rosa, "open", "", 10)
    assert (row.review.signal, row.review.evidence) == ("zero_variance", {"beats": 200, "deviation_ms": 0})
    assert queries.reviews(rosa, "open", row.key, 10) == []
    with unit_of_work():
        settled = services.decide_review(row.review.id, WHY, void=spans(db), actor=rosa, now=clock.now())
        assert settled.status == "voided"
    assert queries.credited_ms(enrolment.id) == 0
    with pytest.raises(Conflict, match="STUDY_REVIEW_DECIDED"), unit_of_work():
        services.decide_review(row.review.id, WHY, actor=rosa, now=clock.now())
    assert queries.review_count(rosa) == 0


def test_looking_for_signals_takes_no_write_lock_where_none_speaks(
    db: SQLAlchemy, device: Device, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(500)
    with unit_of_work():  # within which another would be refused
        assert jobs.raise_reviews(clock.now()) == 0
        db.session.execute(
            update(StudySpan).values(beats=200, rhythm_sum_ms=4_000_000, rhythm_sq=80_000_000_000)
        )
        with pytest.raises(RuntimeError, match="must not be nested"):
            jobs.raise_reviews(clock.now())


def test_a_review_may_be_kept_and_is_not_raised_again_for_the_same(
    db: SQLAlchemy, device: Device, enrolment: Enrolment, rosa: Actor, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(500)
    with unit_of_work():
        db.session.execute(
            update(StudySpan).values(beats=200, rhythm_sum_ms=4_000_000, rhythm_sq=80_000_000_000)
        )
    jobs.raise_reviews(clock.now())
    review_id = db.session.scalars(select(StudyReview.id)).one()
    with unit_of_work():
        services.decide_review(review_id, WHY, actor=rosa, now=clock.now())
    with unit_of_work():
        services.raise_reviews(enrolment.id, clock.now() + timedelta(days=1))
    assert db.session.scalars(select(StudyReview.status)).all() == ["kept"]
    assert queries.credited_ms(enrolment.id) == 500_000
