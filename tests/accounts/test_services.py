from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.accounts import queries, services
from carbonlearn.accounts.models import LoginSession, OneTimeCode, SignInFailure, User
from carbonlearn.accounts.rules import lockout
from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.errors import Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import in_unit_of_work, unit_of_work
from carbonlearn.infra.passwords import hash_password
from carbonlearn.infra.tokens import token_hash
from tests.factories.people import PASSWORD, a_phone, actor_of, make_user

NEW = "another calm river"
HOME = "10.0.0.1"


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def attempt(login: str, given: str, now: datetime, address: str = HOME) -> str | None:
    """One sign-in as the view does it; the token, or None."""
    check = services.check_sign_in(login, given, address, now)
    with unit_of_work():
        return services.finish_sign_in(check, now, "test")


def actions(db: SQLAlchemy, subject: str) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.subject_id == subject).order_by(AuditEntry.seq)
    return list(db.session.scalars(query))


# ------------------------------------------------------------------------------------------------------ sign-in


def test_signs_in_by_user_name_in_any_case_and_by_phone_number_in_any_grouping(now: datetime) -> None:
    phone = a_phone()
    user = make_user(Role.LEARNER, now=now, username="lin", phone=phone)
    for login in ("lin", " LIN ", phone, f"{phone[:3]} {phone[3:7]}-{phone[7:]}"):
        token = attempt(login, PASSWORD, now)
        assert token is not None, login
        actor = queries.actor_of_session(token_hash(token), now)
        assert actor is not None
        assert actor.user_id == user.id


def test_the_cookies_secret_is_not_what_the_database_keeps(db: SQLAlchemy, now: datetime) -> None:
    make_user(now=now, username="lin")
    token = attempt("lin", PASSWORD, now)
    stored = db.session.scalars(select(LoginSession)).one()
    assert token not in (stored.token_hash, stored.id)
    assert stored.token_hash == token_hash(token or "")


def test_a_wrong_password_and_an_unknown_name_are_counted_alike(db: SQLAlchemy, now: datetime) -> None:
    make_user(now=now, username="lin")
    assert attempt("lin", "wrong password", now) is None
    assert attempt("nobody", "wrong password", now) is None
    buckets = list(db.session.scalars(select(SignInFailure.bucket).order_by(SignInFailure.id)))
    assert len(buckets) == 4
    assert buckets[1] == buckets[3], "one bucket for the address"
    assert "nobody" not in "".join(buckets)
    assert HOME not in "".join(buckets)


def test_five_failures_shut_the_door_for_this_account_even_to_the_right_password(now: datetime) -> None:
    make_user(now=now, username="lin")
    make_user(now=now, username="zhang")
    for place in range(lockout.ACCOUNT_LIMIT):
        assert attempt("lin", "wrong password", now, f"10.0.0.{place}") is None
    assert attempt("lin", PASSWORD, now, "10.0.9.9") is None
    check = services.check_sign_in("lin", PASSWORD, "10.0.9.9", now)
    assert check.locked_until == now + lockout.WINDOW
    assert attempt("zhang", PASSWORD, now) is not None


def test_four_failures_leave_the_door_open(now: datetime) -> None:
    make_user(now=now, username="lin")
    for _ in range(lockout.ACCOUNT_LIMIT - 1):
        attempt("lin", "wrong password", now)
    assert attempt("lin", PASSWORD, now) is not None


def test_the_door_opens_again_after_a_quarter_of_an_hour(now: datetime) -> None:
    make_user(now=now, username="lin")
    for _ in range(lockout.ACCOUNT_LIMIT):
        attempt("lin", "wrong password", now)
    assert attempt("lin", PASSWORD, now + lockout.WINDOW - timedelta(seconds=1)) is None
    assert attempt("lin", PASSWORD, now + lockout.WINDOW) is not None


def test_a_try_while_the_door_is_shut_does_not_keep_it_shut_longer(db: SQLAlchemy, now: datetime) -> None:
    make_user(now=now, username="lin")
    for _ in range(lockout.ACCOUNT_LIMIT):
        attempt("lin", "wrong password", now)
    attempt("lin", "wrong password", now + timedelta(minutes=14))
    assert db.session.scalar(select(func.count()).select_from(SignInFailure)) == 2 * lockout.ACCOUNT_LIMIT


def test_guesses_that_arrive_together_are_counted_one_after_the_other(
    app: Flask, db: SQLAlchemy, now: datetime
) -> None:
    make_user(now=now, username="lin")
    checks = [services.check_sign_in("lin", "wrong password", f"10.0.1.{n}", now) for n in range(12)]
    db.session.rollback()
    together = Barrier(len(checks))

    def finish(check: services.SignInCheck) -> None:
        with app.app_context():
            together.wait(timeout=20)
            with unit_of_work():
                services.finish_sign_in(check, now, "test")
            database.session.remove()

    with ThreadPoolExecutor(len(checks)) as pool:
        list(pool.map(finish, checks))
    counted = select(func.count()).where(SignInFailure.bucket.startswith("account:"))
    assert db.session.scalar(counted) == lockout.ACCOUNT_LIMIT


