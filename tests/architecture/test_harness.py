"""The ground the other tests stand on: what one test stored or did is gone when the next begins, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.models import JobRun
from tests.conftest import START


@pytest.mark.parametrize("turn", [1, 2])
def test_a_row_stored_by_one_test_is_not_there_for_the_next(
    db: SQLAlchemy, clock: SettableClock, turn: int
) -> None:
    assert db.session.scalar(select(func.count()).select_from(JobRun)) == 0
    with unit_of_work():
        run = JobRun(kind="harness", slot=str(turn), started_at=clock.now())
        db.session.add(run)
    assert run.id == 1, "the counter of the ids starts anew as well"


@pytest.mark.parametrize("turn", [1, 2])
def test_a_moved_clock_is_back_at_the_start_for_the_next(clock: SettableClock, turn: int) -> None:
    assert clock.now() == START
    assert clock.advance(minutes=turn) == START + timedelta(minutes=turn)
