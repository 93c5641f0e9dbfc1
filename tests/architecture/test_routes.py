from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.core.permissions import FOR_ALL, ROLE_PERMISSIONS, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.web.guard import Access, access_of
from tests.factories.people import sign_in
from tests.factories.world import ROLES, UNKNOWN, World, a_world
from tests.support.source import ROOT
from tools.list_routes import lines

LIST = ROOT / "tests" / "data" / "routes.txt"
JSON = {"Accept": "application/json"}
MAY_WRITE_ON_GET = {"verification_counts", "login_sessions", "allowances", "item_looks"}
"""How often certificates were looked at, when a session was last seen, who guessed codes, who looked at keys: what reading may leave."""

OWNED = {
    "learner": {
        "booking_id",
        "sitting_id",
        "result_id",
        "certificate_id",
        "session_id",
        "enrolment_id",
        "mock_id",
        "answer_id",
    },
    "base administrator": {"enrolment_id", "user_id", "certificate_id"},
    "marker": {"script_id"},
    "chief examiner": {"script_id"},
}
"""What belongs to a person or a base, for the roles that may open such a page at all."""


@dataclass(frozen=True)
class Route:
    method: str
    rule: str
    endpoint: str
    access: Access

    @property
    def arguments(self) -> set[str]:
        return set(re.findall(r"<(?:\w+:)?(\w+)>", self.rule))

    def path(self, ids: dict[str, str]) -> str:
        known = ids | ({"session_id": ids["login_session_id"]} if self.rule.startswith("/me/") else {})
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: known.get(found[1], UNKNOWN), self.rule)

    @property
    def unknown(self) -> str:
        return re.sub(r"<(?:\w+:)?\w+>", UNKNOWN, self.rule)

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def routes(app: Flask) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint])
        if access is not None and not rule.rule.startswith("/test/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Route(method, rule.rule, rule.endpoint, access)


@pytest.fixture
def world(db: SQLAlchemy, clock: SettableClock) -> World:
    return a_world(clock.now())


def code_of(answer: Any) -> str:
    body = answer.json if answer.is_json else None
    return body["error"]["code"] if isinstance(body, dict) and "error" in body else ""


# ---------------------------------------------------------------------------------------------------- the list


def test_every_view_says_who_may_enter(app: Flask) -> None:
    silent = [
        rule.rule for rule in app.url_map.iter_rules() if access_of(app.view_functions[rule.endpoint]) is None
    ]
    assert silent == []


def test_no_route_appears_or_vanishes_unnoticed(app: Flask) -> None:
    found = [line for line in lines(app) if " /test/" not in line]
    listed = LIST.read_text("utf-8").splitlines()
    assert sorted(found) == sorted(listed), "python -m tools.list_routes > tests/data/routes.txt"


def test_every_permission_opens_some_route_and_is_held_by_some_role(app: Flask) -> None:
    held = frozenset().union(*ROLE_PERMISSIONS.values())
    asked = {route.access.permission for route in routes(app) if route.access.permission}
    assert asked <= held, "a page that nobody may open"


# -------------------------------------------------------------------------------------------------- the matrix


@pytest.mark.parametrize("who", ROLES)
def test_each_route_lets_in_whoever_its_permission_names_and_nobody_else(
    app: Flask, client: FlaskClient, world: World, who: str
) -> None:
    wrong = {}
    role = ROLES[who]
    world.enter(client, who)
    for route in routes(app):
        permission = route.access.permission
        allowed = permission is None or (role is not None and permission in ROLE_PERMISSIONS[role])
        lets_in = route.method == "GET" and allowed
        answer = client.open(
            route.path(world.ids) if lets_in else route.unknown, method=route.method, headers=JSON
        )
        problem = _problem(answer, allowed, role is None, route.access)
        if problem:
            wrong[str(route)] = problem
        if route.endpoint in ("accounts.sign_out", "accounts.language"):
            world.enter(client, who)
    assert wrong == {}


def test_a_chief_examiner_of_one_base_touches_no_paper_and_no_blueprint_of_all(
    app: Flask, client: FlaskClient, world: World
) -> None:
    """Who teaches candidates neither prints the association's papers nor settles what they ask."""
    world.enter(client, "chief examiner", world.base_id)
    guarded = [route for route in routes(app) if route.access.permission in FOR_ALL]
    assert {route.access.permission for route in guarded} == FOR_ALL
    answers = {str(route): client.open(route.unknown, method=route.method, headers=JSON) for route in guarded}
    assert {(answer.status_code, code_of(answer)) for answer in answers.values()} == {(403, "NOT_PERMITTED")}
    assert client.get("/desk/blueprints", headers=JSON).status_code == 200, "reading stays"


def _problem(answer: Any, allowed: bool, anonymous: bool, access: Access) -> str:
    """What is wrong with an answer, or nothing."""
    code, status = code_of(answer), answer.status_code
    if status >= 500 and answer.request.path != "/readyz":
        return f"fault {status}"
    if allowed:
        return f"shut out: {status} {code}" if code in ("NOT_PERMITTED", "SIGN_IN_NEEDED") else ""
    if access.hot:  # the one statement finds no session and no row of this person; a body is read before
        return "" if status in (401, 403, 404, 409, 422) else f"let in: {status}"
    expected = (401, "SIGN_IN_NEEDED") if anonymous else (403, "NOT_PERMITTED")
    return "" if (status, code) == expected else f"expected {expected}, was {status} {code}"


def test_a_page_asked_for_without_a_session_leads_to_the_sign_in_and_back(
    app: Flask, client: FlaskClient, world: World
) -> None:
    for route in routes(app):
        if route.method == "GET" and route.access.permission is not None:
            answer = client.get(route.path(world.ids))
            assert answer.status_code == 303, route
            assert answer.location.startswith("/sign-in?next=/"), route


@pytest.mark.parametrize(
    "who", ["anonymous", "learner", "base administrator", "chief examiner", "system administrator"]
)
def test_an_id_that_nobody_has_is_not_found_and_never_a_fault(
    app: Flask, client: FlaskClient, world: World, who: str
) -> None:
    world.enter(client, who)
    wrong = {}
    for route in routes(app):
        if route.arguments - {"filename"} and route.method == "GET" and _opens(route, ROLES[who]):
            for odd in (UNKNOWN, "x", "%00", "' OR 1=1 --", "..%2f..", "证", "9" * 300):
                path = re.sub(r"<(?:\w+:)?\w+>", odd, route.rule)
                status = client.get(path, headers=JSON).status_code
                if status not in (400, 404, 422) and not _is_public_answer(route, status):
                    wrong[f"{route} {odd}"] = status
    assert wrong == {}


def _opens(route: Route, role: Role | None) -> bool:
    permission = route.access.permission
    return permission in ROLE_PERMISSIONS[role] if role else permission is None


def _is_public_answer(route: Route, status: int) -> bool:
    """The page of a certificate says "no such certificate" as its answer."""
    return route.endpoint.startswith("verification.") and status in (200, 429)


@pytest.mark.parametrize("who", OWNED)
def test_what_belongs_to_another_person_or_base_is_not_there(
    app: Flask, client: FlaskClient, world: World, who: str
) -> None:
    role = ROLES[who]
    assert role is not None
    # A script is kept from who belongs to the learner's base; all else from who does not.
    world.enter(client, who, world.base_id if OWNED[who] == {"script_id"} else world.other_base_id)
    wrong, tried = {}, 0
    for route in routes(app):
        permission = route.access.permission
        if permission in ROLE_PERMISSIONS[role] and route.arguments & OWNED[who] and not route.access.hot:
            tried += 1
            answer = client.open(route.path(world.ids), method=route.method, headers=JSON)
            if answer.status_code != 404:
                wrong[str(route)] = (answer.status_code, code_of(answer))
    assert wrong == {}
    assert tried, "nothing was tried"


def test_the_owner_finds_what_others_do_not(
    app: Flask, make_client: Callable[[], FlaskClient], world: World
) -> None:
    candidate, graduate = world.enter_candidate(make_client()), make_client()
    sign_in_by_id(graduate, world)
    found = {
        str(route)
        for route in routes(app)
        for client in (candidate, graduate)
        if route.method == "GET"
        and route.arguments & OWNED["learner"]
        and not route.rule.startswith("/desk")
        and client.get(route.path(world.ids)).status_code in (200, 303, 409)
    }
    asked = {
        str(route)
        for route in routes(app)
        if route.method == "GET" and route.arguments & OWNED["learner"] and not route.rule.startswith("/desk")
    }
    assert found == asked


def sign_in_by_id(client: FlaskClient, world: World) -> None:
    from carbonlearn.accounts.models import User
    from carbonlearn.infra.db import db

    sign_in(client, db.session.get_one(User, world.graduate_id), world.now)


# ------------------------------------------------------------------------------------------- GET changes nothing


def fingerprints(db: SQLAlchemy) -> dict[str, str]:
    """For each table, a hash over all its rows."""
    db.session.rollback()
    found = {}
    for table in db.metadata.sorted_tables:
        digest = hashlib.sha256()
        for row in sorted(map(repr, db.session.execute(table.select()).all())):
            digest.update(row.encode())
        found[table.name] = digest.hexdigest()
    db.session.rollback()
    return found


@pytest.mark.parametrize(
    "who", ["anonymous", "candidate", "base administrator", "chief examiner", "system administrator"]
)
def test_reading_changes_nothing(
    app: Flask, client: FlaskClient, db: SQLAlchemy, world: World, who: str
) -> None:
    if who == "candidate":
        world.enter_candidate(client)
    else:
        world.enter(client, who)
    before, wrong = fingerprints(db), {}
    for route in routes(app):
        if route.method == "GET":
            client.get(route.path(world.ids))
            after = fingerprints(db)
            changed = {name for name in after if after[name] != before[name]} - MAY_WRITE_ON_GET
            if changed:
                wrong[str(route)] = changed
            before = after
    assert wrong == {}


def test_looking_at_an_overdue_sitting_changes_nothing(
    app: Flask, client: FlaskClient, db: SQLAlchemy, world: World, clock: SettableClock
) -> None:
    """Time is up and no sweep has come by: every page about the sitting tells so, and none writes it down."""
    world.enter_candidate(client)
    clock.advance(hours=2)
    before, told, seen = fingerprints(db), "", 0
    for route in routes(app):
        if route.method == "GET" and route.arguments & {"sitting_id", "booking_id"}:
            told, seen = told + client.get(route.path(world.ids)).text, seen + 1
            after = fingerprints(db)
            assert {name for name in after if after[name] != before[name]} <= MAY_WRITE_ON_GET, str(route)
    assert seen > 4
    assert "时间到，已自动交卷" in told


def test_a_fingerprint_notices_one_changed_row(db: SQLAlchemy, world: World) -> None:
    from carbonlearn.accounts.models import User
    from carbonlearn.infra.db import unit_of_work

    before = fingerprints(db)
    assert fingerprints(db) == before
    with unit_of_work():
        db.session.get_one(User, world.graduate_id).locale = "en"
    assert {name for name, value in fingerprints(db).items() if value != before[name]} == {"users"}
