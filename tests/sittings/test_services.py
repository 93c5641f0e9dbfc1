"""Save, take over, hand in, run out of time, on the real database; every refusal leaves every row as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from carbonlearn.accounts.services import sign_out
from carbonlearn.core.errors import Conflict, Invalid, Late, NotFound, SignInNeeded
from carbonlearn.exams.models import ExamWindow
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.tokens import new_id, token_hash
from carbonlearn.infra.vault import keys
from carbonlearn.sittings import jobs, queries, services
from carbonlearn.sittings.models import Sitting
from carbonlearn.sittings.rules.receipt import answers_hash, code_of, save_content, value_hash
from tests.factories.sittings import (
    Candidate,
    a_candidate,
    a_ready_sitting,
    a_running_sitting,
    a_wish,
    another_device,
)
from tests.support.sitting_rows import AT_ONCE, answers, refused, rows, unit

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)

# -- save


def test_saves_an_answer_and_signs_for_it(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    saved = services.save(app, a_wish(sitter, sitting.id, 1, ["B"]), now=now)
    content = save_content(sitting.id, 1, 1, value_hash('["B"]'), now)
    assert keys().verify_bytes(content, saved.receipt) == saved.key_id
    assert answers(db, sitting) == {1: ["B"]}


def test_the_newest_revision_counts_and_none_is_lost(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    for revision, value in enumerate((["C", "A"], None, ["B", "D"]), start=1):
        services.save(app, a_wish(sitter, sitting.id, 71, value, revision), now=now)
    assert answers(db, sitting) == {71: ["B", "D"]}
    kept = db.session.execute(text("SELECT value FROM responses ORDER BY revision")).scalars().all()
    assert kept == ['["A","C"]', "null", '["B","D"]']


def test_the_same_operation_again_gives_the_same_receipt(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    wish = a_wish(sitter, sitting.id, 1, ["B"])
    first = services.save(app, wish, now=now)
    before = rows(db)
    assert services.save(app, wish, now=now + timedelta(hours=2)) == first
    assert rows(db) == before


@pytest.mark.parametrize(
    ("after_deadline", "accepted"),
    [
        (timedelta(seconds=-1), True),
        (timedelta(0), True),
        (timedelta(seconds=5), True),
        (timedelta(seconds=5, microseconds=1), False),
        (timedelta(minutes=9), False),
    ],
)
def test_an_answer_counts_until_the_grace_is_over(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime, after_deadline: timedelta, accepted: bool
) -> None:
    sitting = a_running_sitting(sitter, now)
    wish = a_wish(sitter, sitting.id, 1, ["B"])
    at = now + timedelta(minutes=90) + after_deadline
    if accepted:
        assert services.save(app, wish, now=at).revision == 1
    else:
        refused(db, Late, "LATE", lambda: services.save(app, wish, now=at))


@pytest.mark.parametrize(
    ("item", "value", "rule"),
    [
        (1, ["E"], "unknown_letter"),
        (1, ["A", "B"], "one_letter"),
        (1, True, "not_letters"),
        (1, "A", "not_letters"),
        (41, ["T"], "not_boolean"),
        (71, ["A", "A"], "unknown_letter"),
        (93, ["A"], "not_text"),
        (93, "太" * 4001, "too_long"),
        (93, "半个\ud83d字符", "not_text"),
        (97, ["A"], "unknown_item"),
        (0, ["A"], "unknown_item"),
    ],
)
def test_refuses_what_is_no_answer_to_the_item(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime, item: int, value: Any, rule: str
) -> None:
    sitting = a_running_sitting(sitter, now)
    wish = a_wish(sitter, sitting.id, item, value)
    error = refused(db, Invalid, "INVALID_FIELD", lambda: services.save(app, wish, now=now))
    assert error.facts["rule"] == rule


def test_refuses_an_older_revision_and_names_the_stored_one(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    services.save(app, a_wish(sitter, sitting.id, 1, ["B"], 7), now=now)
    for revision in (6, 7):
        wish = a_wish(sitter, sitting.id, 1, ["C"], revision)
        error = refused(db, Conflict, "STALE_REVISION", lambda wish=wish: services.save(app, wish, now=now))
        assert error.facts["stored"] == 7


def test_refuses_to_save_before_the_start_and_after_the_hand_in(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    ready = a_ready_sitting(sitter, now)
    refused(
        db, Conflict, "NOT_RUNNING", lambda: services.save(app, a_wish(sitter, ready.id, 1, ["A"]), now=now)
    )
    unit(services.start, ready.id, actor=sitter.actor, now=now)
    services.save(app, a_wish(sitter, ready.id, 1, ["A"]), now=now)
    unit(services.submit, ready.id, actor=sitter.actor, now=now)
    wish = a_wish(sitter, ready.id, 1, ["B"], 2)
    refused(db, Conflict, "NOT_RUNNING", lambda: services.save(app, wish, now=now))


def test_refuses_strangers_and_the_signed_out(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, stranger = a_running_sitting(sitter, now), a_candidate(now)
    foreign = a_wish(stranger, sitting.id, 1, ["A"])
    refused(db, NotFound, "SITTING_NOT_FOUND", lambda: services.save(app, foreign, now=now))
    odd = a_wish(stranger, sitting.id, 1, True)
    refused(db, NotFound, "SITTING_NOT_FOUND", lambda: services.save(app, odd, now=now))
    nowhere = a_wish(sitter, new_id(), 1, ["A"])
    refused(db, NotFound, "SITTING_NOT_FOUND", lambda: services.save(app, nowhere, now=now))
    nobody = a_wish(sitter, sitting.id, 1, ["A"], session_hash=token_hash(""))
    refused(db, SignInNeeded, "SIGN_IN_NEEDED", lambda: services.save(app, nobody, now=now))
    unit(sign_out, sitter.actor, now)
    mine = a_wish(sitter, sitting.id, 1, ["A"])
    refused(db, SignInNeeded, "SIGN_IN_NEEDED", lambda: services.save(app, mine, now=now))


def test_twenty_devices_save_at_once_and_none_is_locked_out(
    app: Flask, db: SQLAlchemy, now: datetime
) -> None:
    window = None
    people: list[tuple[Candidate, str]] = []
    for _ in range(20):
        person = a_candidate(now, starts_in=AT_ONCE, window=window)
        window = person.window
        people.append((person, a_running_sitting(person, now).id))
    db.session.remove()

    def answer_forty(who: tuple[Candidate, str]) -> int:
        with app.app_context():
            for item in range(1, 41):
                services.save(app, a_wish(who[0], who[1], item, ["A"]), now=now)
        return 40

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(answer_forty, people)) == 800
    assert db.session.execute(text("SELECT count(*) FROM responses")).scalar_one() == 800


# -- takeover


def test_another_device_takes_over_and_the_first_can_write_no_more(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    deadline = sitting.must_submit_by
    services.save(app, a_wish(sitter, sitting.id, 1, ["A"]), now=now)
    other = another_device(sitter, now)
    early = a_wish(other, sitting.id, 2, ["A"])
    refused(db, Conflict, "LEASE_LOST", lambda: services.save(app, early, now=now))
    taken = unit(services.take_over, sitting.id, actor=other.actor, now=now, generation=1)
    assert (taken.generation, taken.must_submit_by) == (2, deadline)
    stale = a_wish(sitter, sitting.id, 2, ["B"])
    refused(db, Conflict, "LEASE_LOST", lambda: services.save(app, stale, now=now))
    refused(
        db, Conflict, "LEASE_LOST", lambda: unit(services.submit, sitting.id, actor=sitter.actor, now=now)
    )
    services.save(app, a_wish(other, sitting.id, 2, ["C"], generation=2), now=now)
    assert answers(db, sitting) == {1: ["A"], 2: ["C"]}


def test_the_first_device_cannot_write_by_guessing_the_generation(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, other = a_running_sitting(sitter, now), another_device(sitter, now)
    unit(services.take_over, sitting.id, actor=other.actor, now=now)
    guess = a_wish(sitter, sitting.id, 1, ["A"], generation=2)
    refused(db, Conflict, "LEASE_LOST", lambda: services.save(app, guess, now=now))


def test_taking_over_twice_for_the_same_lease_takes_over_once(
    db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, other = a_running_sitting(sitter, now), another_device(sitter, now)
    for _ in range(2):
        taken = unit(services.take_over, sitting.id, actor=other.actor, now=now, generation=1)
        assert taken.generation == 2
    refused(
        db,
        Conflict,
        "LEASE_LOST",
        lambda: unit(services.take_over, sitting.id, actor=sitter.actor, now=now, generation=1),
    )


def test_nothing_is_left_to_take_over_when_time_is_up(
    db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, over = a_running_sitting(sitter, now), now + timedelta(minutes=91)
    refused(
        db,
        Conflict,
        "NOT_RUNNING",
        lambda: unit(services.take_over, sitting.id, actor=sitter.actor, now=over),
    )


# -- the end


def test_handing_in_twice_gives_one_receipt(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    services.save(app, a_wish(sitter, sitting.id, 1, ["A"]), now=now)
    ended = unit(
        services.submit, sitting.id, actor=sitter.actor, now=now + timedelta(minutes=10), generation=1
    )
    digest = answers_hash(sitting.id, {1: ["A"]})
    assert (ended.status, ended.answers_hash, ended.receipt_code) == ("submitted", digest, code_of(digest))
    assert ended.ended_at == now + timedelta(minutes=10)
    before = rows(db)
    again = unit(
        services.submit, sitting.id, actor=sitter.actor, now=now + timedelta(minutes=11), generation=1
    )
    assert again.receipt_code == code_of(digest)
    assert rows(db) == before


def test_refuses_to_hand_in_before_the_start(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    ready = a_ready_sitting(sitter, now)
    refused(
        db, Conflict, "SITTING_STATUS", lambda: unit(services.submit, ready.id, actor=sitter.actor, now=now)
    )


def test_time_runs_out_alike_by_sweep_and_by_touch(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    outcomes = []
    over = now + timedelta(minutes=90, seconds=5)
    for settle in (
        lambda sitting, person, at: jobs.close_overdue(at),
        lambda sitting, person, at: unit(services.close_if_overdue, sitting, now=at),
        lambda sitting, person, at: unit(services.submit, sitting, actor=person.actor, now=at, generation=1),
    ):
        person = a_candidate(now, starts_in=AT_ONCE)
        sitting = a_running_sitting(person, now).id
        services.save(app, a_wish(person, sitting, 1, ["A"]), now=now)
        settle_early = jobs.close_overdue(over)
        assert settle_early == 0, "the last moment of grace is not over yet"
        settle(sitting, person, over + timedelta(microseconds=1))
        jobs.close_overdue(over + timedelta(hours=1))
        row = db.session.get_one(Sitting, sitting, populate_existing=True)
        assert row.answers_hash == answers_hash(sitting, {1: ["A"]})
        assert row.receipt_code == code_of(row.answers_hash)
        events = [(event.event, event.at) for event in queries.events_of(sitting)]
        outcomes.append((row.status, row.ended_at, row.generation, events))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][:2] == ("timed_out", now + timedelta(minutes=90))


def test_who_checks_in_and_never_begins_is_absent(
    db: SQLAlchemy, candidate: Candidate, now: datetime
) -> None:
    sitting = a_ready_sitting(candidate, now)
    assert jobs.close_overdue(now + timedelta(minutes=60) - TICK) == 0
    assert jobs.close_overdue(now + timedelta(minutes=60)) == 1
    assert db.session.get_one(Sitting, sitting.id, populate_existing=True).status == "absent"
    assert jobs.close_overdue(now + timedelta(hours=3)) == 0


def test_at_thirty_minutes_nobody_begins_and_everybody_waiting_is_absent(
    db: SQLAlchemy, candidate: Candidate, now: datetime
) -> None:
    sitting, limit = a_ready_sitting(candidate, now), now + timedelta(minutes=60)
    refused(
        db,
        Late,
        "START_TOO_LATE",
        lambda: unit(services.start, sitting.id, actor=candidate.actor, now=limit),
    )
    assert queries.missed_ids(limit) == [sitting.id]
    assert queries.missed_ids(limit - TICK) == []
    assert unit(services.start, sitting.id, actor=candidate.actor, now=limit - TICK).status == "running"


def test_who_waits_for_a_window_that_was_moved_away_is_not_absent(
    db: SQLAlchemy, candidate: Candidate, now: datetime
) -> None:
    """The sweep found the sitting; before it settles, the window is moved to the next day."""
    sitting, limit = a_ready_sitting(candidate, now), now + timedelta(minutes=60)
    found = queries.missed_ids(limit)
    with unit_of_work():
        window = db.session.get_one(ExamWindow, candidate.window)
        window.starts_at, window.ends_at = window.starts_at + DAY, window.ends_at + DAY
    assert [unit(services.mark_absent, one, now=limit) for one in found] == [False]
    assert db.session.get_one(Sitting, sitting.id, populate_existing=True).status == "ready"
    assert unit(services.mark_absent, sitting.id, now=limit + DAY) is True
