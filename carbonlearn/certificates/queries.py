"""Certificates as their owners, the desk and anybody with the code may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from carbonlearn.accounts.models import TrainingBase, User
from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.certificates.models import Certificate, CertificateEvent, VerificationCount
from carbonlearn.certificates.rules.status import (
    TABLE,
    Category,
    CertificateStatus,
    Happening,
    State,
    fold,
)
from carbonlearn.certificates.rules.status import CertificateEvent as Event
from carbonlearn.certificates.wording import Wording, wording
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries import judged_elsewhere, several_examinations
from carbonlearn.infra.db import db, instant, microseconds
from carbonlearn.marking.models import Release, Result

AFTER = {happening.value: state for (_, happening), state in TABLE.items()}
BLOCKED = "certificate:blocked"
DUE_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class DueResult:
    """A released pass that completes its level and has no certificate. ``noted``: the audit chain already has that it cannot be issued."""

    result_id: str
    holder_name: str
    base_id: str
    released_at: datetime
    noted: bool


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """What the public page rests on, in one statement: the registry's row, the signed credential, the events in order."""

    id: str
    number: str
    code: str
    holder_name: str
    credential: str
    key_id: str
    demonstration: bool
    issued_at: datetime
    payload: Mapping[str, Any]
    programme_version_id: str
    job_type: str
    level: str
    training_base: tuple[str, str]
    events: tuple[Event, ...]
    name_salt: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as the desk sees it, with detail and the name of who did it (empty: the program)."""

    event: str
    category: str
    detail: str
    at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A certificate in the desk's list."""

    certificate: Certificate
    status: CertificateStatus
    base_name: str


def is_complete() -> ColumnElement[bool]:
    """Whether a joined ``Result`` and ``Enrolment`` are all that a certificate asks for: where a level has several examinations, a
    released pass in each and no certificate yet; where something is judged elsewhere, as an oral defence, never by itself."""
    several = list(several_examinations())
    whole = [
        and_(level, ~exists().where(Certificate.enrolment_id == Enrolment.id), *map(_is_passed, keys))
        for level, keys in several
    ]
    single = ~or_(false(), *(level for level, _keys in several))
    return and_(or_(single, *whole), ~or_(false(), *judged_elsewhere()))


def _is_passed(paper: str) -> ColumnElement[bool]:
    passed, window = aliased(Result), aliased(ExamWindow)
    return exists().where(
        passed.enrolment_id == Enrolment.id,
        passed.passed.is_(True),
        passed.release_id.is_not(None),
        window.id == passed.window_id,
        window.paper == paper,
    )


def _due() -> Any:
    issued = exists().where(Certificate.result_id == Result.id)
    noted = exists().where(AuditEntry.action == BLOCKED, AuditEntry.subject_id == Result.id)
    due: Any = (
        select(Result.id, User.name, Result.base_id, Release.at, noted)
        .join(Release, Release.id == Result.release_id)
        .join(User, User.id == Result.user_id)
        .join(Enrolment, Enrolment.id == Result.enrolment_id)
        .where(Result.passed.is_(True), ~issued, is_complete())
        .order_by(Release.at, Result.id)
    )
    return due


def due_results(limit: int = DUE_AT_ONCE) -> list[DueResult]:
    """Released passes without certificate, the longest waiting first."""
    return [DueResult(*row) for row in db.session.execute(_due().limit(limit))]


def due_within(actor: Actor, limit: int = 50) -> list[DueResult]:
    """The same, in the bases where the actor reads certificates."""
    return [
        DueResult(*row)
        for row in db.session.execute(_due().where(_in_reach(actor, Result.base_id)).limit(limit))
    ]


def own_certificates(actor: Actor) -> list[Certificate]:
    """The actor's certificates, newest first."""
    query = select(Certificate).where(Certificate.user_id == actor.user_id)
    return list(db.session.scalars(query.order_by(Certificate.issued_at.desc(), Certificate.id.desc())))


def own_certificate(certificate_id: str, actor: Actor) -> Certificate:
    """One of the actor's own. Raises NotFound for anybody else's."""
    found = db.session.scalar(
        select(Certificate).where(Certificate.id == certificate_id, Certificate.user_id == actor.user_id)
    )
    if found is None:
        raise NotFound("CERTIFICATE_NOT_FOUND")
    return found


