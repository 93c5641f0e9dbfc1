from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.accounts import jobs, queries, services
from carbonlearn.accounts.models import LoginSession, RoleGrant, SignInFailure, User
from carbonlearn.accounts.rules import lockout
from carbonlearn.accounts.services.signing_in import FAILURES_KEPT
from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.errors import Conflict, NotFound, Refused
from carbonlearn.core.permissions import Permission, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.runner import run_all
from tests.factories.people import PASSWORD, a_phone, actor_of, an_id_number, make_base, make_user, sign_in


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def actions(db: SQLAlchemy, subject: str) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.subject_id == subject).order_by(AuditEntry.seq)
    return list(db.session.scalars(query))


def test_an_account_keeps_its_numbers_encrypted_and_finds_them_again(db: SQLAlchemy, now: datetime) -> None:
    phone, number = a_phone(), an_id_number()
    user = make_user(now=now, phone=phone, id_number=number)
    stored = db.session.get_one(User, user.id)
    for column in User.__table__.columns:
        assert phone not in str(getattr(stored, column.name))
        assert number not in str(getattr(stored, column.name))
    found = queries.user_by_id_number(number)
    assert found is not None
    assert found.id == user.id


@pytest.mark.parametrize(
    ("same", "code"),
    [
        ({"username": "LIN "}, "USERNAME_TAKEN"),
        ({"phone": "13900000001"}, "PHONE_TAKEN"),
        ({"id_number": an_id_number(1)}, "ID_NUMBER_TAKEN"),
    ],
)
def test_what_is_somebodys_already_is_refused_by_name(now: datetime, same: dict[str, str], code: str) -> None:
    make_user(now=now, username="lin", phone="13900000001", id_number=an_id_number(1))
    fresh = {"username": "other", "phone": "13900000002", "id_number": an_id_number(2)}
    with pytest.raises(Conflict, match=code):
        make_user(now=now, **(fresh | same))


def test_a_role_given_in_a_base_reaches_that_base_alone(db: SQLAlchemy, now: datetime) -> None:
    base, other = make_base("one", now=now), make_base("two", now=now)
    actor = actor_of(make_user(Role.BASE_ADMIN, base_id=base, now=now), now)
    assert actor.may_in(Permission.ADMISSION_ENTER, base)
    assert not actor.may_in(Permission.ADMISSION_ENTER, other)
    assert [b.id for b in queries.bases_within(actor, Permission.ADMISSION_ENTER)] == [base]


def test_a_role_given_twice_is_one_grant(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(now=now)
    base = make_base(now=now)
    with unit_of_work():
        first = services.grant_role(user.id, Role.MARKER, base, now).id
        assert services.grant_role(user.id, Role.MARKER, base, now).id == first
        assert services.grant_role(user.id, Role.MARKER, None, now).id != first
    assert actions(db, user.id).count("role:grant") == 2


def test_a_role_taken_back_is_gone_at_the_next_request_and_stays_on_record(
    db: SQLAlchemy, now: datetime
) -> None:
    system = actor_of(make_user(Role.SYSTEM_ADMIN, now=now), now)
    user = make_user(Role.MARKER, now=now)
    marker = actor_of(user, now)
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).one()
    with unit_of_work():
        services.revoke_role(grant.id, system, now)
    again = queries.actor_of_session(marker.session_hash, now)
    assert again is not None
    assert again.roles == frozenset()
    assert db.session.get_one(RoleGrant, grant.id).revoked_at == now
    assert actions(db, user.id)[-1] == "role:revoke"
    with pytest.raises(NotFound), unit_of_work():
        services.revoke_role(grant.id, system, now)


def system_grant(db: SQLAlchemy, user: User) -> str:
    return db.session.scalars(select(RoleGrant.id).where(RoleGrant.user_id == user.id)).one()


def test_the_last_system_administrator_stays(db: SQLAlchemy, now: datetime) -> None:
    user, second = make_user(Role.SYSTEM_ADMIN, now=now), make_user(Role.SYSTEM_ADMIN, now=now)
    actor = actor_of(user, now)
    with unit_of_work():
        services.revoke_role(system_grant(db, second), actor, now)
    with pytest.raises(Conflict, match="LAST_SYSTEM_ADMIN"), unit_of_work():
        services.revoke_role(system_grant(db, user), actor, now)


def test_a_disabled_system_administrator_does_not_count_as_another(db: SQLAlchemy, now: datetime) -> None:
    user, gone = make_user(Role.SYSTEM_ADMIN, now=now), make_user(Role.SYSTEM_ADMIN, now=now)
    with unit_of_work():
        db.session.get_one(User, gone.id).disabled_at = now
    actor = actor_of(user, now)
    with pytest.raises(Conflict, match="LAST_SYSTEM_ADMIN"), unit_of_work():
        services.revoke_role(system_grant(db, user), actor, now)


