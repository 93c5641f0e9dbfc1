from __future__ import annotations

import threading
from datetime import datetime

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select, text

from carbonlearn.audit.models import AuditEntry, AuditHead
from carbonlearn.audit.queries import break_in_chain, chain
from carbonlearn.audit.rules import GENESIS, first_break
from carbonlearn.audit.services import record
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from tests.conftest import START


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def write(count: int, action: str = "test:act") -> None:
    for number in range(count):
        with unit_of_work():
            record(action, ("thing", str(number)), now=START, facts={"number": number, "名": "值"})


def broken(db: SQLAlchemy) -> int | None:
    db.session.rollback()
    return first_break(chain())


def test_entries_are_linked_from_the_first_to_the_last(db: SQLAlchemy, now: datetime) -> None:
    write(5)
    entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0].prev_hash == GENESIS
    assert [later.prev_hash for later in entries[1:]] == [earlier.hash for earlier in entries[:-1]]
    head = db.session.get_one(AuditHead, 1)
    assert (head.seq, head.hash) == (5, entries[-1].hash)
    assert broken(db) is None


def test_an_entry_is_stored_with_its_act_or_not_at_all(db: SQLAlchemy, now: datetime) -> None:
    write(1)
    with pytest.raises(ZeroDivisionError), unit_of_work():
        record("test:act", ("thing", "x"), now=now)
        raise ZeroDivisionError
    write(1)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 2
    assert broken(db) is None


def test_an_entry_outside_a_unit_of_work_is_refused(db: SQLAlchemy, now: datetime) -> None:
    with pytest.raises(RuntimeError, match="unit of work"):
        record("test:act", ("thing", "x"), now=now)


def test_several_entries_of_one_act_stand_in_order(db: SQLAlchemy, now: datetime) -> None:
    with unit_of_work():
        for deed in ("test:one", "test:two", "test:three"):
            record(deed, ("thing", "x"), now=now)
    found = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert found == ["test:one", "test:two", "test:three"]
    assert broken(db) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("action", "'test:other'"), ("actor_id", "'00000000000000000000000000'"), ("subject_id", "'9'"), ("at", "at + 1"),
     ("source", "'job'"), ("facts", "'{\"number\": 7}'"), ("prev_hash", "hash"), ("hash", "substr(hash, 2) || '0'")],
)  # fmt: skip
def test_a_changed_entry_is_named(db: SQLAlchemy, now: datetime, column: str, value: str) -> None:
    write(5)
    with unit_of_work():
        db.session.execute(text(f"UPDATE audit_entries SET {column} = {value} WHERE seq = 3"))
    assert broken(db) == 3


def test_a_removed_entry_is_named(db: SQLAlchemy, now: datetime) -> None:
    write(5)
    with unit_of_work():
        db.session.execute(text("DELETE FROM audit_entries WHERE seq = 2"))
    assert broken(db) == 2


def test_a_chain_without_its_last_entries_is_noticed(db: SQLAlchemy, now: datetime) -> None:
    """What is left is linked without a break; the head tells that there was more."""
    write(5)
    assert break_in_chain() is None
    with unit_of_work():
        db.session.execute(text("DELETE FROM audit_entries WHERE seq > 3"))
    assert broken(db) is None
    assert break_in_chain() == 4


def test_a_chain_made_anew_up_to_the_head_is_noticed(db: SQLAlchemy, now: datetime) -> None:
    write(2)
    with unit_of_work():
        db.session.execute(text("UPDATE audit_heads SET hash = substr(hash, 2) || '0'"))
    assert break_in_chain() == 2


def test_two_entries_that_changed_places_are_noticed(db: SQLAlchemy, now: datetime) -> None:
    write(5)
    with unit_of_work():
        for old, new in ((2, 99), (3, 2), (99, 3)):
            db.session.execute(text(f"UPDATE audit_entries SET seq = {new} WHERE seq = {old}"))
    assert broken(db) == 2


def test_writers_at_once_keep_the_chain_whole(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    write(1)  # the head exists
    faults: list[BaseException] = []
    gate = threading.Barrier(4)

    def writer() -> None:
        with app.app_context():
            try:
                gate.wait(20)
                write(10, "test:race")
            except BaseException as error:
                faults.append(error)
            finally:
                database.session.remove()

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 41
    assert broken(db) is None


def test_writers_at_once_on_an_empty_installation_keep_the_chain_whole(
    app: Flask, db: SQLAlchemy, now: datetime
) -> None:
    faults: list[BaseException] = []
    gate = threading.Barrier(4)

    def writer() -> None:
        with app.app_context():
            try:
                gate.wait(20)
                write(1, "test:first")
            except BaseException as error:
                faults.append(error)
            finally:
                database.session.remove()

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 4
    assert broken(db) is None
