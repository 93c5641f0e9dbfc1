from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select, text

from carbonlearn.core.errors import Conflict, Late, NotFound
from carbonlearn.infra.db import in_unit_of_work, unit_of_work
from carbonlearn.practice import jobs, queries, services
from carbonlearn.practice.models import MockPaper, MockSitting, PracticeAnswer
from carbonlearn.practice.queries import mocks as mock_queries
from carbonlearn.practice.queries.mock_result import marked_items, sums
from tests.factories.items import load_bank
from tests.factories.mocks import begin, save, small, submit
from tests.factories.people import actor_of
from tests.factories.practice import (
    Practiser,
    a_practiser,
    a_small_mock,
    load_pool,
    right,
    text_of,
    wrong,
)

NEVER_TOUCHED = (
    "exam_windows entitlements exam_bookings papers paper_items sittings responses sitting_events marks scripts results releases "
    "certificates enrolments audit_entries items item_versions"
).split()


def fingerprint(db: SQLAlchemy) -> dict[str, int]:
    """Of every table that counts: all its rows."""
    db.session.rollback()
    known = set(db.metadata.tables)
    return {
        name: hash(tuple(map(repr, db.session.execute(text(f"SELECT * FROM {name}")).all())))
        for name in NEVER_TOUCHED
        if name in known
    }


