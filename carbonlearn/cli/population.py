"""Many synthetic people at once: rows straight through Core, as their way through the desk would leave them.

Who they are, what they may do and where they stand is the same at every run; ids and tokens are random, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from carbonlearn.accounts.models import LoginSession, RoleGrant, TrainingBase, User
from carbonlearn.accounts.services import SESSION_LASTS
from carbonlearn.catalogue.models import Lesson
from carbonlearn.catalogue.queries import current_version, rules_of
from carbonlearn.core.ids import TICKET_SERIAL_LIMIT, ticket_number
from carbonlearn.core.permissions import Role
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow
from carbonlearn.infra.db import Record, db
from carbonlearn.infra.tokens import new_id, new_token, token_hash
from carbonlearn.sittings.models import Sitting, SittingEvent
from carbonlearn.study.models import StudyLease, StudySession
from carbonlearn.study.services.nonce import nonce_for

BASES = ("lingnan", "xiangjiang")
DEVICE = "seed load"
JOB_TYPE, LEVEL = "accounting", "4"


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person with a place in the programme and a signed-in device. ``cookie`` is the secret token."""

    user_id: str
    base_id: str
    enrolment_id: str
    cookie: str


def add_people(kind: str, name: str, count: int, programme_key: str, now: datetime) -> list[Person]:
    """So many people called ``name`` and a number, each with the role of a learner, an active enrolment and a session."""
    bases = _bases()
    people = [Person(new_id(), bases[number % len(bases)], new_id(), new_token()) for number in range(count)]
    first = _first_free(kind)
    _insert(User, [_user(person, kind, name, first + index, now) for index, person in enumerate(people)])
    _insert(RoleGrant, [_grant(person, now) for person in people])
    _insert(LoginSession, [_login(person, now) for person in people])
    _insert(Enrolment, _enrolments(people, programme_key, now))
    return people


def seat(people: Sequence[Person], window: ExamWindow, now: datetime) -> list[str]:
    """Each with a right to sit, a confirmed place in the window, and checked in; the ids of the sittings, in order."""
    rights = [new_id() for _ in people]
    places = [new_id() for _ in people]
    sittings = [new_id() for _ in people]
    tickets = _tickets(window, len(people))
    _insert(Entitlement, [_right(right, person, now) for right, person in zip(rights, people, strict=True)])
    _insert(
        Booking,
        [
            _place(place, right, person, window, ticket, now)
            for place, right, person, ticket in zip(places, rights, people, tickets, strict=True)
        ],
    )
    _insert(
        Sitting,
        [
            _sitting(sitting, place, person, window, now)
            for sitting, place, person in zip(sittings, places, people, strict=True)
        ],
    )
    events = zip(sittings, people, strict=True)
    _insert(SittingEvent, [_checked_in(sitting, person, now) for sitting, person in events])
    return sittings


def open_sessions(people: Sequence[Person], lessons: Sequence[Lesson], now: datetime) -> list[dict[str, Any]]:
    """Each with a lesson open and the lease of it; session, first nonce and generation, in order."""
    chosen = [lessons[number % len(lessons)] for number in range(len(people))]
    sessions = [_study_session(person, lesson, now) for person, lesson in zip(people, chosen, strict=True)]
    _insert(StudySession, sessions)
    _insert(
        StudyLease,
        [{"user_id": one["user_id"], "generation": 1, "session_id": one["id"]} for one in sessions],
    )
    return [
        {"session": one["id"], "nonce": nonce_for(one["id"], 1), "generation": one["generation"]}
        for one in sessions
    ]


def _insert(model: type[Record], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(model.__table__), rows)  # type: ignore[arg-type]


def _bases() -> list[str]:
    found = db.session.execute(select(TrainingBase.slug, TrainingBase.id).where(TrainingBase.slug.in_(BASES)))
    return [base_id for _slug, base_id in sorted(tuple(row) for row in found)]


def _first_free(kind: str) -> int:
    taken = select(func.count()).select_from(User).where(User.username.startswith(f"load-{kind}-"))
    return 1 + (db.session.scalar(taken) or 0)


def _user(person: Person, kind: str, name: str, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": person.user_id, "username": f"load-{kind}-{number:05d}", "name": f"{name}{number:05d}", "created_at": now,
    }  # fmt: skip


def _grant(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "user_id": person.user_id,
        "role": Role.LEARNER.value,
        "base_id": person.base_id,
        "granted_at": now,
    }


def _login(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "token_hash": token_hash(person.cookie), "user_id": person.user_id, "device": DEVICE, "created_at": now,
        "last_seen_at": now, "expires_at": now + SESSION_LASTS,
    }  # fmt: skip


def _enrolments(people: Sequence[Person], programme_key: str, now: datetime) -> list[dict[str, Any]]:
    version = current_version(programme_key, now)
    common = {
        "programme_key": programme_key, "programme_version_id": version.id, "job_type": JOB_TYPE, "level": LEVEL,
        "status": "active", "created_at": now, "submitted_at": now, "access_from": now,
        "access_until": rules_of(version.id).access_until(now),
    }  # fmt: skip
    return [
        {"id": person.enrolment_id, "user_id": person.user_id, "base_id": person.base_id, **common}
        for person in people
    ]


def _right(right: str, person: Person, now: datetime) -> dict[str, Any]:
    return {
        "id": right, "enrolment_id": person.enrolment_id, "kind": "first", "source": "enrolment", "granted_at": now,
    }  # fmt: skip


def _owner(person: Person, window: ExamWindow) -> dict[str, Any]:
    return {
        "window_id": window.id, "enrolment_id": person.enrolment_id, "user_id": person.user_id, "base_id": person.base_id,
    }  # fmt: skip


def _place(
    place: str, right: str, person: Person, window: ExamWindow, ticket: str | None, now: datetime
) -> dict[str, Any]:
    return {
        "id": place, "entitlement_id": right, "status": "held", "booked_at": now, "hours_confirmed_at": now,
        "ticket_number": ticket, **_owner(person, window),
    }  # fmt: skip


def _sitting(sitting: str, place: str, person: Person, window: ExamWindow, now: datetime) -> dict[str, Any]:
    return {
        "id": sitting, "booking_id": place, "status": "ready", "checked_in_at": now, **_owner(person, window),
    }  # fmt: skip


def _checked_in(sitting: str, person: Person, now: datetime) -> dict[str, Any]:
    return {"sitting_id": sitting, "event": "check_in", "at": now, "actor_id": person.user_id, "facts": {}}


def _study_session(person: Person, lesson: Lesson, now: datetime) -> dict[str, Any]:
    earlier = now - timedelta(seconds=1)  # so that the first beat has time to earn
    return {
        "id": new_id(), "user_id": person.user_id, "enrolment_id": person.enrolment_id, "lesson_id": lesson.id,
        "lesson_version_id": lesson.current_version_id, "generation": 1, "beat_at": earlier, "opened_at": earlier,
        "device": DEVICE,
    }  # fmt: skip


def _tickets(window: ExamWindow, count: int) -> list[str | None]:
    """The next free numbers of the window's day; none where the day has no more."""
    day = local_day(window.starts_at, "Asia/Shanghai")
    prefix = ticket_number(day, 1)[:-4]
    query = select(func.max(Booking.ticket_number)).where(
        Booking.ticket_number.startswith(prefix, autoescape=True)
    )
    last = int((db.session.scalar(query) or "0000")[-4:])
    serials = range(last + 1, last + 1 + count)
    return [ticket_number(day, serial) if serial <= TICKET_SERIAL_LIMIT else None for serial in serials]
