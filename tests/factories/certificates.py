"""People with a released result, put straight into the tables: what a certificate is made from, without the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from carbonlearn.accounts.models import RoleGrant, TrainingBase, User
from carbonlearn.accounts.services import open_session
from carbonlearn.catalogue.models import ProgrammeVersion
from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.catalogue.services import load_programme
from carbonlearn.core import yaml_text
from carbonlearn.core.permissions import Actor, Grant, Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow
from carbonlearn.infra import vault
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.marking.models import Release, Result
from carbonlearn.sittings.models import Sitting

EXAM = datetime(2026, 10, 31, 1, 0, tzinfo=UTC)
RELEASED = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
ID_NUMBER = "440106199205183721"


@dataclass(frozen=True, slots=True)
class Graduate:
    """A person with a result: its id, and who they are."""

    user_id: str
    name: str
    result_id: str
    enrolment_id: str
    base_id: str


@lru_cache
def programme_file(key: str) -> dict[str, Any]:
    return yaml_text.read((FOLDER / "programmes" / f"{key}.yaml").read_text("utf-8"))


def make_base(slug: str = "qingxie") -> TrainingBase:
    """The base of that slug, made if it is not there."""
    found = db.session.scalar(select(TrainingBase).where(TrainingBase.slug == slug))
    if found is None:
        found = TrainingBase(
            slug=slug, name="广东省清洁生产协会", en="Guangdong Cleaner Production Association", kind="base",
            created_at=EXAM,
        )  # fmt: skip
        db.session.add(found)
        db.session.flush()
    return found


def make_user(name: str, username: str, **more: Any) -> User:
    user = User(username=username, name=name, created_at=EXAM, **more)
    db.session.add(user)
    db.session.flush()
    return user


def make_released_pass(
    name: str = "张文丰",
    programme: str = "demonstration",
    *,
    passed: bool = True,
    released: bool = True,
    base: str = "qingxie",
    number: int = 1,
) -> Graduate:
    """One person whose result of one exam stands; ``number`` tells several apart."""
    with unit_of_work():
        load_programme(programme_file(programme), RELEASED - timedelta(days=90))
        place = make_base(base)
        cipher = vault.cipher()
        user = make_user(
            name, f"learner-{base}-{number}", id_number_encrypted=cipher.encrypt("id_number", ID_NUMBER)
        )
        db.session.add(RoleGrant(user_id=user.id, role=Role.LEARNER, base_id=place.id, granted_at=EXAM))
        sitting = _make_sitting(user, place, programme, number)
        result = _make_result(sitting, passed, released)
        return Graduate(user.id, name, result.id, sitting.enrolment_id, place.id)


def _make_sitting(user: User, base: TrainingBase, programme: str, number: int) -> Sitting:
    version = db.session.scalars(
        select(ProgrammeVersion).where(ProgrammeVersion.programme_key == programme)
    ).one()
    enrolment = Enrolment(
        user_id=user.id, base_id=base.id, programme_key=programme, programme_version_id=version.id,
        job_type="accounting", level="4", status="active", created_at=EXAM - timedelta(days=60),
    )  # fmt: skip
    window = ExamWindow(
        programme_key=programme, slot=f"2026-10-31-{base.slug}-{number}", origin="manual", starts_at=EXAM,
        ends_at=EXAM + timedelta(minutes=90), booking_closes_at=EXAM, ticket_at=EXAM, seal_at=EXAM, capacity=300,
        warnings=[], created_at=EXAM,
    )  # fmt: skip
    db.session.add_all([enrolment, window])
    db.session.flush()
    entitlement = Entitlement(
        enrolment_id=enrolment.id, kind="first", source="track", granted_at=EXAM, expires_at=EXAM, used_at=EXAM
    )  # fmt: skip
    db.session.add(entitlement)
    db.session.flush()
    owner = {"enrolment_id": enrolment.id, "user_id": user.id, "base_id": base.id, "window_id": window.id}
    booking = Booking(entitlement_id=entitlement.id, status="used", booked_at=EXAM, **owner)
    db.session.add(booking)
    db.session.flush()
    sitting = Sitting(
        booking_id=booking.id, status="submitted", checked_in_at=EXAM, ended_at=EXAM + timedelta(hours=1), **owner
    )  # fmt: skip
    db.session.add(sitting)
    db.session.flush()
    return sitting


def _make_result(sitting: Sitting, passed: bool, released: bool) -> Result:
    release = None
    if released:
        chief = make_user("周主考", f"chief-{sitting.id}")
        release = Release(window_id=sitting.window_id, released_by=chief.id, at=RELEASED, count=1)
        db.session.add(release)
        db.session.flush()
    result = Result(
        sitting_id=sitting.id, enrolment_id=sitting.enrolment_id, user_id=sitting.user_id, base_id=sitting.base_id,
        window_id=sitting.window_id, total=8650 if passed else 4100, possible=10000, pass_points=6000, passed=passed,
        by_type={}, confirmed_at=RELEASED, release_id=release.id if release else None,
    )  # fmt: skip
    db.session.add(result)
    db.session.flush()
    return result


def sign_in(client: Any, user_id: str, now: datetime, stepped_up: bool = False) -> None:
    """Give a browser the session of this person."""
    with unit_of_work():
        token = open_session(user_id, now, "test")
        if stepped_up:
            db.session.flush()
            db.session.execute(
                db.text("UPDATE login_sessions SET stepped_up_at = expires_at WHERE user_id = :id"),
                {"id": user_id},
            )
    client.set_cookie("carbonlearn", token)


def make_staff(role: Role, base_id: str | None = None, name: str = "林静") -> Actor:
    """A person of the desk with one role; None is the association's."""
    with unit_of_work():
        user = make_user(name, f"{role}-{base_id or 'association'}")
        db.session.add(RoleGrant(user_id=user.id, role=role, base_id=base_id, granted_at=EXAM))
        return Actor(user_id=user.id, name=name, grants=frozenset({Grant(role, base_id)}))
