from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.core.errors import Invalid, NotFound
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import queries, services
from carbonlearn.practice.models import PracticeAnswer, PracticeCard, PracticeStar
from carbonlearn.question_bank import services as bank
from tests.factories.items import load_bank, read_by_somebody
from tests.factories.practice import (
    SHANGHAI,
    Practiser,
    a_practiser,
    an_answer,
    entries_of,
    load_pool,
    right,
    text_of,
    wrong,
)

OBJECTIVE = ("single-choice", "true-false", "multiple-choice")


def rows(db: SQLAlchemy, model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def card(db: SQLAlchemy, lin: Practiser, item_id: str) -> PracticeCard | None:
    db.session.rollback()
    return db.session.get(PracticeCard, (lin.actor.user_id, item_id))


@pytest.mark.parametrize("kind", OBJECTIVE)
def test_a_right_answer_leaves_the_book_empty_and_a_wrong_one_enters_it(
    db: SQLAlchemy, lin: Practiser, now: datetime, kind: str
) -> None:
    good, bad = load_pool("practice", now, kind)[:2]
    assert lin.answer(good.id, right(good), now).verdict == "right"
    assert lin.answer(bad.id, wrong(bad), now).verdict == "wrong"
    assert queries.card_ids(lin.actor.user_id) == {bad.id}
    found = card(db, lin, bad.id)
    assert found is not None
    assert (found.wrong, found.due_at) == (1, now + timedelta(minutes=10))


def test_the_same_operation_counts_once(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    first = lin.answer(item.id, wrong(item), now, operation_id="one")
    again = lin.answer(item.id, right(item), now + timedelta(days=1), operation_id="one")
    assert again.public_id == first.public_id
    assert rows(db, PracticeAnswer) == 1
    found = card(db, lin, item.id)
    assert found is not None
    assert found.wrong == 1


def test_an_item_leaves_the_book_when_it_is_known_and_comes_back_when_it_is_not(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    lin.answer(item.id, wrong(item), now)
    at = now
    for _turn in range(12):
        found = card(db, lin, item.id)
        assert found is not None
        if found.left_at:
            break
        at = found.due_at + timedelta(hours=9)
        assert queries.next_due(lin.actor.user_id, lin.place(now).track, at) == item.id
        lin.answer(item.id, right(item), at, mode="book")
    assert queries.card_ids(lin.actor.user_id) == frozenset()
    assert at - now < timedelta(days=60)
    lin.answer(item.id, wrong(item), at + timedelta(days=90))
    assert queries.card_ids(lin.actor.user_id) == {item.id}


def test_a_short_answer_is_judged_by_its_writer_once(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    item = load_pool("practice", now, "short-answer")[0]
    made = lin.answer(item.id, "  按要点作答。 ", now)
    assert (made.verdict, made.value) == ("open", '"按要点作答。"')
    assert queries.card_ids(lin.actor.user_id) == frozenset()
    for word, expected in (("partly", "partly"), ("right", "partly")):
        with unit_of_work():
            judged = services.judge(made.public_id, word, actor=lin.actor, zone=SHANGHAI, now=now)
        assert judged.verdict == expected
    assert queries.card_ids(lin.actor.user_id) == {item.id}


def test_a_word_that_is_no_verdict_is_refused(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    made = lin.answer(load_pool("practice", now, "short-answer")[0].id, "按要点作答。", now)
    with pytest.raises(Invalid) as caught, unit_of_work():
        services.judge(made.public_id, "open", actor=lin.actor, zone=SHANGHAI, now=now)
    assert caught.value.code == "PRACTICE_VERDICT_UNKNOWN"


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("single-choice", None, "PRACTICE_ANSWER_EMPTY"),
        ("single-choice", [], "PRACTICE_ANSWER_EMPTY"),
        ("short-answer", "   ", "PRACTICE_ANSWER_EMPTY"),
        ("single-choice", ["A", "B"], "PRACTICE_ANSWER_FORM"),
        ("single-choice", ["H"], "PRACTICE_ANSWER_FORM"),
        ("true-false", ["A"], "PRACTICE_ANSWER_FORM"),
        ("multiple-choice", True, "PRACTICE_ANSWER_FORM"),
        ("short-answer", "字" * 4001, "PRACTICE_ANSWER_FORM"),
        ("short-answer", "\ud800", "PRACTICE_ANSWER_FORM"),
    ],
)
def test_what_is_no_answer_is_refused_and_leaves_nothing(
    db: SQLAlchemy, lin: Practiser, now: datetime, kind: str, value: Any, code: str
) -> None:
    item = load_pool("practice", now, kind)[0]
    with pytest.raises(Invalid) as caught:
        lin.answer(item.id, value, now)
    assert caught.value.code == code
    assert rows(db, PracticeAnswer) == 0


def test_no_item_of_an_exam_and_no_mock_item_can_be_practised(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    from carbonlearn.question_bank.models import Item

    load_bank(now)
    load_pool("mock", now, every=20)
    load_pool("practice", now, every=20, job_type="trading")
    for item in db.session.scalars(select(Item)).all()[::5]:
        with pytest.raises(NotFound):
            lin.answer(item.id, right(item), now)


def test_level_3_practises_on_level_4_too_and_level_4_not_on_level_3(db: SQLAlchemy, now: datetime) -> None:
    four = a_practiser(now)
    three = a_practiser(now, four.desk, level="3")
    low = load_pool("practice", now, "single-choice", every=10)[0]
    high = load_pool("practice", now, "true-false", every=10, level="3")[0]
    assert three.answer(low.id, right(low), now).verdict == "right"
    assert three.answer(high.id, right(high), now).verdict == "right"
    assert four.answer(low.id, right(low), now).verdict == "right"
    with pytest.raises(NotFound):
        four.answer(high.id, right(high), now)


def test_an_answer_is_judged_by_the_text_that_was_asked(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice", every=30)[0]
    asked, key = text_of(item).id, right(item)
    other = next(letter for letter in "ABCD" if [letter] != key)
    entry = next(
        one for one in entries_of("practice", "single-choice", every=30) if one["id"] == item.external_id
    )
    with unit_of_work():
        bank.load_items(read_by_somebody([entry | {"key": [other]}]), now)
    db.session.rollback()
    assert lin.answer(item.id, key, now, version_id=asked).verdict == "right"
    assert lin.answer(item.id, key, now, version_id=text_of(item).id).verdict == "wrong"


def test_a_retired_item_is_gone_from_practice_and_from_the_book(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice", every=30)[0]
    lin.answer(item.id, wrong(item), now)
    later = now + timedelta(hours=1)
    assert queries.card_count(lin.actor.user_id, lin.place(now).track, later) == 1
    with unit_of_work():
        db.session.merge(item).status = "retired"
    assert queries.card_count(lin.actor.user_id, lin.place(now).track, later) == 0
    assert queries.book_rows(lin.actor.user_id, lin.place(now).track) == []
    with pytest.raises(NotFound):
        lin.answer(item.id, right(item), later)


def test_book_and_stars_of_a_track_name_only_what_can_be_asked_there(
    db: SQLAlchemy, lin: Practiser, client: FlaskClient, now: datetime
) -> None:
    items = load_pool("practice", now, "single-choice")
    old, new = [item for item in items if item.job_type == "accounting"][:2]
    met = load_pool("mock", now, "single-choice", every=40)[0]
    for item in (old, new):
        lin.answer(item.id, wrong(item), now)
    with unit_of_work():
        services.set_star(
            old.id, True, actor=lin.actor, track=lin.place(now, lin.enrolment.id).track, now=now
        )
        moved = db.session.merge(new)
        moved.job_type = "monitoring"
    an_answer(lin.actor, met, now)
    other = lin.another_place(job_type="monitoring")
    later, user_id = now + timedelta(days=2), lin.actor.user_id
    accounting, monitoring = (lin.place(now, one.id).track for one in (lin.enrolment, other))
    for track, mine in ((accounting, old), (monitoring, new)):
        assert [row.item_id for row in queries.book_rows(user_id, track)] == [mine.id]
        assert queries.next_due(user_id, track, later) == mine.id
        assert queries.card_count(user_id, track, later) == queries.card_count(user_id, track) == 1
    assert [queries.star_count(user_id, track) for track in (accounting, monitoring)] == [1, 0]
    assert [len(queries.star_rows(user_id, track)) for track in (accounting, monitoring)] == [1, 0]
    phone = lin.enter(client, later)
    asked = phone.get(f"/practice/next?mode=book&enrolment={other.id}", follow_redirects=True)
    assert asked.status_code == 200
    assert text_of(new).stem[:8] in asked.text


def test_a_star_is_set_once_and_taken_away(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    item, track = load_pool("practice", now, "single-choice", every=30)[0], lin.place(now).track
    for on in (True, True):
        with unit_of_work():
            services.set_star(item.id, on, actor=lin.actor, track=track, now=now)
    assert rows(db, PracticeStar) == 1
    assert [row.item_id for row in queries.star_rows(lin.actor.user_id, track)] == [item.id]
    with unit_of_work():
        services.set_star(item.id, False, actor=lin.actor, track=track, now=now)
    assert queries.starred_ids(lin.actor.user_id) == frozenset()


def test_an_item_taken_out_by_hand_stays_out_until_it_goes_wrong_again(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice", every=30)[0]
    lin.answer(item.id, wrong(item), now)
    with unit_of_work():
        services.leave_book(item.id, actor=lin.actor, now=now)
    lin.answer(item.id, right(item), now + timedelta(days=1))
    assert queries.card_ids(lin.actor.user_id) == frozenset()
    lin.answer(item.id, wrong(item), now + timedelta(days=2))
    assert queries.card_ids(lin.actor.user_id) == {item.id}


def test_what_one_learner_answers_is_nobody_elses(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    other = a_practiser(now, lin.desk)
    item = load_pool("practice", now, "single-choice", every=30)[0]
    made = lin.answer(item.id, wrong(item), now)
    assert queries.stats(other.actor.user_id) == {}
    assert queries.card_ids(other.actor.user_id) == frozenset()
    with pytest.raises(NotFound):
        queries.own_answer(made.public_id, other.actor.user_id)