def certificate_of_result(result_id: str) -> Certificate | None:
    """The certificate that a result became, if it did yet. The caller has made sure whose result it is."""
    return db.session.scalar(select(Certificate).where(Certificate.result_id == result_id))


def statuses(certificate_ids: Sequence[str], now: datetime) -> dict[str, CertificateStatus]:
    """The status of each of these certificates, in one statement."""
    events: dict[str, list[Event]] = {key: [] for key in certificate_ids}
    rows = db.session.execute(
        select(
            CertificateEvent.certificate_id,
            CertificateEvent.event,
            CertificateEvent.at,
            CertificateEvent.category,
        )
        .where(CertificateEvent.certificate_id.in_(certificate_ids))
        .order_by(CertificateEvent.id)
    )
    for key, happening, at, category in rows:
        events[key].append(_event(happening, at, category))
    return {key: fold(found, now) for key, found in events.items()}


def _event(happening: str, at: datetime, category: str) -> Event:
    return Event(Happening(happening), at, Category(category) if category else None)


def wording_of_record(record: PublicRecord) -> Wording:
    """The certificate's words in both languages; from memory once its programme version was read."""
    rules = rules_of(record.programme_version_id)
    return wording(rules, record.job_type, record.level, record.training_base)


def wording_of_certificate(certificate: Certificate) -> Wording:
    """The same for a certificate of one's own or of the desk."""
    row = db.session.execute(
        select(
            Enrolment.programme_version_id,
            Enrolment.job_type,
            Enrolment.level,
            TrainingBase.name,
            TrainingBase.en,
        )
        .join(TrainingBase, TrainingBase.id == Enrolment.base_id)
        .where(Enrolment.id == certificate.enrolment_id)
    ).one()
    return wording(rules_of(row[0]), row[1], row[2], (row[3], row[4]))


def public_record(code: str) -> PublicRecord | None:
    """The certificate of a code, with its events."""
    return _record(Certificate.code == code)


def public_record_by_number(number: str) -> PublicRecord | None:
    """The certificate of a number, with its events."""
    return _record(Certificate.number == number)


RECORD = (
    select(
        Certificate.id,
        Certificate.number,
        Certificate.code,
        Certificate.holder_name,
        Certificate.credential,
        Certificate.key_id,
        Certificate.demonstration,
        Certificate.issued_at,
        Certificate.payload,
        Enrolment.programme_version_id,
        Enrolment.job_type,
        Enrolment.level,
        TrainingBase.name,
        TrainingBase.en,
        CertificateEvent.event,
        CertificateEvent.at,
        CertificateEvent.category,
        Certificate.name_salt,
    )
    .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
    .join(TrainingBase, TrainingBase.id == Certificate.base_id)
    .outerjoin(CertificateEvent, CertificateEvent.certificate_id == Certificate.id)
    .order_by(CertificateEvent.id)
)


OWN_EVENTS = CertificateEvent.certificate_id == Certificate.id
CONTENT = (
    select(
        Certificate.id,
        Certificate.number,
        Certificate.holder_name,
        Certificate.name_salt,
        Certificate.credential,
        Certificate.key_id,
        Certificate.demonstration,
        Certificate.issued_at,
        cast(Certificate.payload, Text).label("payload"),
        TrainingBase.name,
        TrainingBase.en,
        select(func.max(CertificateEvent.id)).where(OWN_EVENTS).scalar_subquery().label("last_event"),
    )
    .join(TrainingBase, TrainingBase.id == Certificate.base_id)
    .where(Certificate.code == bindparam("code"))
)


def public_content(code: str) -> tuple[Any, ...] | None:
    """The stored values on which the public page rests, the certificate's id first; None for an unknown code.

    Events are only ever added, so the last one stands for all.
    An answer made from the same values still holds, so the page is worked out only when one of them has changed. It goes the short
    way to the database, since this is the whole cost of most looks.
    """
    hot = current_app.extensions["carbonlearn_hot"]
    found: tuple[Any, ...] | None = hot.execute(CONTENT, {"code": code})
    return found


