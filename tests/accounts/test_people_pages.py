"""People at the desk: roles behind the password, codes within reach, the table of permissions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from carbonlearn.accounts.models import RoleGrant, User
from carbonlearn.core.permissions import ROLE_PERMISSIONS, Permission, Role
from carbonlearn.infra.clock import SettableClock
from tests.factories.people import make_base, make_user, sign_in
from tests.support.statements import counted


class Office:
    """A system administrator (who gave the password again), a base's administrator, and two people."""

    def __init__(self, make_client: Callable[[], FlaskClient], clock: SettableClock) -> None:
        self.now, self.make_client = clock.now(), make_client
        self.base_id = make_base(now=self.now)
        self.root_user = make_user(Role.SYSTEM_ADMIN, now=self.now, name="郑海燕")
        self.clerk_user = make_user(Role.BASE_ADMIN, base_id=self.base_id, now=self.now, name="何立新")
        self.learner = make_user(Role.LEARNER, base_id=self.base_id, now=self.now, name="张文丰")
        self.root = sign_in(make_client(), self.root_user, self.now, stepped_up=True)
        self.clerk = sign_in(make_client(), self.clerk_user, self.now)


@pytest.fixture
def office(db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]) -> Office:
    return Office(make_client, clock)


def test_a_role_is_granted_and_taken_back(office: Office, db: Any) -> None:
    path = f"/desk/people/{office.clerk_user.id}"
    assert office.root.post(f"{path}/grants", data={"role": "marker", "base": ""}).status_code == 303
    grant = db.session.query(RoleGrant).filter_by(user_id=office.clerk_user.id, role="marker").one()
    assert office.root.post(f"{path}/grants/{grant.id}/revocation").status_code == 303
    assert grant.revoked_at is not None


def test_granting_asks_for_the_password_again(office: Office, db: Any) -> None:
    plain = sign_in(office.make_client(), office.root_user, office.now)
    answer = plain.post(
        f"/desk/people/{office.clerk_user.id}/grants",
        data={"role": "marker", "base": "", "step_up_return": f"/desk/people/{office.clerk_user.id}"},
    )
    assert answer.status_code == 303 and "/confirm" in answer.headers["Location"]
    back = parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0]
    assert back == f"/desk/people/{office.clerk_user.id}?role=marker"
    assert '<option selected value="marker">' in plain.get(back).text
    assert db.session.query(RoleGrant).filter_by(role="marker").count() == 0


@pytest.mark.parametrize(
    ("role", "in_base", "sentence"),
    [("base_admin", False, "这个角色要选一个培训基地"), ("auditor", True, "这个角色属于协会")],
)
def test_a_role_belongs_where_it_belongs(office: Office, role: str, in_base: bool, sentence: str) -> None:
    data = {"role": role, "base": office.base_id if in_base else ""}
    answer = office.root.post(f"/desk/people/{office.learner.id}/grants", data=data)
    assert answer.status_code == 422 and sentence in answer.text


def test_the_last_system_administrator_stays(office: Office, db: Any) -> None:
    grant = db.session.query(RoleGrant).filter_by(role="system_admin").one()
    path = f"/desk/people/{office.root_user.id}/grants/{grant.id}/revocation"
    assert office.root.post(path).status_code == 409


def test_a_base_administrator_grants_nothing(office: Office) -> None:
    answer = office.clerk.post(
        f"/desk/people/{office.learner.id}/grants", data={"role": "marker", "base": ""}
    )
    assert answer.status_code == 403


def test_a_code_is_shown_once_and_sets_a_password(office: Office, db: Any) -> None:
    assert office.clerk.post(f"/desk/people/{office.learner.id}/code").status_code == 303
    answer = office.clerk.get(f"/desk/people/{office.learner.id}")
    code = re.search(r'one-time-code mono">([0-9A-Z]{5}) ([0-9A-Z]{5})', answer.text)
    assert code is not None
    assert "one-time-code" not in office.clerk.get(f"/desk/people/{office.learner.id}").text
    username = db.session.get(User, office.learner.id).username
    data = {"login": username, "code": "".join(code.groups()), "new": "a river in the morning"}
    assert office.make_client().post("/password-code", data=data).status_code == 303


