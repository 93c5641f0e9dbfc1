"""Closing an account and opening it again: who may, what it ends, and that nothing lets a closed account in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.accounts import queries, services
from carbonlearn.accounts.models import LoginSession, RoleGrant, User
from carbonlearn.accounts.rules.standing import may_close
from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from carbonlearn.core.permissions import ROLE_PERMISSIONS, Permission, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.sittings import services as sittings
from tests.factories.enrolment import load_catalogue
from tests.factories.people import PASSWORD, actor_of, make_base, make_user, sign_in
from tests.factories.sittings import a_candidate, a_running_sitting, a_wish
from tests.factories.study import DEMONSTRATION, Device, make_learner, make_lesson

WHY = "身份核实有误"


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def root(now: datetime) -> User:
    return make_user(Role.SYSTEM_ADMIN, now=now, username="root", name="郑海燕")


def close(user: User, by: User, now: datetime, reason: str = WHY) -> None:
    actor = actor_of(by, now)
    with unit_of_work():
        services.disable(user.id, reason, actor=actor, now=now)


def reopen(user: User, by: User, now: datetime) -> None:
    actor = actor_of(by, now)
    with unit_of_work():
        services.enable(user.id, "已核实", actor=actor, now=now)


def test_a_closed_account_is_signed_out_everywhere_and_cannot_sign_in(
    db: SQLAlchemy, root: User, now: datetime
) -> None:
    user = make_user(Role.MARKER, now=now, username="lin")
    devices = [actor_of(user, now), actor_of(user, now)]
    close(user, root, now)
    assert [queries.actor_of_session(one.session_hash, now) for one in devices] == [None, None]
    live = select(LoginSession).where(LoginSession.user_id == user.id, LoginSession.revoked_at.is_(None))
    assert db.session.scalars(live).all() == []
    assert services.check_sign_in("lin", PASSWORD, "here", now).user_id is None


def test_an_account_that_is_opened_again_keeps_its_roles_and_signs_in_anew(root: User, now: datetime) -> None:
    user = make_user(Role.MARKER, now=now, username="lin")
    device = actor_of(user, now)
    close(user, root, now)
    reopen(user, root, now)
    assert queries.actor_of_session(device.session_hash, now) is None
    assert services.check_sign_in("lin", PASSWORD, "here", now).user_id == user.id
    assert queries.roles_of(user.id) == {Role.MARKER}


def test_both_acts_keep_their_reason_and_stand_in_the_audit_chain(
    db: SQLAlchemy, root: User, now: datetime
) -> None:
    user = make_user(Role.MARKER, now=now)
    actor_of(user, now)
    close(user, root, now)
    reopen(user, root, now + timedelta(hours=1))
    kept = [(event.event, event.reason, name) for event, name in queries.standing_events(user.id)]
    assert kept == [("enable", "已核实", "郑海燕"), ("disable", WHY, "郑海燕")]
    entries = select(AuditEntry).where(AuditEntry.subject_id == user.id).order_by(AuditEntry.seq)
    last = db.session.scalars(entries).all()[-2:]
    assert [(one.action, one.actor_id) for one in last] == [
        ("user:disable", root.id),
        ("user:enable", root.id),
    ]
    assert WHY not in str([one.facts for one in last])


def test_each_act_needs_a_reason_and_the_other_standing(root: User, now: datetime) -> None:
    user = make_user(Role.MARKER, now=now)
    with pytest.raises(Invalid, match="REASON_NEEDED"):
        close(user, root, now, "  ")
    with pytest.raises(Conflict, match="ACCOUNT_STANDING"):
        reopen(user, root, now)
    close(user, root, now)
    with pytest.raises(Conflict, match="ACCOUNT_STANDING"):
        close(user, root, now)


def test_nobody_closes_their_own_account(root: User, now: datetime) -> None:
    make_user(Role.SYSTEM_ADMIN, now=now)
    with pytest.raises(Refused, match="OWN_ACCOUNT"):
        close(root, root, now)


def test_the_last_system_administrator_who_can_sign_in_is_not_closed(root: User, now: datetime) -> None:
    second = make_user(Role.SYSTEM_ADMIN, now=now)
    closer = actor_of(second, now)
    close(second, root, now)
    with pytest.raises(Conflict, match="LAST_SYSTEM_ADMIN"), unit_of_work():
        services.disable(root.id, WHY, actor=closer, now=now)
    reopen(second, root, now)
    close(root, second, now)


def test_two_system_administrators_do_not_close_each_other_at_once(
    db: SQLAlchemy, app: Flask, root: User, now: datetime
) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    second = make_user(Role.SYSTEM_ADMIN, now=now)
    pairs = [(actor_of(root, now), second.id), (actor_of(second, now), root.id)]
    gate = Barrier(2)

    def act(pair: tuple[object, str]) -> str:
        with app.app_context():
            gate.wait(10)
            try:
                with unit_of_work():
                    services.disable(pair[1], WHY, actor=pair[0], now=now)  # type: ignore[arg-type]
            except Conflict as refusal:
                return refusal.code
            finally:
                db.session.remove()
            return "closed"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(act, pairs))
    assert outcomes == ["LAST_SYSTEM_ADMIN", "closed"]
    db.session.rollback()
    active = select(User.id).join(RoleGrant, RoleGrant.user_id == User.id)
    active = active.where(RoleGrant.role == "system_admin", User.disabled_at.is_(None))
    assert len(db.session.scalars(active).all()) == 1


def test_nobody_closes_who_may_more_and_no_base_closes_anybody(now: datetime, root: User) -> None:
    base = make_base(now=now)
    association = make_user(Role.ASSOCIATION_ADMIN, now=now)
    learner = make_user(Role.LEARNER, base_id=base, now=now)
    with pytest.raises(Refused, match="NOT_PERMITTED"):
        close(root, association, now)
    with pytest.raises(NotFound):
        close(learner, make_user(Role.BASE_ADMIN, base_id=base, now=now), now)
    close(learner, association, now)
    assert Permission.PERSON_DISABLE not in ROLE_PERMISSIONS[Role.BASE_ADMIN]


@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [
        ({Role.SYSTEM_ADMIN}, {Role.SYSTEM_ADMIN, Role.AUDITOR}, True),
        ({Role.ASSOCIATION_ADMIN}, {Role.LEARNER}, True),
        ({Role.ASSOCIATION_ADMIN}, {Role.ASSOCIATION_ADMIN}, True),
        ({Role.ASSOCIATION_ADMIN}, {Role.SYSTEM_ADMIN}, False),
        ({Role.ASSOCIATION_ADMIN}, {Role.LEARNER, Role.MARKER}, False),
    ],
)
def test_the_roles_of_who_closes_cover_the_staff_roles_of_the_other(
    own: set[Role], theirs: set[Role], expected: bool
) -> None:
    assert may_close(own, theirs) is expected


# ------------------------------------------------------------------------------------------------------- hot paths


@pytest.mark.parametrize("signed_out", [True, False], ids=["by the act", "by the account alone"])
def test_the_next_heartbeat_of_a_closed_account_is_refused(
    db: SQLAlchemy, root: User, make_client: Callable[[], FlaskClient], clock: SettableClock, signed_out: bool
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION)
    learner = make_learner(clock.now())[0]
    device = Device(make_client(), learner, clock)
    device.open(make_lesson(600_000, clock.now()))
    device.follow(20)
    _close(db, learner.id, root, clock.now(), signed_out)
    clock.advance(seconds=20)
    answer = device.send(device.claim(20_000, 40_000))
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "SIGN_IN_NEEDED")


@pytest.mark.parametrize("signed_out", [True, False], ids=["by the act", "by the account alone"])
def test_the_next_saved_answer_of_a_closed_account_is_refused(
    db: SQLAlchemy, app: Flask, root: User, now: datetime, signed_out: bool
) -> None:
    sitter = a_candidate(now - timedelta(minutes=30))
    sitting = a_running_sitting(sitter, now)
    assert sittings.save(app, a_wish(sitter, sitting.id, 1, ["B"]), now=now)
    _close(db, sitter.actor.user_id, root, now, signed_out)
    with pytest.raises(DomainError) as refused:
        sittings.save(app, a_wish(sitter, sitting.id, 2, ["A"]), now=now)
    assert refused.value.code == "SIGN_IN_NEEDED"


def _close(db: SQLAlchemy, user_id: str, root: User, now: datetime, signed_out: bool) -> None:
    if signed_out:
        return close(db.session.get_one(User, user_id), root, now)
    with unit_of_work():
        db.session.get_one(User, user_id).disabled_at = now
    return None


# ------------------------------------------------------------------------------------------------------- the page


def test_the_person_page_closes_and_opens_behind_the_password(
    db: SQLAlchemy, root: User, now: datetime, make_client: Callable[[], FlaskClient]
) -> None:
    marker = make_user(Role.MARKER, now=now, username="marker")
    theirs = sign_in(make_client(), marker, now)
    path = f"/desk/people/{marker.id}"
    plain = sign_in(make_client(), root, now)
    assert "/confirm" in plain.post(f"{path}/disabling", data={"reason": WHY}).headers["Location"]
    assert theirs.get("/me").status_code == 200
    desk = sign_in(make_client(), root, now, stepped_up=True)
    empty = desk.post(f"{path}/disabling", data={"reason": ""})
    assert empty.status_code == 422 and "写明理由" in empty.text
    assert desk.post(f"{path}/disabling", data={"reason": WHY}).status_code == 303
    page = desk.get(path).text
    assert "账号已停用" in page and WHY in page and f"{path}/enabling" in page and f"{path}/code" not in page
    assert theirs.get("/me").status_code == 303
    assert desk.post(f"{path}/enabling", data={"reason": "已核实"}).status_code == 303
    assert f"{path}/disabling" in desk.get(path).text


def test_ones_own_page_offers_neither_closing_nor_roles(
    root: User, now: datetime, make_client: Callable[[], FlaskClient]
) -> None:
    desk = sign_in(make_client(), root, now, stepped_up=True)
    page = desk.get(f"/desk/people/{root.id}").text
    assert "/disabling" not in page and "/revocation" not in page and "/grants" not in page
    answer = desk.post(f"/desk/people/{root.id}/grants", data={"role": "auditor", "base": ""})
    assert answer.status_code == 422 and "不能给自己授予角色" in answer.text
    assert desk.post(f"/desk/people/{root.id}/disabling", data={"reason": WHY}).status_code == 403
