from __future__ import annotations

from datetime import date, datetime, timedelta

from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import queries, services
from carbonlearn.practice.models import PracticeDay
from carbonlearn.question_bank.models import Item
from tests.factories.practice import Practiser, load_pool, right, wrong

DAY = timedelta(days=1)


def begin(lin: Practiser, now: datetime) -> PracticeDay | None:
    with unit_of_work():
        return services.begin_day(lin.place(now), actor=lin.actor, now=now)


def today(lin: Practiser, now: datetime, day: date = date(2026, 11, 2)) -> queries.Today:
    return queries.today_of(lin.actor.user_id, lin.place(now).track, day)


def retire(*item_ids: str) -> None:
    with unit_of_work():
        for item_id in item_ids:
            database.session.get_one(Item, item_id).status = "retired"


def finish(lin: Practiser, items: dict[str, Item], now: datetime) -> None:
    made = begin(lin, now)
    assert made is not None
    for item_id in list(made.items):
        answered = lin.answer(item_id, right(items[item_id]), now, mode="daily")
        assert answered.mode == "daily"


def test_a_day_is_chosen_once_and_done_with_its_last_answer(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    items = {item.id: item for item in load_pool("practice", now, "single-choice", "true-false")}
    assert not today(lin, now).begun
    first = begin(lin, now)
    assert first is not None
    chosen = list(first.items)
    assert len(chosen) == 10
    lin.answer(chosen[0], wrong(items[chosen[0]]), now, mode="daily")
    again = begin(lin, now + timedelta(hours=5))
    assert again is not None
    assert list(again.items) == chosen, "answers do not change the day's choice"
    for item_id in chosen[1:]:
        assert not today(lin, now).done
        lin.answer(item_id, right(items[item_id]), now, mode="daily")
    assert today(lin, now).done
    assert today(lin, now).in_a_row == 1


def test_an_answer_in_a_chapter_is_no_answer_of_the_day(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    items = {item.id: item for item in load_pool("practice", now, "single-choice")}
    made = begin(lin, now)
    assert made is not None
    lin.answer(made.items[0], right(items[made.items[0]]), now)
    assert today(lin, now).answered == frozenset()


def test_finished_days_count_in_a_row_and_a_gap_begins_anew(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    items = {item.id: item for item in load_pool("practice", now, "single-choice", "true-false")}
    for number in (0, 1, 3):
        finish(lin, items, now + number * DAY)
    assert today(lin, now + DAY, date(2026, 11, 3)).in_a_row == 2
    assert today(lin, now + 2 * DAY, date(2026, 11, 4)).in_a_row == 2
    assert today(lin, now + 3 * DAY, date(2026, 11, 5)).in_a_row == 1


def test_the_day_is_the_programmes_day(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    load_pool("practice", now, "single-choice")
    late = datetime.fromisoformat("2026-11-02T16:30:00+00:00")  # half past midnight in Shanghai
    made = begin(lin, late)
    assert made is not None
    assert made.day == date(2026, 11, 3)


def test_what_is_due_comes_into_the_day(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    items = load_pool("practice", now, "single-choice")
    for item in items[:2]:
        lin.answer(item.id, wrong(item), now)
    made = begin(lin, now + DAY)
    assert made is not None
    assert {item.id for item in items[:2]} <= set(made.items)


def test_an_item_that_is_retired_at_noon_holds_up_neither_the_day_nor_the_row_of_days(
    db: SQLAlchemy, lin: Practiser, client: FlaskClient, now: datetime
) -> None:
    items = {item.id: item for item in load_pool("practice", now, "single-choice", "true-false")}
    made = begin(lin, now)
    assert made is not None
    chosen = list(made.items)
    retire(chosen[0])
    phone = lin.enter(client, now)
    assert (
        phone.get("/practice/next?mode=daily").headers["Location"].startswith(f"/practice/items/{chosen[1]}")
    )
    for item_id in chosen[1:]:
        assert not today(lin, now).done
        lin.answer(item_id, right(items[item_id]), now, mode="daily")
    assert today(lin, now).done
    assert today(lin, now + DAY, date(2026, 11, 3)).in_a_row == 1


def test_a_day_whose_last_open_item_is_retired_is_done(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    items = {item.id: item for item in load_pool("practice", now, "single-choice", "true-false")}
    made = begin(lin, now)
    assert made is not None
    *others, last = list(made.items)
    for item_id in others:
        lin.answer(item_id, right(items[item_id]), now, mode="daily")
    assert not today(lin, now).done
    retire(last)
    assert today(lin, now).done
    assert today(lin, now).in_a_row == 1
    finish(lin, items, now + DAY)
    assert today(lin, now + DAY, date(2026, 11, 3)).in_a_row == 2


def test_a_day_without_an_answer_is_not_done_when_all_of_it_is_retired(
    db: SQLAlchemy, lin: Practiser, now: datetime
) -> None:
    load_pool("practice", now, "single-choice", every=30)
    made = begin(lin, now)
    assert made is not None
    retire(*made.items)
    assert today(lin, now).in_a_row == 0
    begin(lin, now + DAY)
    assert today(lin, now + DAY, date(2026, 11, 3)).in_a_row == 0


def test_an_empty_pool_begins_no_day(db: SQLAlchemy, lin: Practiser, now: datetime) -> None:
    assert begin(lin, now) is None
    assert not today(lin, now).begun
