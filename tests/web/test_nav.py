from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask, g, url_for
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.core.permissions import ROLE_PERMISSIONS, STAFF_ROLES, Permission, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.web.guard import access_of
from carbonlearn.web.nav import ROLE_NAMES
from tests.factories.people import make_base, make_user, sign_in


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def test_every_entry_leads_to_a_page_that_asks_for_the_same_permission(app: Flask) -> None:
    for entry in app.extensions["carbonlearn_nav"]:
        access = access_of(app.view_functions[entry.endpoint])
        assert access is not None
        assert access.permission == entry.permission, entry.endpoint


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_the_rail_shows_each_role_what_it_may_open_and_nothing_else(
    app: Flask, client: FlaskClient, now: datetime, role: Role
) -> None:
    base = make_base(now=now) if role is Role.BASE_ADMIN else None
    sign_in(client, make_user(role, base_id=base, now=now), now)
    page = client.get("/desk").text
    rail = page.split("<nav", 1)[1].split("</nav>", 1)[0]
    with app.test_request_context():
        g.actor = None
        for entry in app.extensions["carbonlearn_nav"]:
            shown = f'href="{url_for(entry.endpoint)}"' in rail
            assert shown is (entry.permission in ROLE_PERMISSIONS[role]), entry.endpoint


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_each_entry_of_the_rail_opens(app: Flask, client: FlaskClient, now: datetime, role: Role) -> None:
    base = make_base(now=now) if role is Role.BASE_ADMIN else None
    sign_in(client, make_user(role, base_id=base, now=now), now)
    with app.test_request_context():
        addresses = {
            url_for(entry.endpoint)
            for entry in app.extensions["carbonlearn_nav"]
            if entry.permission in ROLE_PERMISSIONS[role]
        }
    assert "/desk" in addresses
    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200, address
        assert page.text.count('aria-current="page"') >= 1, address


def test_every_role_has_a_name_and_every_staff_role_opens_the_desk() -> None:
    assert set(ROLE_NAMES) == set(Role)
    assert all(Permission.DESK_OPEN in ROLE_PERMISSIONS[role] for role in STAFF_ROLES)
    assert Permission.DESK_OPEN not in ROLE_PERMISSIONS[Role.LEARNER]
