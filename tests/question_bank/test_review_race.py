"""Two people at one item in the same moment: one decides, the other is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from carbonlearn.core.errors import DomainError
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import ItemReview, ItemVersion
from carbonlearn.question_bank.rules.life import CHECKS
from carbonlearn.question_bank.services import Besides, Place
from tests.factories.items import ACCOUNTING
from tests.factories.people import actor_of, make_user

AT_ONCE = 4
TEXT = services.text_of_entry(ACCOUNTING[0])


def together(app: Flask, act: Callable[[int], Any]) -> Sequence[str]:
    """What each of several threads got: "done", or the code of the refusal."""
    ready = Barrier(AT_ONCE)

    def run(number: int) -> str:
        with app.app_context():
            ready.wait(timeout=20)
            try:
                with unit_of_work():
                    act(number)
                return "done"
            except DomainError as refused:
                return refused.code
            finally:
                database.session.remove()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(run, range(AT_ONCE)))


@pytest.fixture
def item(db: Any, clock: SettableClock) -> str:
    author = actor_of(make_user(Role.AUTHOR, now=clock.now()), clock.now())
    with unit_of_work():
        made = services.draft(
            TEXT, Place("exam", "accounting", "4"), Besides(), actor=author, now=clock.now()
        ).id
    db.session.rollback()
    return made


@pytest.mark.parametrize("_again", range(3))
def test_a_version_gets_one_word(app: Flask, db: Any, clock: SettableClock, item: str, _again: int) -> None:
    chiefs = [actor_of(make_user(Role.CHIEF_EXAMINER, now=clock.now()), clock.now()) for _ in range(AT_ONCE)]
    db.session.rollback()

    def decide(number: int) -> None:
        said = ("approved", "returned")[number % 2]
        checks = dict.fromkeys(CHECKS, "ok")
        services.review(item, 1, said, "看过", checks=checks, actor=chiefs[number], now=clock.now())

    assert together(app, decide) == ["ITEM_REVIEWED"] * (AT_ONCE - 1) + ["done"]
    assert db.session.scalar(select(func.count()).select_from(ItemReview)) == 1


def test_of_many_edits_of_one_version_the_first_is_kept_and_the_others_are_told(
    app: Flask, db: Any, clock: SettableClock, item: str
) -> None:
    authors = [actor_of(make_user(Role.AUTHOR, now=clock.now()), clock.now()) for _ in range(AT_ONCE)]
    db.session.rollback()

    def edit(number: int) -> None:
        services.revise(item, TEXT, 1, Besides(), actor=authors[number], now=clock.now())

    assert together(app, edit) == ["ITEM_CHANGED"] * (AT_ONCE - 1) + ["done"]
    assert db.session.scalar(select(func.count()).select_from(ItemVersion)) == 2
    assert queries.newest_version(item).number == 2