def _record(which: ColumnElement[bool]) -> PublicRecord | None:
    rows = db.session.execute(RECORD.where(which)).all()
    if not rows:
        return None
    events = tuple(_event(*row[14:17]) for row in rows if row.event)
    first: Any = rows[0]
    return PublicRecord(*first[:12], (first[12], first[13]), events, first[17])  # type: ignore[call-arg]


def _in_reach(actor: Actor, base_id: Any) -> ColumnElement[bool]:
    reach = actor.reach(Permission.CERTIFICATE_READ)
    return base_id.is_not(None) if reach is None else base_id.in_(reach)


def _last_event() -> ColumnElement[str]:
    """The event that decides: revoked or superseded wherever it stands, else the latest."""
    return (
        select(CertificateEvent.event)
        .where(CertificateEvent.certificate_id == Certificate.id, CertificateEvent.event.in_(AFTER))
        .order_by(_ends_first(), CertificateEvent.id.desc())
        .limit(1)
        .correlate(Certificate)
        .scalar_subquery()
    )


def _ends_first() -> ColumnElement[int]:
    """Sorts events that end a certificate before all others."""
    return db.case((CertificateEvent.event.in_(("revoked", "superseded")), 0), else_=1)


def status_counts(actor: Actor) -> dict[State, int]:
    """How many certificates stand how, in the actor's bases."""
    event = _last_event().label("event")
    inner = select(event).where(_in_reach(actor, Certificate.base_id)).subquery()
    counts = dict.fromkeys(State, 0)
    for name, number in db.session.execute(
        select(inner.c.event, func.count()).select_from(inner).group_by(inner.c.event)
    ):
        counts[AFTER.get(name, State.UNKNOWN)] += number
    return counts


def desk_rows(
    actor: Actor, now: datetime, *, text: str, status: str, after: str, limit: int
) -> list[DeskRow]:
    """One row more than a page of certificates, newest first. ``text``: a number (or its start) or an exact name; ``after``: a row key."""
    query = (
        select(Certificate, TrainingBase.name)
        .join(TrainingBase, TrainingBase.id == Certificate.base_id)
        .where(_in_reach(actor, Certificate.base_id))
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
        .limit(limit + 1)
    )
    if text:
        number = Certificate.number.startswith(text.upper(), autoescape=True)
        query = query.where(or_(number, Certificate.holder_name == text))
    if status in set(AFTER.values()):
        events = [event for event, follows in AFTER.items() if follows == status]
        query = query.where(_last_event().in_(events))
    if after:
        query = query.where(_after(after))
    rows = db.session.execute(query).all()
    known = statuses([row[0].id for row in rows], now)
    return [DeskRow(found, known[found.id], base) for found, base in rows]


def row_key(row: DeskRow) -> str:
    """The key after which the next page begins."""
    return f"{microseconds(row.certificate.issued_at)}.{row.certificate.id}"


def _after(key: str) -> ColumnElement[bool]:
    moment, _, row_id = key.partition(".")
    at = instant(int(moment)) if moment.isdecimal() and len(moment) < 18 else instant(0)
    return or_(
        Certificate.issued_at < at,
        and_(Certificate.issued_at == at, Certificate.id < row_id),
    )


def desk_certificate(
    certificate_id: str, actor: Actor, permission: Permission = Permission.CERTIFICATE_READ
) -> Certificate:
    """One certificate in the actor's bases. Raises NotFound."""
    found = db.session.get(Certificate, certificate_id)
    if found is None or not actor.may_in(permission, found.base_id):
        raise NotFound("CERTIFICATE_NOT_FOUND")
    return found


def history(certificate_id: str) -> list[StoredEvent]:
    """All events of a certificate with their details, oldest first."""
    rows = db.session.execute(
        select(
            CertificateEvent.event,
            CertificateEvent.category,
            CertificateEvent.detail,
            CertificateEvent.at,
            func.coalesce(User.name, ""),
        )
        .outerjoin(User, User.id == CertificateEvent.actor_id)
        .where(CertificateEvent.certificate_id == certificate_id)
        .order_by(CertificateEvent.id)
    )
    return [StoredEvent(*row) for row in rows]


def times_verified(certificate_id: str) -> int:
    """How often the public page of the certificate was opened."""
    total = db.session.scalar(
        select(func.sum(VerificationCount.count)).where(VerificationCount.certificate_id == certificate_id)
    )
    return int(total or 0)