def test_two_grants_of_one_person_are_not_two_system_administrators(db: SQLAlchemy, now: datetime) -> None:
    user = make_user(Role.SYSTEM_ADMIN, now=now)
    base = make_base(now=now)
    with unit_of_work():
        extra = services.grant_role(user.id, Role.SYSTEM_ADMIN, base, now).id
    first = db.session.scalars(
        select(RoleGrant.id).where(RoleGrant.user_id == user.id, RoleGrant.id != extra)
    ).one()
    actor = actor_of(user, now)
    with pytest.raises(Conflict, match="LAST_SYSTEM_ADMIN"), unit_of_work():
        services.revoke_role(first, actor, now)


def test_only_another_may_take_back_ones_system_role(db: SQLAlchemy, now: datetime) -> None:
    user, second = make_user(Role.SYSTEM_ADMIN, now=now), make_user(Role.SYSTEM_ADMIN, now=now)
    own, other = actor_of(user, now), actor_of(second, now)
    with pytest.raises(Refused, match="OWN_SYSTEM_ROLE"), unit_of_work():
        services.revoke_role(system_grant(db, user), own, now)
    with unit_of_work():
        services.revoke_role(system_grant(db, user), other, now)
    assert queries.roles_of(user.id) == frozenset()


@pytest.mark.parametrize("role", list(Role))
def test_nobody_gives_a_role_to_themselves(now: datetime, role: Role) -> None:
    base, user = make_base(now=now), make_user(Role.SYSTEM_ADMIN, now=now)
    actor, other = actor_of(user, now), make_user(now=now)
    place = base if role is Role.BASE_ADMIN else None
    with pytest.raises(Refused, match="OWN_ROLE"), unit_of_work():
        services.appoint(user.id, role, place, actor=actor, now=now)
    with unit_of_work():
        services.appoint(other.id, role, place, actor=actor, now=now)
    assert queries.roles_of(user.id) == {Role.SYSTEM_ADMIN}
    assert queries.roles_of(other.id) == {role}


def test_the_last_use_of_a_device_moves_once_a_minute_at_most(
    db: SQLAlchemy, now: datetime, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    user = make_user(Role.MARKER, now=now)
    client = sign_in(make_client(), user, now)

    def seen_after(seconds: int) -> datetime:
        clock.set(now + timedelta(seconds=seconds))
        assert client.get("/me").status_code == 200
        db.session.rollback()
        return db.session.scalars(
            select(LoginSession.last_seen_at).where(LoginSession.user_id == user.id)
        ).one()

    assert seen_after(59) == now
    assert seen_after(61) == now + timedelta(seconds=61)
    assert seen_after(119) == now + timedelta(seconds=61)
    assert seen_after(121) == now + timedelta(seconds=121)


def test_the_devices_list_says_when_another_device_was_last_used(
    now: datetime, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    user = make_user(Role.MARKER, now=now)
    here, there = sign_in(make_client(), user, now), sign_in(make_client(), user, now)
    clock.set(now + timedelta(hours=2))
    there.get("/me")
    clock.set(now + timedelta(hours=3))
    page = here.get("/me").text
    assert re.findall(r"最近使用 [^<]*", page) == ["最近使用 11月2日（周一）11:00"]


def test_failed_sign_ins_are_forgotten_when_no_rule_looks_at_them_any_more(
    db: SQLAlchemy, now: datetime
) -> None:
    user = make_user(now=now, username="lin")
    old, fresh = now - timedelta(days=1), now - timedelta(minutes=1)
    bucket = f"account:{user.id}"
    with unit_of_work():
        db.session.add_all(
            SignInFailure(bucket=bucket, at=at)
            for at in (old, *[fresh + timedelta(seconds=n) for n in range(5)])
        )
    assert services.check_sign_in("lin", PASSWORD, "there", now).locked_until is not None
    assert run_all(jobs.JOBS, now) == {"accounts.forget_failures": 1}
    assert run_all(jobs.JOBS, now) == {"accounts.forget_failures": 0}
    assert services.check_sign_in("lin", PASSWORD, "there", now).locked_until is not None
    assert run_all(jobs.JOBS, now + timedelta(days=1)) == {"accounts.forget_failures": 5}


def test_what_is_kept_of_failures_covers_what_the_rule_of_lock_out_looks_at() -> None:
    assert FAILURES_KEPT > lockout.WINDOW