def test_guesses_that_were_all_looked_at_before_any_was_counted_do_not_slip_through(now: datetime) -> None:
    make_user(now=now, username="lin")
    wrong = [services.check_sign_in("lin", "wrong password", HOME, now) for _ in range(lockout.ACCOUNT_LIMIT)]
    right = services.check_sign_in("lin", PASSWORD, HOME, now)
    with unit_of_work():
        for check in wrong:
            assert services.finish_sign_in(check, now, "test") is None
    with unit_of_work():
        assert services.finish_sign_in(right, now, "test") is None


def test_thirty_failures_from_one_address_shut_it_for_every_account(db: SQLAlchemy, now: datetime) -> None:
    make_user(now=now, username="lin")
    bucket = services.check_sign_in("x", "x", HOME, now).buckets[1]
    with unit_of_work():
        db.session.add_all(SignInFailure(bucket=bucket, at=now) for _ in range(lockout.ADDRESS_LIMIT - 1))
    assert attempt("lin", PASSWORD, now) is not None
    assert attempt("somebody", "wrong password", now) is None
    assert attempt("lin", PASSWORD, now) is None
    assert attempt("lin", PASSWORD, now, "10.0.0.2") is not None


def test_a_disabled_account_does_not_sign_in(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(now=now, username="lin")
    with unit_of_work():
        db.session.get_one(User, user.id).disabled_at = now
    assert attempt("lin", PASSWORD, now) is None


def test_an_account_without_a_password_does_not_sign_in(db: SQLAlchemy, now: datetime) -> None:
    with unit_of_work():
        services.create_user("fresh", "新人", now)
    for given in ("", "None", "fresh"):
        assert attempt("fresh", given, now) is None


# ----------------------------------------------------------------------------------------------------- sessions


def live(session_hash: str, now: datetime) -> bool:
    return queries.actor_of_session(session_hash, now) is not None


def test_a_revoked_session_is_dead_at_once(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(now=now)
    phone, desk = actor_of(user, now), actor_of(user, now)
    of_desk = db.session.scalars(
        select(LoginSession.id).where(LoginSession.token_hash == desk.session_hash)
    ).one()
    with unit_of_work():
        services.revoke_session(of_desk, phone, now)
    assert not live(desk.session_hash, now)
    assert live(phone.session_hash, now)


def test_another_persons_session_is_not_there_to_be_revoked(db: SQLAlchemy, now: datetime) -> None:
    victim, eve = actor_of(make_user(now=now), now), actor_of(make_user(now=now), now)
    session = db.session.scalars(
        select(LoginSession.id).where(LoginSession.token_hash == victim.session_hash)
    ).one()
    with pytest.raises(NotFound), unit_of_work():
        services.revoke_session(session, eve, now)
    assert live(victim.session_hash, now)


def test_a_session_ends_after_thirty_days_and_with_its_account(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(now=now)
    actor = actor_of(user, now)
    assert live(actor.session_hash, now + services.SESSION_LASTS - timedelta(seconds=1))
    assert not live(actor.session_hash, now + services.SESSION_LASTS)
    with unit_of_work():
        db.session.get_one(User, user.id).disabled_at = now
    assert not live(actor.session_hash, now)


def test_signing_out_ends_this_device_alone(now: datetime) -> None:
    user = make_user(now=now)
    here, there = actor_of(user, now), actor_of(user, now)
    with unit_of_work():
        services.sign_out(here, now)
    assert not live(here.session_hash, now)
    assert live(there.session_hash, now)


def test_the_password_given_again_counts_for_ten_minutes(now: datetime) -> None:
    user = make_user(now=now)
    actor = actor_of(user, now, stepped_up=True)
    assert actor.stepped_up
    for minutes, still in ((10, True), (10.01, False)):
        again = queries.actor_of_session(actor.session_hash, now + timedelta(minutes=minutes))
        assert again is not None
        assert again.stepped_up is still


# ---------------------------------------------------------------------------------------------------- passwords


def test_a_changed_password_ends_every_other_session(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(now=now, username="lin")
    here, there = actor_of(user, now), actor_of(user, now)
    new = services.new_password(NEW, "lin")
    with unit_of_work():
        services.change_password(here, new, now)
    assert live(here.session_hash, now)
    assert not live(there.session_hash, now)
    assert attempt("lin", PASSWORD, now) is None
    assert attempt("lin", NEW, now) is not None
    assert "password:change" in actions(db, user.id)


@pytest.mark.parametrize("new", ["short", "1234567890", "aaaaaaaaaaaaaaaa", "linlinlin12"])
def test_a_weak_password_is_refused_before_anything_is_written(new: str) -> None:
    with pytest.raises(Invalid, match="PASSWORD_WEAK"):
        services.new_password(new, "linlinlin1")


def test_no_password_is_hashed_while_the_database_waits(
    client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonlearn.accounts.services import passwords

    held: list[bool] = []

    def watched(given: str) -> str:
        held.append(in_unit_of_work())
        return hash_password(given)

    user = make_user(Role.MARKER, now=now, username="lin")
    code = a_code(user, now)
    monkeypatch.setattr(passwords, "hash_password", watched)
    assert client.post("/password-code", data={"login": "lin", "code": code, "new": NEW}).status_code == 303
    assert client.post("/password", data={"current": NEW, "new": PASSWORD}).status_code == 303
    assert held == [False, False]
    assert attempt("lin", PASSWORD, now) is not None


def test_a_code_that_was_used_between_look_and_deed_sets_nothing(now: datetime) -> None:
    user = make_user(now=now, username="lin")
    code = a_code(user, now)
    first, second = (services.check_code("lin", code, new, now) for new in (NEW, "yet another river"))
    with unit_of_work():
        services.redeem_code(first, now, "test")
    with pytest.raises(Refused, match="CODE_WRONG"), unit_of_work():
        services.redeem_code(second, now, "test")
    assert attempt("lin", NEW, now) is not None


def a_code(user: User, now: datetime, actor: Actor | None = None) -> str:
    with unit_of_work():
        return services.issue_code(user, actor, now)


def redeem(login: str, code: str, now: datetime, new: str = NEW) -> str:
    check = services.check_code(login, code, new, now)
    with unit_of_work():
        return services.redeem_code(check, now, "test")


def test_a_one_time_code_sets_the_password_signs_in_and_ends_the_old_sessions(
    db: SQLAlchemy, now: datetime
) -> None:
    user = make_user(now=now, username="lin")
    old = actor_of(user, now)
    token = redeem("lin", a_code(user, now), now)
    assert live(token_hash(token), now)
    assert not live(old.session_hash, now)
    assert attempt("lin", NEW, now) is not None
    assert actions(db, user.id)[-2:] == ["password:reset", "session:open"]


def test_a_one_time_code_may_be_typed_in_small_letters_with_spaces_and_dashes(now: datetime) -> None:
    user = make_user(now=now, username="lin")
    code = a_code(user, now)
    assert redeem("lin", f" {code[:4].lower()} {code[4:7]}-{code[7:]} ", now)


def test_a_one_time_code_works_once(now: datetime) -> None:
    user = make_user(now=now, username="lin")
    code = a_code(user, now)
    redeem("lin", code, now)
    with pytest.raises(Refused, match="CODE_WRONG"):
        redeem("lin", code, now, "yet another river")
    assert attempt("lin", NEW, now) is not None


def test_a_one_time_code_is_good_for_a_day(now: datetime) -> None:
    user = make_user(now=now, username="lin")
    code = a_code(user, now)
    with pytest.raises(Refused, match="CODE_WRONG"):
        redeem("lin", code, now + services.CODE_LASTS)
    assert redeem("lin", code, now + services.CODE_LASTS - timedelta(seconds=1))


def test_a_new_one_time_code_ends_the_one_before(now: datetime) -> None:
    user = make_user(now=now, username="lin")
    first, second = a_code(user, now), a_code(user, now)
    with pytest.raises(Refused, match="CODE_WRONG"):
        redeem("lin", first, now)
    assert redeem("lin", second, now)


def test_a_one_time_code_is_good_for_its_person_alone(now: datetime) -> None:
    user = make_user(now=now, username="lin")
    make_user(now=now, username="eve")
    code = a_code(user, now)
    for login in ("eve", "nobody"):
        with pytest.raises(Refused, match="CODE_WRONG"):
            redeem(login, code, now)
    assert redeem("lin", code, now)


def test_a_weak_password_does_not_use_up_the_code(now: datetime) -> None:
    user = make_user(now=now, username="lin")
    code = a_code(user, now)
    with pytest.raises(Invalid, match="PASSWORD_WEAK"):
        redeem("lin", code, now, "short")
    assert redeem("lin", code, now)


def test_a_disabled_account_does_not_come_back_by_a_code(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(now=now, username="lin")
    code = a_code(user, now)
    with unit_of_work():
        db.session.get_one(User, user.id).disabled_at = now
    with pytest.raises(Refused, match="CODE_WRONG"):
        redeem("lin", code, now)


def test_of_a_code_only_its_hash_is_stored(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(now=now)
    code = a_code(user, now)
    stored = db.session.scalars(select(OneTimeCode)).one()
    assert stored.code_hash == token_hash(code)
    assert code not in "".join(map(str, db.session.scalars(select(AuditEntry.facts))))
