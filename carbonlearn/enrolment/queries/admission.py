"""Reading enrolments: one's own, those within a desk's reach, and what their lists and pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select

from carbonlearn.accounts.models import TrainingBase, User
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.rules.programme import ProgrammeRules, Track
from carbonlearn.core.errors import NotFound
from carbonlearn.core.identity import mask_id_number, mask_phone
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment, EnrolmentDocument, EnrolmentReview, Payment
from carbonlearn.enrolment.rules.places import OPEN_STATES, Reach
from carbonlearn.infra import vault
from carbonlearn.infra.db import db, instant, microseconds

PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all. ``words``: part of a name, or a whole user name or phone number."""

    states: tuple[str, ...] = ()
    base_id: str = ""
    programme_key: str = ""
    words: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """An enrolment as lists and pages show it: the person with phone and ID number masked, the track by name."""

    enrolment: Enrolment
    user_id: str
    name: str
    username: str
    phone: str
    id_number: str
    photo_key: str | None
    base: str
    track: Track
    programme: ProgrammeRules

    @property
    def key(self) -> str:
        """Where a page that ends with this row goes on."""
        return f"{microseconds(self.enrolment.created_at)}.{self.enrolment.id}"


def enrolment_within(
    enrolment_id: str, actor: Actor, permission: Permission, lock: bool = False
) -> Enrolment:
    """A place in a base in which the actor has the permission. Raises NotFound for any other base's."""
    query = select(Enrolment).where(Enrolment.id == enrolment_id, *_within(actor, permission))
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("ENROLMENT_NOT_FOUND")
    return found


def _within(actor: Actor, permission: Permission) -> list[ColumnElement[bool]]:
    reach = actor.reach(permission)
    return [] if reach is None else [Enrolment.base_id.in_(reach)]


def place_rows(
    actor: Actor,
    permission: Permission,
    filters: Filters,
    after: str = "",
    limit: int = 31,
    newest_first: bool = False,
) -> list[PlaceRow]:
    """Places within the actor's reach, oldest first unless said, beginning after the key ``after``."""
    query = _rows().where(*_within(actor, permission), *_conditions(filters))
    keys = (Enrolment.created_at, Enrolment.id)
    if after:
        stamp, _, last_id = after.partition(".")
        at = instant(int(stamp)) if stamp.isdecimal() and len(stamp) < 18 else instant(0)
        ahead = keys[0] < at if newest_first else keys[0] > at
        query = query.where(or_(ahead, (keys[0] == at) & (keys[1] > last_id)))
    first = keys[0].desc() if newest_first else keys[0]
    return [_row(*row) for row in db.session.execute(query.order_by(first, keys[1]).limit(limit))]


def place_row(enrolment_id: str, actor: Actor, permission: Permission) -> PlaceRow:
    """One place within the actor's reach. Raises NotFound."""
    found = db.session.execute(
        _rows().where(Enrolment.id == enrolment_id, *_within(actor, permission))
    ).first()
    if found is None:
        raise NotFound("ENROLMENT_NOT_FOUND")
    return _row(*found)


def _rows() -> Select[Enrolment, User, str]:
    return (
        select(Enrolment, User, TrainingBase.name)
        .join(User, User.id == Enrolment.user_id)
        .join(TrainingBase, TrainingBase.id == Enrolment.base_id)
    )