def test_no_code_for_people_beyond_the_base(office: Office) -> None:
    """Whoever could reset the association's or another base's people could become them."""
    elsewhere = make_base("maoming", now=office.now)
    for person in (
        office.root_user,
        make_user(Role.LEARNER, base_id=elsewhere, now=office.now),
        make_user(now=office.now),
    ):
        assert office.clerk.post(f"/desk/people/{person.id}/code").status_code == 404
        assert office.clerk.get(f"/desk/people/{person.id}").status_code == 404


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.CHIEF_EXAMINER, Role.AUDITOR, Role.BASE_ADMIN])
def test_no_code_leads_to_a_role_that_its_giver_does_not_hold(office: Office, role: Role) -> None:
    """The association reaches everybody; a code for a system administrator would make its administrator one."""
    association = make_user(Role.ASSOCIATION_ADMIN, now=office.now, name="安宁")
    client = sign_in(office.make_client(), association, office.now)
    base_id = office.base_id if role is Role.BASE_ADMIN else None
    other = make_user(role, base_id=base_id, now=office.now)
    assert client.post(f"/desk/people/{other.id}/code").status_code == 403
    assert f"/desk/people/{other.id}/code" not in client.get(f"/desk/people/{other.id}").text
    assert client.post(f"/desk/people/{office.learner.id}/code").status_code == 303
    assert office.root.post(f"/desk/people/{other.id}/code").status_code == 303


def test_the_list_holds_staff_and_finds_others_by_name(office: Office) -> None:
    assert "张文丰" not in office.root.get("/desk/people").text
    assert "张文丰" in office.root.get("/desk/people?q=文丰").text
    assert "郑海燕" not in office.clerk.get("/desk/people").text


def test_the_list_costs_the_same_whatever_it_holds(office: Office) -> None:
    office.root.get("/desk/people")
    with counted() as few:
        office.root.get("/desk/people")
    for _ in range(8):
        make_user(Role.MARKER, Role.AUTHOR, now=office.now)
    with counted() as many:
        office.root.get("/desk/people")
    assert len(many) == len(few) < 8


def test_the_table_of_permissions_is_the_one_the_program_goes_by(office: Office) -> None:
    page = office.root.get("/desk/people/permissions").text
    row = page[page.index(">audit:read<") :].split("</tr>")[0]
    assert row.count("<svg") == sum(Permission.AUDIT_READ in held for held in ROLE_PERMISSIONS.values())
    assert all(f">{permission.value}<" in page for permission in Permission)


def test_a_typed_reason_waits_while_the_password_is_asked_for(office: Office) -> None:
    """In no address, for this page alone, and once."""
    path = f"/desk/people/{office.learner.id}"
    plain = sign_in(office.make_client(), office.root_user, office.now)
    sent = plain.post(f"{path}/disabling", data={"reason": "已离职", "step_up_return": path})
    assert (
        sent.location.startswith("/confirm") and "%E5" not in sent.location and "reason" not in sent.location
    )
    cookie = plain.get_cookie("once", path=path)
    assert cookie is not None and cookie.http_only and "已离职" not in cookie.value
    assert 'value="已离职"' in plain.get(path).text
    assert "已离职" not in plain.get(path).text


def test_what_was_left_for_one_sign_in_opens_for_no_other(office: Office) -> None:
    path = f"/desk/people/{office.learner.id}"
    office.clerk.post(f"{path}/code")
    cookie = office.clerk.get_cookie("once", path=path)
    assert cookie is not None
    other = sign_in(office.make_client(), office.root_user, office.now)
    other.set_cookie("once", cookie.value, path=path)
    assert "one-time-code" not in other.get(path).text
    assert "one-time-code" in office.clerk.get(path).text


def test_a_wrong_password_points_to_where_a_code_is_typed(office: Office) -> None:
    answer = office.make_client().post("/sign-in", data={"login": "nobody", "password": "ABCDE12345"})
    assert "第一次登录，或忘了密码”" in answer.text and 'href="/trial"' in answer.text
