"""Entries are linked at the end of the unit of work that made them: in their order, or not at all, and with the head held shortly."""

from __future__ import annotations

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.audit.models import AuditEntry, AuditHead
from carbonlearn.audit.queries import break_in_chain
from carbonlearn.audit.services import hold_chain, record
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work

SUBJECT = ("thing", "1")


def test_the_entries_of_one_unit_stand_in_the_order_in_which_they_were_recorded(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    for first in ("a", "c"):
        with unit_of_work():
            record(f"test:{first}", SUBJECT, now=clock.now())
            record(f"test:{chr(ord(first) + 1)}", SUBJECT, now=clock.now())
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions == ["test:a", "test:b", "test:c", "test:d"]
    assert break_in_chain() is None


def test_entries_of_a_unit_that_fails_are_not_written_by_the_next(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    with pytest.raises(LookupError), unit_of_work():
        record("test:undone", SUBJECT, now=clock.now())
        raise LookupError
    with unit_of_work():
        record("test:done", SUBJECT, now=clock.now())
    assert db.session.scalars(select(AuditEntry.action)).all() == ["test:done"]


def test_a_unit_fails_with_an_entry_that_cannot_be_written(db: SQLAlchemy, clock: SettableClock) -> None:
    with pytest.raises(TypeError), unit_of_work():
        record("test:act", SUBJECT, now=clock.now(), facts={"share": 0.5})
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("held", [False, True])
def test_the_head_is_free_until_the_end_unless_somebody_asks_to_hold_it(
    db: SQLAlchemy, clock: SettableClock, held: bool
) -> None:
    with unit_of_work():
        record("test:first", SUBJECT, now=clock.now())
    free = select(AuditHead.seq).with_for_update(skip_locked=True)
    with unit_of_work():
        record("test:act", SUBJECT, now=clock.now())
        if held:
            hold_chain()
        with db.engine.begin() as other:
            assert other.scalars(free).all() == ([] if held else [1])