def _row(enrolment: Enrolment, user: User, base: str) -> PlaceRow:
    cipher = vault.cipher()
    phone = cipher.decrypt("phone", user.phone_encrypted) if user.phone_encrypted else ""
    number = cipher.decrypt("id_number", user.id_number_encrypted) if user.id_number_encrypted else ""
    rules = catalogue.rules_of(enrolment.programme_version_id)
    return PlaceRow(
        enrolment=enrolment,
        user_id=user.id,
        name=user.name,
        username=user.username,
        phone=mask_phone(phone) if phone else "",
        id_number=mask_id_number(number) if number else "",
        photo_key=user.photo_key,
        base=base,
        track=rules.track(enrolment.job_type, enrolment.level),
        programme=rules,
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.states:
        found.append(Enrolment.status.in_(filters.states))
    for column, value in (
        (Enrolment.base_id, filters.base_id),
        (Enrolment.programme_key, filters.programme_key),
        (Enrolment.user_id, filters.user_id),
    ):
        if value:
            found.append(column == value)
    if filters.words:
        digits = "".join(char for char in filters.words if char.isdigit())
        index = vault.cipher().blind_index("phone", digits) if len(digits) == 11 else "-"
        found.append(
            or_(
                User.name.icontains(filters.words, autoescape=True),
                User.username == filters.words.lower(),
                User.phone_index == index,
            )
        )
    return found


def state_counts(actor: Actor, permission: Permission) -> dict[str, int]:
    """How many places stand in each state, within the actor's reach."""
    rows = db.session.execute(
        select(Enrolment.status, func.count()).where(*_within(actor, permission)).group_by(Enrolment.status)
    )
    return {row[0]: row[1] for row in rows}


def waiting_since(actor: Actor, permission: Permission, status: str) -> tuple[int, datetime | None]:
    """How many places stand in a state within the actor's reach, and since when the longest has waited."""
    row = db.session.execute(
        select(func.count(), func.min(Enrolment.submitted_at)).where(
            Enrolment.status == status, *_within(actor, permission)
        )
    ).one()
    return row[0], row[1]


def active_by_programme(actor: Actor, permission: Permission) -> dict[str, int]:
    """How many places are open for study in each programme, within the actor's reach."""
    rows = db.session.execute(
        select(Enrolment.programme_key, func.count())
        .where(Enrolment.status == "active", *_within(actor, permission))
        .group_by(Enrolment.programme_key)
    )
    return {row[0]: row[1] for row in rows}


def own_places(actor: Actor) -> list[tuple[PlaceRow, dict[str, str]]]:
    """The actor's places, newest first, each with the reasons for which it was last sent back (while it stands as a draft)."""
    query = _rows().where(Enrolment.user_id == actor.user_id)
    rows = [
        _row(*row) for row in db.session.execute(query.order_by(Enrolment.created_at.desc(), Enrolment.id))
    ]
    returns = db.session.scalars(
        select(EnrolmentReview)
        .where(
            EnrolmentReview.enrolment_id.in_([row.enrolment.id for row in rows]),
            EnrolmentReview.decision == "returned",
        )
        .order_by(EnrolmentReview.at)
    )
    last = {review.enrolment_id: review.reasons for review in returns}
    return [(row, last.get(row.enrolment.id, {}) if row.enrolment.status == "draft" else {}) for row in rows]


def reviews(enrolment_id: str) -> list[tuple[EnrolmentReview, str]]:
    """What was decided about a place and by whom, newest first."""
    rows = db.session.execute(
        select(EnrolmentReview, User.name)
        .join(User, User.id == EnrolmentReview.reviewer_id)
        .where(EnrolmentReview.enrolment_id == enrolment_id)
        .order_by(EnrolmentReview.at.desc(), EnrolmentReview.stage, EnrolmentReview.id)
    )
    return [(review, name) for review, name in rows]


def entered_by(enrolment: Enrolment) -> str:
    """The name of who entered the place; empty where nobody did."""
    if enrolment.created_by is None:
        return ""
    return db.session.scalar(select(User.name).where(User.id == enrolment.created_by)) or ""


def last_checker(enrolment_id: str) -> str | None:
    """Who gave the first approval last."""
    return db.session.scalar(
        select(EnrolmentReview.reviewer_id)
        .where(
            EnrolmentReview.enrolment_id == enrolment_id,
            EnrolmentReview.stage == "base",
            EnrolmentReview.decision == "approved",
        )
        .order_by(EnrolmentReview.at.desc())
        .limit(1)
    )


def photo_key(enrolment_id: str) -> str | None:
    """The key of the newest portrait handed in with a place."""
    return db.session.scalar(
        select(EnrolmentDocument.file_key)
        .where(EnrolmentDocument.enrolment_id == enrolment_id, EnrolmentDocument.slug == PHOTO)
        .order_by(EnrolmentDocument.added_at.desc(), EnrolmentDocument.id.desc())
        .limit(1)
    )


def payment(enrolment_id: str) -> Payment | None:
    """The fee marked paid, if it was."""
    return db.session.scalar(select(Payment).where(Payment.enrolment_id == enrolment_id))


def has_override(enrolment_id: str) -> bool:
    """Whether an administrator said that the account may open although the hours cannot be earned yet."""
    return (
        db.session.scalar(
            select(EnrolmentReview.id)
            .where(EnrolmentReview.enrolment_id == enrolment_id, EnrolmentReview.decision == "hours_override")
            .limit(1)
        )
        is not None
    )


def open_place(user_id: str, programme_key: str, job_type: str, level: str) -> Enrolment | None:
    """The person's unfinished place on this track, if there is one."""
    return db.session.scalar(
        select(Enrolment).where(
            Enrolment.user_id == user_id,
            Enrolment.programme_key == programme_key,
            Enrolment.job_type == job_type,
            Enrolment.level == level,
            Enrolment.status.in_(OPEN_STATES),
        )
    )


def place_count(user_id: str) -> int:
    """How many places a person has or had, anywhere."""
    return (
        db.session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.user_id == user_id))
        or 0
    )


