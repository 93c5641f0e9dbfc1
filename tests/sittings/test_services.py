"""A sitting from check-in to receipt, on the real database: what is granted, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text, update

from carbonlearn.accounts.services import sign_out
from carbonlearn.core.errors import Conflict, DomainError, Invalid, Late, NotFound, Refused, SignInNeeded
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow
from carbonlearn.infra.clock import SettableClock
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

AT_ONCE = timedelta(0)
Doing = Callable[[], Any]


def _rows(db: SQLAlchemy) -> dict[str, list[Any]]:
    """Every row of the tables that an exam touches."""
    db.session.rollback()
    tables = (
        "sittings",
        "responses",
        "sitting_events",
        "exam_bookings",
        "entitlements",
        "audit_entries",
        "audit_heads",
    )
    known = set(db.inspect(db.engine).get_table_names())
    return {
        name: sorted(map(repr, db.session.execute(text(f"SELECT * FROM {name}")).all()))
        for name in tables
        if name in known
    }


def _refused(db: SQLAlchemy, kind: type[DomainError], code: str, doing: Doing) -> DomainError:
    """The act is refused with this code, and every row is as it was."""
    before = _rows(db)
    with pytest.raises(kind) as caught:
        doing()
    assert caught.value.code == code
    assert _rows(db) == before
    return caught.value


def _answers(db: SQLAlchemy, sitting: Sitting) -> dict[int, Any]:
    """The final answers, read anew: what is saved goes past this session."""
    db.session.rollback()
    return queries.final_answers(sitting.id)


def _unit(verb: Callable[..., Any], *args: Any, **named: Any) -> Any:
    with unit_of_work():
        return verb(*args, **named)


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def candidate(now: datetime) -> Candidate:
    return a_candidate(now)


@pytest.fixture
def sitter(now: datetime) -> Candidate:
    return a_candidate(now, starts_in=AT_ONCE)


# -- check-in


def test_checks_in_once_however_often_asked(candidate: Candidate, now: datetime) -> None:
    first = a_ready_sitting(candidate, now)
    again = a_ready_sitting(candidate, now + timedelta(minutes=1))
    assert (first.id, first.status, again.id) == (again.id, "ready", first.id)
    assert [event.event for event in queries.events_of(first.id)] == ["check_in"]


@pytest.mark.parametrize(
    ("offset", "kind", "code"),
    [
        (timedelta(minutes=-15, seconds=-1), Conflict, "CHECK_IN_NOT_OPEN"),
        (timedelta(minutes=60, seconds=1), Late, "CHECK_IN_CLOSED"),
    ],
)
def test_refuses_check_in_outside_its_time(
    db: SQLAlchemy, candidate: Candidate, now: datetime, offset: timedelta, kind: type[DomainError], code: str
) -> None:
    at = now + offset
    _refused(
        db, kind, code, lambda: _unit(services.check_in, candidate.booking, actor=candidate.actor, now=at)
    )


@pytest.mark.parametrize("offset", [timedelta(minutes=-15), timedelta(minutes=60)])
def test_lets_in_at_both_ends_of_the_check_in_time(
    candidate: Candidate, now: datetime, offset: timedelta
) -> None:
    assert a_ready_sitting(candidate, now + offset).status == "ready"


def test_a_short_window_ends_check_in_with_itself(db: SQLAlchemy, now: datetime) -> None:
    short = a_candidate(now, minutes=15)
    late = now + timedelta(minutes=45, seconds=1)
    _refused(
        db,
        Late,
        "CHECK_IN_CLOSED",
        lambda: _unit(services.check_in, short.booking, actor=short.actor, now=late),
    )


def test_refuses_somebody_elses_booking(db: SQLAlchemy, candidate: Candidate, now: datetime) -> None:
    stranger = a_candidate(now)
    _refused(
        db,
        NotFound,
        "BOOKING_NOT_FOUND",
        lambda: _unit(services.check_in, candidate.booking, actor=stranger.actor, now=now),
    )


@pytest.mark.parametrize(
    ("short_of", "code"),
    [
        ({"identity": None}, "IDENTITY_NOT_APPROVED"),
        ({"identity": "returned"}, "IDENTITY_NOT_APPROVED"),
        ({"credited_ms": 1000}, "HOURS_MISSING"),
    ],
)
def test_refuses_who_may_not_sit(db: SQLAlchemy, now: datetime, short_of: dict[str, Any], code: str) -> None:
    person = a_candidate(now, **short_of)
    error = _refused(
        db, Refused, code, lambda: _unit(services.check_in, person.booking, actor=person.actor, now=now)
    )
    json.dumps(error.facts)


def test_refuses_check_in_to_a_cancelled_window(db: SQLAlchemy, candidate: Candidate, now: datetime) -> None:
    with unit_of_work():
        db.session.execute(update(ExamWindow).values(cancelled_at=now, reason="停电"))
    _refused(
        db,
        Conflict,
        "WINDOW_CANCELLED",
        lambda: _unit(services.check_in, candidate.booking, actor=candidate.actor, now=now),
    )


def test_refuses_a_booking_that_was_given_back(db: SQLAlchemy, candidate: Candidate, now: datetime) -> None:
    with unit_of_work():
        db.session.execute(update(Booking).values(status="cancelled"))
    _refused(
        db,
        Conflict,
        "BOOKING_NOT_HELD",
        lambda: _unit(services.check_in, candidate.booking, actor=candidate.actor, now=now),
    )


# -- start


def test_starting_fixes_the_deadline_and_uses_up_the_booking(
    db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    assert sitting.must_submit_by == now + timedelta(minutes=90)
    assert (sitting.status, sitting.generation, sitting.item_count) == ("running", 1, 96)
    assert db.session.get_one(Booking, sitter.booking).status == "used"
    assert db.session.query(Entitlement).one().used_at == now


def test_a_second_start_gives_the_same_sitting(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    first = a_running_sitting(sitter, now)
    deadline = first.must_submit_by
    before = _rows(db)
    again = _unit(services.start, first.id, actor=sitter.actor, now=now + timedelta(minutes=5))
    assert again.must_submit_by == deadline
    assert _rows(db) == before


def test_a_late_starter_loses_the_minutes(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    late = a_running_sitting(sitter, now + timedelta(minutes=20))
    assert late.must_submit_by == now + timedelta(minutes=90) + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("offset", "kind", "code"),
    [
        (timedelta(minutes=29, seconds=59), Conflict, "START_NOT_OPEN"),
        (timedelta(minutes=60, seconds=1), Late, "START_TOO_LATE"),
    ],
)
def test_refuses_to_start_outside_its_time(
    db: SQLAlchemy, candidate: Candidate, now: datetime, offset: timedelta, kind: type[DomainError], code: str
) -> None:
    ready = a_ready_sitting(candidate, now)
    at = now + offset
    _refused(db, kind, code, lambda: _unit(services.start, ready.id, actor=candidate.actor, now=at))


def test_refuses_to_start_without_a_sealed_paper(db: SQLAlchemy, now: datetime) -> None:
    person = a_candidate(now, starts_in=AT_ONCE, sealed=False)
    ready = a_ready_sitting(person, now)
    _refused(
        db, Conflict, "PAPER_NOT_SEALED", lambda: _unit(services.start, ready.id, actor=person.actor, now=now)
    )


def test_refuses_to_start_somebody_elses_sitting(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    ready, stranger = a_ready_sitting(sitter, now), a_candidate(now)
    _refused(
        db,
        NotFound,
        "SITTING_NOT_FOUND",
        lambda: _unit(services.start, ready.id, actor=stranger.actor, now=now),
    )


# -- save


def test_saves_an_answer_and_signs_for_it(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    saved = services.save(app, a_wish(sitter, sitting.id, 1, ["B"]), now=now)
    content = save_content(sitting.id, 1, 1, value_hash('["B"]'), now)
    assert keys().verify_bytes(content, saved.receipt) == saved.key_id
    assert _answers(db, sitting) == {1: ["B"]}


def test_the_newest_revision_counts_and_none_is_lost(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    for revision, value in enumerate((["C", "A"], None, ["B", "D"]), start=1):
        services.save(app, a_wish(sitter, sitting.id, 71, value, revision), now=now)
    assert _answers(db, sitting) == {71: ["B", "D"]}
    kept = db.session.execute(text("SELECT value FROM responses ORDER BY revision")).scalars().all()
    assert kept == ['["A","C"]', "null", '["B","D"]']


def test_the_same_operation_again_gives_the_same_receipt(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    wish = a_wish(sitter, sitting.id, 1, ["B"])
    first = services.save(app, wish, now=now)
    before = _rows(db)
    assert services.save(app, wish, now=now + timedelta(hours=2)) == first
    assert _rows(db) == before


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
        _refused(db, Late, "LATE", lambda: services.save(app, wish, now=at))


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
    error = _refused(db, Invalid, "INVALID_FIELD", lambda: services.save(app, wish, now=now))
    assert error.facts["rule"] == rule


def test_refuses_an_older_revision_and_names_the_stored_one(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    services.save(app, a_wish(sitter, sitting.id, 1, ["B"], 7), now=now)
    for revision in (6, 7):
        wish = a_wish(sitter, sitting.id, 1, ["C"], revision)
        error = _refused(db, Conflict, "STALE_REVISION", lambda wish=wish: services.save(app, wish, now=now))
        assert error.facts["stored"] == 7


def test_refuses_to_save_before_the_start_and_after_the_hand_in(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    ready = a_ready_sitting(sitter, now)
    _refused(
        db, Conflict, "NOT_RUNNING", lambda: services.save(app, a_wish(sitter, ready.id, 1, ["A"]), now=now)
    )
    _unit(services.start, ready.id, actor=sitter.actor, now=now)
    services.save(app, a_wish(sitter, ready.id, 1, ["A"]), now=now)
    _unit(services.submit, ready.id, actor=sitter.actor, now=now)
    wish = a_wish(sitter, ready.id, 1, ["B"], 2)
    _refused(db, Conflict, "NOT_RUNNING", lambda: services.save(app, wish, now=now))


def test_refuses_strangers_and_the_signed_out(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, stranger = a_running_sitting(sitter, now), a_candidate(now)
    foreign = a_wish(stranger, sitting.id, 1, ["A"])
    _refused(db, NotFound, "SITTING_NOT_FOUND", lambda: services.save(app, foreign, now=now))
    odd = a_wish(stranger, sitting.id, 1, True)
    _refused(db, NotFound, "SITTING_NOT_FOUND", lambda: services.save(app, odd, now=now))
    nowhere = a_wish(sitter, new_id(), 1, ["A"])
    _refused(db, NotFound, "SITTING_NOT_FOUND", lambda: services.save(app, nowhere, now=now))
    nobody = a_wish(sitter, sitting.id, 1, ["A"], session_hash=token_hash(""))
    _refused(db, SignInNeeded, "SIGN_IN_NEEDED", lambda: services.save(app, nobody, now=now))
    _unit(sign_out, sitter.actor, now)
    mine = a_wish(sitter, sitting.id, 1, ["A"])
    _refused(db, SignInNeeded, "SIGN_IN_NEEDED", lambda: services.save(app, mine, now=now))


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
    _refused(db, Conflict, "LEASE_LOST", lambda: services.save(app, early, now=now))
    taken = _unit(services.take_over, sitting.id, actor=other.actor, now=now, generation=1)
    assert (taken.generation, taken.must_submit_by) == (2, deadline)
    stale = a_wish(sitter, sitting.id, 2, ["B"])
    _refused(db, Conflict, "LEASE_LOST", lambda: services.save(app, stale, now=now))
    _refused(
        db, Conflict, "LEASE_LOST", lambda: _unit(services.submit, sitting.id, actor=sitter.actor, now=now)
    )
    services.save(app, a_wish(other, sitting.id, 2, ["C"], generation=2), now=now)
    assert _answers(db, sitting) == {1: ["A"], 2: ["C"]}


def test_the_first_device_cannot_write_by_guessing_the_generation(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, other = a_running_sitting(sitter, now), another_device(sitter, now)
    _unit(services.take_over, sitting.id, actor=other.actor, now=now)
    guess = a_wish(sitter, sitting.id, 1, ["A"], generation=2)
    _refused(db, Conflict, "LEASE_LOST", lambda: services.save(app, guess, now=now))


def test_taking_over_twice_for_the_same_lease_takes_over_once(
    db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, other = a_running_sitting(sitter, now), another_device(sitter, now)
    for _ in range(2):
        taken = _unit(services.take_over, sitting.id, actor=other.actor, now=now, generation=1)
        assert taken.generation == 2
    _refused(
        db,
        Conflict,
        "LEASE_LOST",
        lambda: _unit(services.take_over, sitting.id, actor=sitter.actor, now=now, generation=1),
    )


def test_nothing_is_left_to_take_over_when_time_is_up(
    db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting, over = a_running_sitting(sitter, now), now + timedelta(minutes=91)
    _refused(
        db,
        Conflict,
        "NOT_RUNNING",
        lambda: _unit(services.take_over, sitting.id, actor=sitter.actor, now=over),
    )


# -- the end


def test_handing_in_twice_gives_one_receipt(
    app: Flask, db: SQLAlchemy, sitter: Candidate, now: datetime
) -> None:
    sitting = a_running_sitting(sitter, now)
    services.save(app, a_wish(sitter, sitting.id, 1, ["A"]), now=now)
    ended = _unit(
        services.submit, sitting.id, actor=sitter.actor, now=now + timedelta(minutes=10), generation=1
    )
    digest = answers_hash(sitting.id, {1: ["A"]})
    assert (ended.status, ended.answers_hash, ended.receipt_code) == ("submitted", digest, code_of(digest))
    assert ended.ended_at == now + timedelta(minutes=10)
    before = _rows(db)
    again = _unit(
        services.submit, sitting.id, actor=sitter.actor, now=now + timedelta(minutes=11), generation=1
    )
    assert again.receipt_code == code_of(digest)
    assert _rows(db) == before


def test_refuses_to_hand_in_before_the_start(db: SQLAlchemy, sitter: Candidate, now: datetime) -> None:
    ready = a_ready_sitting(sitter, now)
    _refused(
        db, Conflict, "SITTING_STATUS", lambda: _unit(services.submit, ready.id, actor=sitter.actor, now=now)
    )


def test_time_runs_out_alike_by_sweep_and_by_touch(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    outcomes = []
    over = now + timedelta(minutes=90, seconds=5)
    for settle in (
        lambda sitting, person, at: jobs.close_overdue(at),
        lambda sitting, person, at: _unit(services.close_if_overdue, sitting, now=at),
        lambda sitting, person, at: _unit(services.submit, sitting, actor=person.actor, now=at, generation=1),
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
    assert jobs.close_overdue(now + timedelta(minutes=60)) == 0
    assert jobs.close_overdue(now + timedelta(minutes=60, seconds=1)) == 1
    assert db.session.get_one(Sitting, sitting.id, populate_existing=True).status == "absent"
    assert jobs.close_overdue(now + timedelta(hours=3)) == 0
