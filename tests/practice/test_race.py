"""Many at once from one learner's devices: an operation counts once, a mock begins once, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import services
from carbonlearn.practice.models import MockSitting, PracticeAnswer, PracticeCard, PracticeDay
from tests.factories.practice import SHANGHAI, Practiser, load_pool, wrong

AT_ONCE = 6


def together(app: Flask, act: Callable[[int], Any]) -> Sequence[Any]:
    """What each of several threads got that acted at the same moment."""
    ready = Barrier(AT_ONCE)

    def run(number: int) -> Any:
        with app.app_context():
            ready.wait(timeout=20)
            try:
                with unit_of_work():
                    return act(number)
            finally:
                database.session.remove()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def count(db: SQLAlchemy, model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_same_operation_from_many_requests_counts_once(
    app: Flask, db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    track, value, item_id = lin.place(now).track, wrong(item), item.id
    db.session.rollback()

    def answer(_number: int) -> str:
        wish = services.Wish(item_id, "offline", value, "the-same")
        return services.answer(wish, actor=lin.actor, track=track, zone=SHANGHAI, now=now).public_id

    assert len(set(together(app, answer))) == 1
    assert count(db, PracticeAnswer) == 1
    assert db.session.scalars(select(PracticeCard.wrong)).one() == 1


def test_wrong_answers_to_one_item_from_many_devices_are_all_counted(
    app: Flask, db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    item = load_pool("practice", now, "single-choice")[0]
    track, value, item_id = lin.place(now).track, wrong(item), item.id
    db.session.rollback()

    def answer(number: int) -> str:
        wish = services.Wish(item_id, "chapter", value, f"device-{number}")
        return services.answer(wish, actor=lin.actor, track=track, zone=SHANGHAI, now=now).public_id

    assert len(set(together(app, answer))) == AT_ONCE
    assert db.session.scalars(select(PracticeCard.wrong)).one() == AT_ONCE


def test_a_mock_and_a_day_begin_once(app: Flask, db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    load_pool("mock", now, every=2)
    load_pool("practice", now, every=2)
    db.session.rollback()

    drawn = services.prepare(lin.place(now), actor=lin.actor, now=now)
    db.session.rollback()

    def begin(_number: int) -> str:
        place = lin.place(now)
        services.begin_day(place, actor=lin.actor, now=now)
        return services.start(place, drawn, actor=lin.actor, now=now).id

    assert len(set(together(app, begin))) == 1
    assert (count(db, MockSitting), count(db, PracticeDay)) == (1, 1)
