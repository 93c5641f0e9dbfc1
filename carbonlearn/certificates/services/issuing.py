"""A certificate from a released pass, and only so: number, code, signature, first event, in one unit of work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from carbonlearn.accounts.models import TrainingBase, User
from carbonlearn.audit.services import record
from carbonlearn.catalogue.models import Programme
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.certificates.models import Certificate, CertificateEvent
from carbonlearn.certificates.queries import BLOCKED, is_complete
from carbonlearn.certificates.rules.payload import CertificateFacts, claims
from carbonlearn.certificates.wording import texts_of, wording_of
from carbonlearn.core.errors import Conflict, NotFound
from carbonlearn.core.ids import CERTIFICATE_CODE_LENGTH, CertificateNumber
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import ExamWindow
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.glyphs import missing_glyphs
from carbonlearn.infra.signing import did_of
from carbonlearn.infra.tokens import new_code
from carbonlearn.marking.models import Release, Result

SALT_LENGTH = 26  # Crockford characters: 130 bits


def issue(result_id: str, base_url: str, now: datetime) -> Certificate | None:
    """Issue the certificate of a released pass; None when it has one already, or when more is to be passed first.

    Raises NotFound when there is no such released pass, Conflict (CERTIFICATE_UNDRAWABLE) when no font draws all of its text.
    """
    _take_numbers_in_turn()
    if db.session.scalar(select(Certificate.id).where(Certificate.result_id == result_id)):
        return None
    passed = _released_pass(result_id)
    if not _completes_its_level(result_id):
        return None
    rules = rules_of(passed.enrolment.programme_version_id)
    _refuse_undrawable(passed, rules)
    number = _next_number(rules, passed.enrolment.level, now)
    return _store(passed, _facts(passed, rules, number, base_url, now), number, now)


def note_blocked(result_id: str, base_id: str, characters: list[str], now: datetime) -> None:
    """Say once in the audit chain that a certificate cannot be issued, and for which characters."""
    codes = [f"U+{ord(character):04X}" for character in characters]
    record(
        BLOCKED, ("result", result_id), now=now, source="job", base_id=base_id, facts={"characters": codes}
    )


@dataclass(frozen=True, slots=True)
class _Pass:
    """A released pass with all that a certificate says about it."""

    result: Result
    enrolment: Enrolment
    user: User
    base: TrainingBase
    window: ExamWindow


def _released_pass(result_id: str) -> _Pass:
    row = db.session.execute(
        select(Result, Enrolment, User, TrainingBase, ExamWindow)
        .join(Release, Release.id == Result.release_id)
        .join(Enrolment, Enrolment.id == Result.enrolment_id)
        .join(User, User.id == Result.user_id)
        .join(TrainingBase, TrainingBase.id == Result.base_id)
        .join(ExamWindow, ExamWindow.id == Result.window_id)
        .where(Result.id == result_id, Result.passed.is_(True))
    ).first()
    if row is None:
        raise NotFound("RELEASED_PASS_NOT_FOUND")
    return _Pass(*row)


def _completes_its_level(result_id: str) -> bool:
    query = select(Result.id).join(Enrolment, Enrolment.id == Result.enrolment_id)
    return db.session.scalar(query.where(Result.id == result_id, is_complete())) is not None


def _take_numbers_in_turn() -> None:
    """One certificate is numbered at a time: serials have no gap and no double. The lock is a row every issuer shares."""
    first = select(Programme.key).order_by(Programme.key).limit(1)
    db.session.execute(first.with_for_update(key_share=True))


def _next_number(rules: ProgrammeRules, level: str, now: datetime) -> CertificateNumber:
    issuer = issuer_code(str(rules.issuers[0]["slug"]))
    year = now.astimezone(rules.zone).year
    last = db.session.scalar(
        select(func.max(Certificate.serial)).where(Certificate.issuer == issuer, Certificate.year == year)
    )
    return CertificateNumber(issuer, year, re.sub(r"[^0-9A-Z]", "", level.upper()), (last or 0) + 1)


def issuer_code(slug: str) -> str:
    """How an issuer is written in a number: the first word of its slug in capitals (``demo-centre`` is DEMO)."""
    return slug.partition("-")[0].upper()


def _facts(
    passed: _Pass, rules: ProgrammeRules, number: CertificateNumber, base_url: str, now: datetime
) -> CertificateFacts:
    enrolment = passed.enrolment
    track = rules.track(enrolment.job_type, enrolment.level)
    return CertificateFacts(
        code=new_code(CERTIFICATE_CODE_LENGTH),
        number=str(number),
        holder_name=passed.user.name,
        name_salt=new_code(SALT_LENGTH),
        issuer=did_of(base_url),
        issuer_name=str(rules.issuers[0]["name"]),
        base_url=base_url,
        programme_key=enrolment.programme_key,
        programme_name=rules.certificate_name[0],
        job_type=enrolment.job_type or enrolment.level,
        job_type_name=track.name,
        level=enrolment.level,
        level_name=track.level_name or enrolment.level,
        passed_on=passed.window.starts_at.astimezone(rules.zone).date(),
        valid_from=now.replace(microsecond=0),
        valid_until=None,  # no programme's source limits a certificate in time
        demonstration=rules.demonstration,
    )


def _refuse_undrawable(passed: _Pass, rules: ProgrammeRules) -> None:
    texts = texts_of(wording_of(rules, passed.enrolment, passed.base))
    absent = missing_glyphs(passed.user.name + texts)
    if absent:
        raise Conflict("CERTIFICATE_UNDRAWABLE", characters="".join(absent))


def _store(passed: _Pass, facts: CertificateFacts, number: CertificateNumber, now: datetime) -> Certificate:
    keys, payload, enrolment = vault.keys(), claims(facts), passed.enrolment
    certificate = Certificate(
        result_id=passed.result.id,
        enrolment_id=enrolment.id,
        user_id=passed.user.id,
        base_id=passed.result.base_id,
        programme_key=enrolment.programme_key,
        issuer=number.issuer,
        year=number.year,
        serial=number.serial,
        number=facts.number,
        code=facts.code,
        holder_name=facts.holder_name,
        name_salt=facts.name_salt,
        payload=payload,
        credential=keys.sign_jwt(payload, facts.issuer),
        key_id=keys.kid,
        demonstration=facts.demonstration,
        photo_key=passed.user.photo_key,
        issued_at=facts.valid_from,
    )
    db.session.add(certificate)
    db.session.flush()
    db.session.add(CertificateEvent(certificate_id=certificate.id, event="issued", at=facts.valid_from))
    _complete(enrolment, now)
    record(
        "certificate:issue",
        ("certificate", certificate.id),
        now=now,
        source="job",
        base_id=certificate.base_id,
        facts={"number": certificate.number, "result_id": passed.result.id, "key_id": keys.kid},
    )
    return certificate


def _complete(enrolment: Enrolment, now: datetime) -> None:
    """The place has served its end."""
    if enrolment.status == "active":
        enrolment.status = "completed"
        subject = ("enrolment", enrolment.id)
        record("enrolment:complete", subject, now=now, source="job", base_id=enrolment.base_id)
