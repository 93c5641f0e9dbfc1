"""Admission in its stages: a clerk enters, the base checks, the association approves, the fee opens the account.

Every verb loads through the actor's reach, so another base's enrolment does not exist for it. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from carbonlearn.accounts import services as accounts
from carbonlearn.accounts.models import User
from carbonlearn.accounts.queries import user_by_id_number
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.identity import read_id_number, read_phone
from carbonlearn.core.permissions import Actor, Permission, Role
from carbonlearn.enrolment import queries
from carbonlearn.enrolment.models import Enrolment, EnrolmentDocument, Payment
from carbonlearn.enrolment.rules import places
from carbonlearn.enrolment.rules.admission import By, Event, Status, step
from carbonlearn.enrolment.services.journal import MAX_REASON, note_review, record_act
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id

CHINA = ZoneInfo("Asia/Shanghai")
FIELDS = ("name", "id_number", "phone", "photo", "track")


@dataclass(frozen=True, slots=True)
class Application:
    """What a clerk enters. ``photo_key`` is the stored portrait; ``override`` why the account may open on too few hours."""

    name: str
    id_number: str
    phone: str
    photo_key: str
    base_id: str
    programme_key: str
    job_type: str
    level: str
    override: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """The new place, and the one-time code for the first sign-in; None where the person already had an account."""

    enrolment: Enrolment
    username: str
    code: str | None


def enter(form: Application, *, actor: Actor, now: datetime) -> Entered:
    """Enter a learner: a person known by the ID number, or a new one; the place is submitted for checking.

    Raises Invalid for fields at fault, NotFound for a base out of reach, Conflict ENROLMENT_OPEN for a second place on the track,
    Refused HOURS_NOT_EARNABLE where the lessons cannot reach the threshold and nobody has said why it may open.
    """
    if not actor.may_in(Permission.ADMISSION_ENTER, form.base_id):
        raise NotFound("BASE_NOT_FOUND")
    version = catalogue.current_version(form.programme_key, now)
    rules = catalogue.rules_of(version.id)
    rules.track(form.job_type, form.level)
    if not rules.enrols:
        raise Refused("PROGRAMME_ENROLS_NOBODY")
    _refuse_unreachable(rules, form.job_type, form.level, bool(form.override))
    user, code = _person(form, actor, now)
    if queries.open_place(user.id, form.programme_key, form.job_type, form.level):
        raise Conflict("ENROLMENT_OPEN")
    enrolment = Enrolment(
        id=new_id(),
        user_id=user.id,
        base_id=form.base_id,
        programme_key=form.programme_key,
        programme_version_id=version.id,
        job_type=form.job_type,
        level=form.level,
        status=step(Status.DRAFT, Event.SUBMIT, By.BASE).value,
        created_at=now,
        created_by=actor.user_id,
        submitted_at=now,
    )
    _store(enrolment)
    _hand_in_photo(enrolment, user, form.photo_key, actor, now)
    _note_override(enrolment, form.override, actor, now)
    accounts.grant_role(user.id, Role.LEARNER, form.base_id, now, actor)
    record_act("enrolment:enter", enrolment, actor, now)
    return Entered(enrolment, user.username, code)


def _refuse_unreachable(rules: ProgrammeRules, job_type: str, level: str, excused: bool) -> None:
    """No account on a track whose hours cannot be earned, unless an administrator said so (``excused``)."""
    reach = queries.reach_of(rules, job_type, level)
    if not reach.reachable and not excused:
        per_hour = rules.minutes_per_class_hour * 60_000
        raise Refused(
            "HOURS_NOT_EARNABLE",
            earnable=f"{reach.earnable_ms * 10 // per_hour / 10:.1f}",
            needed=(reach.needed_ms or 0) // per_hour,
            empty=reach.empty_courses,
        )


def _person(form: Application, actor: Actor, now: datetime) -> tuple[User, str | None]:
    """The person of this ID number, whose name has to agree; else a new account with its one-time code."""
    number = read_id_number(form.id_number, now.astimezone(CHINA).date()).number
    phone = read_phone(form.phone)
    known = user_by_id_number(number)
    if known is not None:
        if known.name != form.name:
            raise Invalid("NAME_DIFFERS", field="name")
        return known, None
    user = accounts.create_user(
        accounts.free_username(),
        form.name,
        now,
        actor=actor,
        phone=phone,
        id_number=number,
        must_change=False,
    )
    return user, accounts.issue_code(user, actor, now)


def _store(enrolment: Enrolment) -> None:
    db.session.add(enrolment)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("ENROLMENT_OPEN") from error


def _hand_in_photo(enrolment: Enrolment, user: User, key: str, actor: Actor, now: datetime) -> None:
    db.session.add(
        EnrolmentDocument(
            enrolment_id=enrolment.id,
            slug=queries.PHOTO,
            file_key=key,
            media_type="image/jpeg",
            added_by=actor.user_id,
            added_at=now,
        )
    )
    if user.photo_key is None:
        user.photo_key = key


def _note_override(enrolment: Enrolment, reason: str, actor: Actor, now: datetime) -> None:
    """An administrator's word that the account may open although the hours cannot be earned yet."""
    if reason:
        note_review(enrolment, "entry", "hours_override", {"hours": reason}, actor, now)
        record_act("enrolment:override_hours", enrolment, actor, now)


