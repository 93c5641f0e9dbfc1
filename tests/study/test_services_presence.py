"""Presence through HTTP: a check holds further credit until it is rightly answered, once, and never tells the key before."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.infra.clock import SettableClock
from carbonlearn.study import queries
from carbonlearn.study.models import PresenceCheck, StudyPresence, StudyRefusal, StudySpan
from tests.factories.people import actor_of
from tests.factories.study import (
    Device,
    make_learner,
    make_lesson,
    make_question,
    right_answer,
    set_due,
)

NewDevice = Callable[[User], Device]


@pytest.fixture
def questions(lesson: str, clock: SettableClock) -> list[str]:
    """Three questions on the first part of the lesson and one on its second."""
    return [make_question(lesson, clock.now(), part=part) for part in (1, 1, 1, 2)]


def enrolment_of(learner: User, clock: SettableClock) -> str:
    return queries.studied_enrolments(actor_of(learner, clock.now()))[0].id


def test_a_check_falls_due_within_the_programme_s_range(
    db: SQLAlchemy, device: Device, lesson: str, questions: list[str]
) -> None:
    device.open(lesson)
    due = db.session.scalars(select(StudyPresence.due_ms)).one()
    assert 60_000 <= due <= 120_000
    reply = device.follow(160)
    assert reply["reason"] == "presence_due"
    assert due <= reply["credited_ms_enrolment"] < due + 20_000


def test_a_held_check_earns_nothing_and_takes_nothing(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    reached = device.follow(40)
    assert (reached["reason"], reached["credited_ms_lesson"]) == ("presence_due", 40_000)
    for _ in range(3):
        held = device.follow(20)
        assert (held["reason"], held["credited_ms_lesson"]) == ("presence_due", 40_000)
        assert held["presence"] == reached["presence"]
    assert db.session.scalars(select(StudySpan.credited_ms)).all() == [40_000]


def test_neither_key_nor_explanation_leaves_before_the_answer(
    device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    opened = device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    reached = device.follow(40)
    told = json.dumps([opened, reached, device.open(lesson)], ensure_ascii=False)
    assert "第一句就是" not in told and '"key"' not in told
    question = reached["presence"]
    assert set(question) == {"check", "stem", "stem_lang", "type", "options", "attempt", "part", "about"}
    assert sorted(option["letter"] for option in question["options"]) == list("ABCD")


def test_a_right_answer_lets_the_same_span_grow_from_now_on(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    check = device.follow(40)["presence"]["check"]
    clock.advance(seconds=50)  # the page waits without a beat
    said = device.answer(check, right_answer(check))
    assert (said["correct"], said["key"], said["presence"], said["reason"]) == (True, ["B"], None, "counting")
    assert said["explanation"] == "这一节第一句就是这样写的。"
    assert device.beat(40_000, 60_000, after=20)["credited_ms_lesson"] == 60_000
    assert len(db.session.scalars(select(StudySpan.id)).all()) == 1
    assert queries.replay() == []


def test_time_spent_on_a_question_cannot_be_spent_again(
    device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    check = device.follow(40)["presence"]["check"]
    clock.advance(seconds=50)
    device.answer(check, right_answer(check))
    assert device.beat(40_000, 110_000, after=5)["credited_ms_lesson"] == 45_000


def test_a_wrong_answer_brings_another_question_and_credit_stays_held(
    device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    first = device.follow(40)["presence"]
    said = device.answer(first["check"], ["A"])
    assert (said["correct"], said["reason"]) == (False, "presence_due")
    assert said["presence"]["attempt"] == 2
    assert said["presence"]["stem"] != first["stem"]
    assert device.follow(20)["credited_ms_lesson"] == 40_000
    again = device.answer(said["presence"]["check"], right_answer(said["presence"]["check"]))
    assert again["correct"]
    assert device.follow(20)["credited_ms_lesson"] == 60_000


def test_the_first_answer_counts(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    check = device.follow(40)["presence"]["check"]
    wrong = device.answer(check, ["C"])
    again = device.answer(check, ["B"])
    assert (again["correct"], again["presence"]) == (False, wrong["presence"])
    assert len(db.session.scalars(select(PresenceCheck.id)).all()) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"choice": ["E"]}, "PRESENCE_CHOICE_UNKNOWN"),
        ({"choice": ["true"]}, "PRESENCE_CHOICE_UNKNOWN"),
        ({"choice": []}, "INVALID_FIELD"),
        ({"choice": ["A", "B"]}, "INVALID_FIELD"),
        ({"choice": "B"}, "INVALID_FIELD"),
        ({"choice": ["B"], "correct": True}, "UNKNOWN_FIELD"),
        ({}, "MISSING_FIELD"),
    ],
)
def test_what_is_no_answer_is_refused_and_does_not_use_the_answer_up(
    device: Device,
    learner: User,
    lesson: str,
    questions: list[str],
    clock: SettableClock,
    body: dict[str, object],
    code: str,
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    check = device.follow(40)["presence"]["check"]
    answer = device.client.post(f"/study/presence/{check}/answer", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert device.answer(check, ["B"])["correct"]


def test_nobody_answers_another_person_s_check(
    device: Device,
    make_device: NewDevice,
    learner: User,
    lesson: str,
    questions: list[str],
    clock: SettableClock,
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    check = device.follow(40)["presence"]["check"]
    eve = make_device(make_learner(clock.now())[0])
    answer = eve.client.post(f"/study/presence/{check}/answer", json={"choice": ["B"]})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "PRESENCE_CHECK_NOT_FOUND")


def test_a_held_check_follows_the_learner_to_another_lesson_and_device(
    device: Device,
    make_device: NewDevice,
    learner: User,
    lesson: str,
    questions: list[str],
    clock: SettableClock,
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    question = device.follow(40)["presence"]
    other, elsewhere = make_device(learner), make_lesson(600_000, clock.now())
    opened = other.open(elsewhere)
    assert (opened["presence"], opened["reason"]) == (question | {"part": ""}, "presence_due")
    assert opened["taken_over"]["lesson"] == lesson
    assert other.follow(20)["credited_ms_enrolment"] == 40_000
    other.answer(question["check"], right_answer(question["check"]))
    assert other.follow(20)["credited_ms_enrolment"] == 60_000


def test_opening_on_the_same_sign_in_takes_nothing_over(device: Device, lesson: str) -> None:
    assert device.open(lesson)["taken_over"] is None
    device.follow(20)
    assert device.open(lesson)["taken_over"] is None


def test_without_a_question_on_what_was_studied_the_check_moves_on_and_is_counted(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    make_question(make_lesson(600_000, clock.now()), clock.now())  # on another lesson
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    assert device.follow(40)["reason"] == "counting"
    row = db.session.scalars(select(StudyPresence)).one()
    assert row.unasked == 1
    assert 100_000 <= row.due_ms <= 160_000


def test_the_question_is_about_the_part_just_studied(
    db: SQLAlchemy, device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    device.beat(300_000, 320_000, after=20)  # the second part
    check = device.beat(320_000, 340_000, after=20)["presence"]["check"]
    item, _version = queries.item_of(db.session.get_one(PresenceCheck, check).item_version_id)
    assert item.external_id == questions[3]


def test_a_statement_is_answered_with_true_or_false(
    device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    make_question(lesson, clock.now(), type="true-false")
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    question = device.follow(40)["presence"]
    assert question["options"] == [{"letter": "true", "text": "正确"}, {"letter": "false", "text": "错误"}]
    said = device.answer(question["check"], ["true"])
    assert (said["correct"], said["key"]) == (True, ["true"])


def test_the_interval_told_varies_and_needs_no_row(device: Device, lesson: str) -> None:
    told = {device.open(lesson)["interval_s"]} | {device.follow(20)["interval_s"] for _ in range(20)}
    assert told <= set(range(16, 22)) and len(told) >= 3


def test_what_was_refused_is_told_by_lesson_and_reason(db: SQLAlchemy, device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(40)
    device.beat(40_000, 60_000, after=20, visible=False)
    device.beat(60_000, 80_000, after=20, visible=False)
    device.beat(0, 20_000, after=20)  # covered ground
    device.beat(20_000, 120_000, after=90)  # a gap
    totals = device.client.get("/study/totals").json
    row = next(one for one in totals["lessons"] if one["slug"] == lesson)
    assert (
        row["refused"] == totals["refused"] == {"hidden": 40_000, "already_credited": 20_000, "gap": 90_000}
    )
    rows = db.session.execute(select(StudyRefusal.reason, StudyRefusal.beats).order_by(StudyRefusal.id)).all()
    assert [tuple(row) for row in rows] == [("hidden", 2), ("already_credited", 1), ("gap", 1)]


def test_a_question_carried_into_another_lesson_speaks_of_that_lesson(
    device: Device, learner: User, lesson: str, questions: list[str], clock: SettableClock
) -> None:
    device.open(lesson)
    set_due(enrolment_of(learner, clock), 30_000)
    asked = device.follow(40)["presence"]
    assert (asked["part"], asked["about"]["slug"], asked["about"]["part"]) == ("part-1", lesson, "part-1")
    waiting = device.open(make_lesson(600_000, clock.now()))["presence"]
    assert waiting["part"] == "", "the other lesson has a first part too, which the question is not about"
    assert waiting["about"] == asked["about"], "and it says which lesson it is about"
    said = device.answer(waiting["check"], right_answer(waiting["check"]))
    assert (said["credited_ms_lesson"], said["credited_ms_enrolment"]) == (0, 40_000)
