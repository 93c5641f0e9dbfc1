"""What a mock is made of: the paper that its place would sit, as far as the pool carries it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Role
from carbonlearn.exams.queries.blueprints import current_asked
from carbonlearn.exams.queries.feasibility import preview_of
from carbonlearn.exams.services.blueprints import decide_blueprint, draft_blueprint
from carbonlearn.infra.db import in_unit_of_work, unit_of_work
from carbonlearn.practice.models import MockPaper, MockSitting
from carbonlearn.practice.queries import mocks as mock_queries
from carbonlearn.practice.services import mock_start
from carbonlearn.question_bank import services as bank
from carbonlearn.question_bank.models import Item
from tests.factories.items import load_bank, read_by_somebody, set_apart
from tests.factories.mocks import begin, save, small, submit
from tests.factories.people import actor_of, make_user
from tests.factories.practice import (
    Practiser,
    a_practiser,
    a_small_mock,
    entries_of,
    load_pool,
    right,
)


def test_a_whole_pool_gives_the_whole_paper_by_the_national_weights(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    load_pool("mock", now)
    offer = mock_queries.offer_of(lin.place(now), now)
    assert offer is not None
    assert offer.scale.is_whole, offer.missing
    mock = begin(lin, now)
    paper = db.session.get_one(MockPaper, mock.id)
    assert (mock.item_count, mock.total_points, mock.pass_points) == (96, 10_000, 6_000)
    assert paper.proof["items"] == {"asked": 96, "met": 96}
    assert all(row["asked"] == row["met"] for row in paper.proof["functions"])
    pools = {db.session.get_one(Item, entry["item_id"]).pool for entry in mock_queries.key(mock.id)}
    assert pools == {"mock"}


@pytest.mark.parametrize("answering", [True, False])
def test_a_second_mock_meets_nothing_again_while_the_pool_has_others(
    db: SQLAlchemy, lin: Practiser, now: datetime, answering: bool
) -> None:
    load_pool("mock", now)
    twins = [entry | {"id": f"twin-{entry['id']}"} for entry in entries_of("mock")]
    with unit_of_work():
        bank.load_items(read_by_somebody(twins), now)
    first = begin(lin, now)
    shown = {entry["item_id"] for entry in mock_queries.key(first.id)}
    if answering:
        save(
            lin,
            first,
            1,
            True if mock_queries.face(first.id)["items"][0]["type"] == "true-false" else None,
            now,
        )
    submit(lin, first, now)
    assert mock_queries.met_in_mocks(lin.actor.user_id) == shown, "what was left blank was met as well"
    second = begin(lin, now + timedelta(hours=1))
    assert second.id != first.id
    assert {entry["item_id"] for entry in mock_queries.key(second.id)} & shown == set()


def test_mocks_of_before_their_items_were_noted_count_by_their_answers(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    mock, (single, *_rest) = small(lin, now)
    save(lin, mock, 1, right(single), now)
    submit(lin, mock, now)
    assert mock_queries.met_in_mocks(lin.actor.user_id) == {single.id}


def test_a_mock_is_drawn_before_the_unit_of_work(
    db: SQLAlchemy, lin: Practiser, client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_pool("mock", now, every=2)
    writing: list[bool] = []

    def drawn(*given: Any) -> Any:
        writing.append(in_unit_of_work())
        return preview_of(*given)

    monkeypatch.setattr(mock_start, "preview_of", drawn)
    reply = lin.enter(client, now).post("/practice/mocks")
    assert reply.status_code == 303
    assert writing == [False]
    assert client.post("/practice/mocks").headers["Location"] == reply.headers["Location"]
    assert writing == [False], "one that runs is given back, and none is drawn for nothing"


def test_a_mock_is_the_paper_that_the_place_would_sit(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    load_pool("mock", now)
    before = mock_queries.offer_of(lin.place(now), now)
    assert before is not None
    another_split(lin, now)
    late = a_practiser(now, lin.desk)
    with unit_of_work():
        late.enrolment.created_at = now + timedelta(days=2)
    same = mock_queries.offer_of(lin.place(now), now + timedelta(days=2))
    other = mock_queries.offer_of(late.place(now + timedelta(days=2)), now + timedelta(days=2))
    assert same is not None
    assert other is not None
    assert (same.spec.item_count, other.spec.item_count) == (
        before.spec.item_count,
        before.spec.item_count + 2,
    )


def another_split(lin: Practiser, now: datetime) -> None:
    """A blueprint with two items more, in force from tomorrow on."""
    one = lin.enrolment
    asked = current_asked(one.programme_key, one.job_type, one.level, "", now)
    single, truth, *others = asked.blueprint.types
    types = (replace(single, count=single.count - 2), replace(truth, count=truth.count + 4), *others)
    roles = (Role.ASSOCIATION_ADMIN, Role.CHIEF_EXAMINER)
    drafter, chief = (actor_of(make_user(role, now=now), now) for role in roles)
    with unit_of_work():
        wish = replace(asked.blueprint, types=types, item_count=None)
        version_id = draft_blueprint(asked, wish, "多几道判断题", actor=drafter, now=now).id
    with unit_of_work():
        day = (now + timedelta(days=1)).date()
        decide_blueprint(version_id, approve=True, effective_from=day, reason="同意", actor=chief, now=now)


def test_a_mock_whose_time_ran_out_unseen_is_closed_when_another_begins(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    mock, (single, *_rest) = small(lin, now)
    load_pool("mock", now, every=2)
    save(lin, mock, 1, right(single), now)
    second = begin(lin, now + timedelta(hours=3))
    first = db.session.get_one(MockSitting, mock.id)
    assert (first.status, first.points, second.status) == ("timed_out", 300, "running")


def test_the_database_holds_one_running_mock_a_person(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    item = load_pool("mock", now, every=20)[0]
    a_small_mock(lin.actor, lin.enrolment.id, [item], now)
    with pytest.raises(IntegrityError):
        a_small_mock(lin.actor, lin.enrolment.id, [item], now)


def test_a_mock_keeps_apart_what_must_not_stand_on_one_paper(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    items = load_pool("mock", now)
    pairs = [(one.id, other.id) for one, other in zip(items[::2], items[1::2], strict=False)]
    met = {entry["item_id"] for entry in mock_queries.key(begin(lin, now).id)}
    assert any({*pair} <= met for pair in pairs), "left to chance, some meet"
    with unit_of_work():
        db.session.execute(update(MockSitting).values(status="submitted"))
    set_apart(pairs, now)
    mock = begin(lin, now + timedelta(hours=1))
    met = {entry["item_id"] for entry in mock_queries.key(mock.id)}
    assert met and not any({*pair} <= met for pair in pairs)
    assert db.session.get_one(MockPaper, mock.id).proof["enemies"]["met"] == 0


def test_a_small_pool_gives_half_a_paper_and_says_so(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    load_pool("mock", now, every=3)
    offer = mock_queries.offer_of(lin.place(now), now)
    assert offer is not None
    assert (offer.scale.parts, offer.scale.whole, offer.item_count, offer.minutes) == (1, 2, 48, 45)
    assert offer.missing
    mock = begin(lin, now)
    assert (mock.item_count, mock.total_points, mock.pass_points, mock.duration_seconds) == (
        48,
        5_000,
        3_000,
        2_700,
    )


def test_an_empty_pool_begins_nothing_though_the_exam_pool_is_full(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    load_bank(now)
    load_pool("practice", now)
    offer = mock_queries.offer_of(lin.place(now), now)
    assert offer is not None
    assert offer.scale.parts == 0
    with pytest.raises(Conflict) as caught:
        begin(lin, now)
    assert caught.value.code == "MOCK_POOL_SHORT"


def test_one_who_is_in_the_middle_of_a_mock_gets_it_back(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    load_pool("mock", now, every=2)
    assert begin(lin, now).id == begin(lin, now + timedelta(minutes=5)).id


def test_six_mocks_within_a_day_are_enough(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    item = load_pool("mock", now, every=2)[0]
    for number in range(6):
        submit(lin, a_small_mock(lin.actor, lin.enrolment.id, [item], now), now + timedelta(minutes=number))
    with pytest.raises(Conflict) as caught:
        begin(lin, now + timedelta(hours=23))
    assert caught.value.code == "MOCKS_ENOUGH"
    assert begin(lin, now + timedelta(hours=25)).status == "running"