def amend(enrolment_id: str, form: Application, *, actor: Actor, now: datetime) -> Enrolment:
    """Correct a returned draft and hand it in again. What is empty of portrait, ID number and phone stays as it was.

    Name, ID number and phone belong to the person: they can be corrected while this is the person's only place
    (else Conflict IDENTITY_SHARED).
    """
    enrolment = queries.enrolment_within(enrolment_id, actor, Permission.ADMISSION_ENTER, lock=True)
    enrolment.status = step(Status(enrolment.status), Event.SUBMIT, By.BASE).value
    version = catalogue.current_version(form.programme_key, now)
    rules = catalogue.rules_of(version.id)
    rules.track(form.job_type, form.level)
    if not queries.has_override(enrolment.id):
        _refuse_unreachable(rules, form.job_type, form.level, bool(form.override))
        _note_override(enrolment, form.override, actor, now)
    user = db.session.get_one(User, enrolment.user_id)
    _correct_person(user, form, actor, now)
    if form.photo_key:
        _hand_in_photo(enrolment, user, form.photo_key, actor, now)
    enrolment.programme_key, enrolment.programme_version_id = form.programme_key, version.id
    enrolment.job_type, enrolment.level, enrolment.submitted_at = form.job_type, form.level, now
    _store(enrolment)
    record_act("enrolment:amend", enrolment, actor, now)
    return enrolment


def _correct_person(user: User, form: Application, actor: Actor, now: datetime) -> None:
    """Name and, where they were typed anew, ID number and phone."""
    today = now.astimezone(CHINA).date()
    number = read_id_number(form.id_number, today).number if form.id_number else None
    phone = read_phone(form.phone) if form.phone else None
    if accounts.identity_differs(user, form.name, phone, number):
        if queries.place_count(user.id) > 1:
            raise Conflict("IDENTITY_SHARED")
        accounts.correct_identity(user, form.name, phone, number, actor=actor, now=now)


def check(
    enrolment_id: str, reasons: Mapping[str, str], note: str = "", *, actor: Actor, now: datetime
) -> Enrolment:
    """The base's stage: pass it on to the association, or (with reasons by field) return it to the draft."""
    enrolment = queries.enrolment_within(enrolment_id, actor, Permission.ADMISSION_CHECK, lock=True)
    return _decide(enrolment, "base", By.BASE, reasons, note, actor, now)


def approve(
    enrolment_id: str, reasons: Mapping[str, str], note: str = "", *, actor: Actor, now: datetime
) -> Enrolment:
    """The association's stage, by somebody who neither entered nor checked it. Raises Refused SAME_PERSON.

    With approval the portrait becomes the person's, for ticket and certificate.
    """
    enrolment = queries.enrolment_within(enrolment_id, actor, Permission.ADMISSION_APPROVE, lock=True)
    if not places.may_approve(enrolment.created_by, queries.last_checker(enrolment.id), actor.user_id):
        raise Refused("SAME_PERSON")
    decided = _decide(enrolment, "association", By.ASSOCIATION, reasons, note, actor, now)
    if not reasons:
        user = db.session.get_one(User, enrolment.user_id)
        user.photo_key = queries.photo_key(enrolment.id) or user.photo_key
    return decided


_EVENTS = {
    ("base", True): Event.BASE_RETURN,
    ("base", False): Event.BASE_APPROVE,
    ("association", True): Event.ASSOCIATION_RETURN,
    ("association", False): Event.ASSOCIATION_APPROVE,
}


def _decide(
    enrolment: Enrolment,
    stage: str,
    by: By,
    reasons: Mapping[str, str],
    note: str,
    actor: Actor,
    now: datetime,
) -> Enrolment:
    given = {field: text.strip()[:MAX_REASON] for field, text in reasons.items()}
    for field, text in given.items():
        if field not in FIELDS or not text:
            raise Invalid("REASON_NEEDED", field=field)
    enrolment.status = step(Status(enrolment.status), _EVENTS[stage, bool(given)], by).value
    decision = "returned" if given else "approved"
    note_review(enrolment, stage, decision, given | ({"note": note[:MAX_REASON]} if note else {}), actor, now)
    record_act(
        f"enrolment:{'return' if given else 'approve'}",
        enrolment,
        actor,
        now,
        {"stage": stage, "fields": ",".join(sorted(given))},
    )
    return enrolment


def mark_paid(
    enrolment_id: str, category: str, amount_minor: int, remark: str, *, actor: Actor, now: datetime
) -> Enrolment:
    """Note the fee and open the account: access runs from now for the programme's period, and the person is a learner in the base.

    Where the programme states fees, the amount is that of the category (Invalid FEE_CATEGORY, FEE_AMOUNT); elsewhere what was agreed.
    """
    enrolment = queries.enrolment_within(enrolment_id, actor, Permission.FEE_MARK_PAID, lock=True)
    rules = catalogue.rules_of(enrolment.programme_version_id)
    _check_fee(rules, enrolment.level, category, amount_minor)
    _refuse_unreachable(rules, enrolment.job_type, enrolment.level, queries.has_override(enrolment.id))
    paid = step(Status(enrolment.status), Event.PAY, By.BASE)
    db.session.add(
        Payment(
            enrolment_id=enrolment.id,
            amount_minor=amount_minor,
            currency="CNY",
            category=category,
            remark=remark[:MAX_REASON],
            marked_by=actor.user_id,
            at=now,
        )
    )
    enrolment.status = step(paid, Event.ACTIVATE, By.BASE).value
    enrolment.access_from, enrolment.access_until = now, rules.access_until(now)
    accounts.grant_role(enrolment.user_id, Role.LEARNER, enrolment.base_id, now, actor)
    record_act("enrolment:open", enrolment, actor, now, {"amount_minor": amount_minor, "category": category})
    return enrolment


def _check_fee(rules: ProgrammeRules, level: str, category: str, amount_minor: int) -> None:
    stated = {fee["category"]: fee["amount"] * 100 for fee in rules.fees(level)}
    if stated and category not in stated:
        raise Invalid("FEE_CATEGORY", field="category")
    if amount_minor < 0 or (stated and amount_minor != stated[category]):
        raise Invalid("FEE_AMOUNT", field="amount")
