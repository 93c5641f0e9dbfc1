"""One small world with one of everything that an address can name: whose it is, and who else is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from carbonlearn.accounts.models import LoginSession, RoleGrant
from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate
from carbonlearn.core.permissions import Role
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.tokens import token_hash
from carbonlearn.marking.models import Script
from carbonlearn.question_bank import services as bank_services
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.study.models import StudySession
from tests.factories.certificates import make_released_pass
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.factories.people import make_base, make_user, sign_in
from tests.factories.practice import a_small_mock, an_answer
from tests.factories.sittings import a_candidate, a_running_sitting

UNKNOWN = "0" * 26
ROLES: dict[str, Role | None] = {
    "anonymous": None,
    "learner": Role.LEARNER,
    "marker": Role.MARKER,
    "chief examiner": Role.CHIEF_EXAMINER,
    "base administrator": Role.BASE_ADMIN,
    "association administrator": Role.ASSOCIATION_ADMIN,
    "system administrator": Role.SYSTEM_ADMIN,
    "auditor": Role.AUDITOR,
    "author": Role.AUTHOR,
    "proctor": Role.PROCTOR,
    "employer": Role.EMPLOYER,
}


@dataclass(frozen=True)
class World:
    """``ids`` by the name that routes give them; the candidate sits an exam right now, the graduate has a certificate."""

    now: datetime
    base_id: str
    other_base_id: str
    candidate_token: str
    graduate_id: str
    ids: dict[str, str]

    def enter(self, client: FlaskClient, who: str, base_id: str | None = None) -> FlaskClient:
        """A browser of somebody new with this role, in a base or (without one) in the association; stepped up."""
        role = ROLES[who]
        if role is not None:
            base_id = base_id or (self.base_id if role in (Role.LEARNER, Role.BASE_ADMIN) else None)
            user = make_user(role, now=self.now, base_id=base_id, name=f"某{who}")
            sign_in(client, user, self.now, stepped_up=True)
        return client

    def enter_candidate(self, client: FlaskClient) -> FlaskClient:
        client.set_cookie("carbonlearn", self.candidate_token)
        return client


def a_world(now: datetime) -> World:
    """Everything, made once for a test. The candidate has just begun to sit."""
    booked = now - timedelta(hours=1)
    candidate = a_candidate(booked, starts_in=timedelta(hours=1))
    sitting = a_running_sitting(candidate, now)
    graduate = make_released_pass(base="test-base", number=77)
    issue_due(now)
    with unit_of_work():
        bank_services.load_items(read_by_somebody(ACCOUNTING[:4]), now)
    certificate = db.session.scalars(select(Certificate)).one()
    item = db.session.scalars(select(Item).limit(1)).one()
    with unit_of_work():
        script = _script(sitting.id, graduate.base_id, now)
    mock = a_small_mock(candidate.actor, candidate.enrolment, [item], now)
    answer = an_answer(candidate.actor, item, now)
    ids = {
        "booking_id": candidate.booking,
        "window_id": candidate.window,
        "sitting_id": sitting.id,
        "enrolment_id": candidate.enrolment,
        "user_id": candidate.actor.user_id,
        "result_id": graduate.result_id,
        "certificate_id": certificate.id,
        "item_id": item.id,
        "script_id": script,
        "mock_id": mock.id,
        "answer_id": answer.public_id,
        "session_id": db.session.scalars(select(StudySession.id)).first() or UNKNOWN,
        "login_session_id": db.session.scalars(
            select(LoginSession.id).where(LoginSession.token_hash == token_hash(candidate.token))
        ).one(),
        "grant_id": db.session.scalars(
            select(RoleGrant.id).where(RoleGrant.user_id == candidate.actor.user_id)
        ).one(),
        "code": certificate.code,
        "key": "gdcpa-petrochem",
        "number": certificate.number,
        "slug": "acc-01-role",
        "filename": "css/learner.css",
    }
    other = make_base("elsewhere", "别处的基地", now=now)
    return World(now, graduate.base_id, other, candidate.token, graduate.user_id, ids)


def _script(sitting_id: str, base_id: str, now: datetime) -> str:
    version = db.session.scalars(select(ItemVersion.id).limit(1)).one()
    script = Script(
        sitting_id=sitting_id, base_id=base_id, item_number=93, item_version_id=version, points=300,
        text="边界内的直接排放。", status="first", created_at=now,
    )  # fmt: skip
    db.session.add(script)
    db.session.flush()
    return script.id