def reach_of(rules: ProgrammeRules, job_type: str, level: str) -> Reach:
    """What the published lessons of a track can earn beside what the track asks for; one statement."""
    return _reach(rules, job_type, level, catalogue.lesson_rows(rules.key))


def _reach(rules: ProgrammeRules, job_type: str, level: str, rows: list[catalogue.LessonRow]) -> Reach:
    lengths = dict.fromkeys((course.slug for course in rules.courses(job_type)), 0)
    for row in rows:
        if row.course_slug in lengths:
            lengths[row.course_slug] += row.length_ms
    seconds = rules.threshold_seconds(level)
    return Reach(
        earnable_ms=sum(lengths.values()),
        needed_ms=None if seconds is None else seconds * 1000,
        courses=len(lengths),
        empty_courses=sum(not length for length in lengths.values()),
        all_courses=rules.require_all_courses(level),
    )


def open_tracks(now: datetime) -> list[tuple[ProgrammeRules, list[tuple[Track, Reach]]]]:
    """Every track of every training programme in force, with what it can earn, in the order of the programmes."""
    found = []
    for programme in catalogue.programmes():
        rules = catalogue.current_rules(programme.key, now)
        if not rules.enrols:
            continue
        rows = catalogue.lesson_rows(programme.key)
        found.append(
            (
                rules,
                [(track, _reach(rules, track.job_type, track.level, rows)) for track in rules.tracks()],
            )
        )
    return found


def lapsed_ids(now: datetime, after: tuple[datetime, str] | None, limit: int) -> list[tuple[datetime, str]]:
    """Active places whose access period has passed, as (end, id), the longest past first, beginning after ``after``."""
    end = Enrolment.access_until
    query = select(end, Enrolment.id).where(Enrolment.status == "active", end <= now)
    if after is not None:
        query = query.where(or_(end > after[0], (end == after[0]) & (Enrolment.id > after[1])))
    rows = db.session.execute(query.order_by(end, Enrolment.id).limit(limit))
    return [(row[0], row[1]) for row in rows if row[0] is not None]


def locked_enrolment(enrolment_id: str) -> Enrolment:
    """The place as it stands now, its row held until the unit of work ends."""
    query = select(Enrolment).where(Enrolment.id == enrolment_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()