def test_a_mock_marks_itself_when_it_is_handed_in(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    mock, (single, truth, several, short) = small(lin, now)
    save(lin, mock, 1, right(single), now)
    save(lin, mock, 2, wrong(truth), now)
    save(lin, mock, 4, "直接排放要算。", now)
    ended = submit(lin, mock, now + timedelta(minutes=10))
    assert (ended.status, ended.points) == ("submitted", 300)
    assert ended.receipt_code
    told = {item.type: (item.points, item.verdict.value) for item in marked_items(ended)}
    assert told == {
        "single-choice": (300, "right"),
        "true-false": (0, "wrong"),
        "multiple-choice": (0, "wrong"),
        "short-answer": (None, "open"),
    }
    assert queries.card_ids(lin.actor.user_id) == {truth.id}, "what was left blank proves nothing"
    assert {item.waiting for item in sums(marked_items(ended))} == {0, 1}
    assert several.id not in queries.stats(lin.actor.user_id)
    assert short.id in queries.stats(lin.actor.user_id)


def test_handing_in_again_gives_the_same_receipt_and_marks_once(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    mock, (single, *_rest) = small(lin, now)
    save(lin, mock, 1, wrong(single), now)
    first = submit(lin, mock, now)
    code, ended = first.receipt_code, first.ended_at
    again = submit(lin, mock, now + timedelta(minutes=3))
    assert (again.receipt_code, again.ended_at) == (code, ended)
    assert db.session.scalar(select(func.count()).select_from(PracticeAnswer)) == 1


def test_the_writer_gives_a_short_answer_its_points_once(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    mock, items = small(lin, now)
    save(lin, mock, 4, "直接排放要算。", now)
    with pytest.raises(Conflict), unit_of_work():
        services.give_own_points(mock.id, 4, [0], actor=lin.actor, now=now)
    submit(lin, mock, now)
    worth = [line["points"] for line in marked_items(db.session.get_one(MockSitting, mock.id))[3].rubric]
    for lines in ([0], [0, 1]):
        with unit_of_work():
            found = services.give_own_points(mock.id, 4, lines, actor=lin.actor, now=now)
        assert found.own_points == {"4": [worth[0], *[0] * (len(worth) - 1)]}
    assert queries.stats(lin.actor.user_id)[items[3].id].verdict == "partly"
    assert items[3].id in queries.card_ids(lin.actor.user_id)


def test_time_ends_a_mock_by_the_sweep_with_what_was_saved(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    mock, (single, *_rest) = small(lin, now)
    save(lin, mock, 1, right(single), now)
    deadline = mock.must_submit_by
    assert jobs.close_overdue(deadline + timedelta(seconds=5)) == 0
    with pytest.raises(Late):
        save(lin, mock, 2, True, deadline + timedelta(seconds=6))
    seen = mock_queries.standing(db.session.get_one(MockSitting, mock.id), deadline + timedelta(seconds=6))
    assert jobs.close_overdue(deadline + timedelta(seconds=6)) == 1
    ended = db.session.get_one(MockSitting, mock.id)
    assert (ended.status, ended.ended_at, ended.points) == ("timed_out", deadline, 300)
    assert (seen.status, seen.receipt_code) == (ended.status, ended.receipt_code)


@pytest.mark.parametrize("name", ["mock-{id}-1", "mock:{id}-1"])
def test_no_answer_of_practice_can_take_the_name_of_a_mocks_answer(
    db: SQLAlchemy, lin: Practiser, client: FlaskClient, now: datetime, name: str
) -> None:
    mock, (single, *_rest) = small(lin, now)
    item = load_pool("practice", now, "single-choice", every=30)[0]
    sent = {"value": right(item), "mode": "chapter", "operation_id": name.format(id=mock.id)}
    lin.enter(client, now).post(f"/practice/items/{item.id}/answers", data=sent)
    save(lin, mock, 1, right(single), now)
    assert submit(lin, mock, now + timedelta(minutes=1)).status == "submitted"
    assert queries.stats(lin.actor.user_id)[single.id].verdict == "right"


def test_mocks_that_cannot_be_closed_hold_up_no_other(
    db: SQLAlchemy, lin: Practiser, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = load_pool("mock", now, every=20)[0]
    bad = a_small_mock(lin.actor, lin.enrolment.id, [item], now)
    with unit_of_work():
        db.session.get_one(MockPaper, bad.id).sha256 = "0" * 64
    other = a_practiser(now, lin.desk)
    good = a_small_mock(other.actor, other.enrolment.id, [item], now + timedelta(minutes=1))
    monkeypatch.setattr(jobs, "overdue_ids", partial(mock_queries.overdue_ids, limit=1))
    assert jobs.close_overdue(now + timedelta(hours=2)) == 1
    statuses = {one.id: one.status for one in db.session.scalars(select(MockSitting))}
    assert statuses == {bad.id: "running", good.id: "timed_out"}


def test_saving_keeps_the_rules_of_a_sitting(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    mock, (single, *_rest) = small(lin, now)
    first = save(lin, mock, 1, right(single), now)
    assert save(lin, mock, 1, right(single), now + timedelta(minutes=1)) == first, (
        "the same operation, the same receipt"
    )
    with pytest.raises(Conflict) as stale:
        save(lin, mock, 1, wrong(single), now, operation_id="other")
    assert (stale.value.code, stale.value.facts["stored"]) == ("STALE_REVISION", 1)
    save(lin, mock, 1, wrong(single), now, operation_id="other", revision=2)
    assert mock_queries.final_answers(mock.id) == {1: wrong(single)}
    with pytest.raises(Conflict) as lease:
        save(lin, mock, 1, right(single), now, revision=3, generation=2)
    assert lease.value.code == "LEASE_LOST"


def test_another_device_takes_over_and_the_first_can_write_no_more(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    mock, (single, *_rest) = small(lin, now)
    tablet = actor_of(lin.user, now)
    with unit_of_work():
        taken = services.take_over(mock.id, actor=tablet, now=now, generation=1)
    assert taken.generation == 2
    with pytest.raises(Conflict):
        save(lin, mock, 1, right(single), now, generation=2)
    with unit_of_work():
        services.save(
            mock.id,
            item=1,
            revision=1,
            generation=2,
            operation_id="x",
            value=right(single),
            actor=tablet,
            now=now,
        )
    assert mock_queries.final_answers(mock.id) == {1: right(single)}


def test_nobody_else_finds_a_mock(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    mock, _items = small(lin, now)
    other = a_practiser(now, lin.desk)
    with pytest.raises(NotFound):
        save(other, mock, 1, ["A"], now)
    with pytest.raises(NotFound):
        submit(other, mock, now)


def test_a_mock_from_start_to_end_touches_nothing_that_counts(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    load_bank(now)
    load_pool("mock", now)
    before = fingerprint(db)
    assert len(before) > 12
    mock = begin(lin, now)
    for item in mock_queries.face(mock.id)["items"]:
        if item["type"] in ("single-choice", "multiple-choice"):
            save(lin, mock, item["n"], ["A"], now)
    submit(lin, mock, now)
    assert jobs.close_overdue(now + timedelta(days=1)) == 0
    after = fingerprint(db)
    assert {name for name in before if before[name] != after[name]} == set()


def test_a_saved_answer_opens_its_paper_once_and_never_under_the_write_lock(
    db: SQLAlchemy, lin: Practiser, client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    mock, (single, *_rest) = small(lin, now)
    opened: list[bool] = []
    monkeypatch.setattr(
        mock_queries,
        "_opened",
        lambda one, real=mock_queries._opened: (opened.append(in_unit_of_work()), real(one))[1],
    )
    phone = lin.enter(client, now)
    assert phone.post(f"/practice/mocks/{mock.id}/takeover", json={}).status_code == 200
    for revision in (1, 2):
        mock_queries.face.cache_clear()  # other mocks have pushed it out
        wish = {"item": 1, "revision": revision, "generation": 2, "operation_id": f"op-{revision}"}
        reply = phone.post(f"/practice/mocks/{mock.id}/responses", json=wish | {"value": right(single)})
        assert reply.status_code == 200, reply.text
    assert opened == [False]


def test_the_paper_of_a_mock_goes_half_a_year_after_it_and_its_points_stay(
    db: SQLAlchemy, lin: Practiser, client: FlaskClient, now: datetime
) -> None:
    mock, (single, *_rest) = small(lin, now)
    save(lin, mock, 1, right(single), now)
    assert jobs.drop_old_papers(now + timedelta(days=400)) == 0, "a running one keeps its paper"
    submit(lin, mock, now)
    assert jobs.drop_old_papers(now + timedelta(days=180)) == 0
    page = lin.enter(client, now).get(f"/practice/mocks/{mock.id}/result")
    assert "保存半年" not in page.text
    assert jobs.drop_old_papers(now + timedelta(days=190)) == 1
    page = client.get(f"/practice/mocks/{mock.id}/result")
    assert page.status_code == 200
    assert "保存半年" in page.text
    assert text_of(single).stem[:8] not in page.text
    assert db.session.get_one(MockSitting, mock.id).points == 300
    assert client.post(f"/practice/mocks/{mock.id}/points/4", data={"line": "0"}).status_code == 422


def test_a_damaged_paper_is_not_opened(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    from carbonlearn.exams.queries.sealed import PaperDamaged

    mock, _items = small(lin, now)
    with unit_of_work():
        db.session.get_one(MockPaper, mock.id).sha256 = "0" * 64
    with pytest.raises(PaperDamaged):
        mock_queries.key(mock.id)
