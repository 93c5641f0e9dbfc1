"""Papers: which are due, which one a candidate gets, what people met in earlier ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from carbonlearn.catalogue.models import Programme, ProgrammeVersion
from carbonlearn.catalogue.queries import current_rules, current_version, rules_of
from carbonlearn.catalogue.rules.programme import PaperSpec
from carbonlearn.core.errors import NotFound
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, ExamWindow, Paper, PaperItem
from carbonlearn.exams.queries.blueprints import Asked, asked_of
from carbonlearn.exams.queries.feasibility import is_feasible
from carbonlearn.exams.queries.pools import has_lower, pool_name
from carbonlearn.exams.queries.sealed import key
from carbonlearn.exams.rules.form import least_met
from carbonlearn.infra.db import db
from carbonlearn.question_bank.queries import supply

EVERY = (
    ""  # the blueprint of a paper that serves every version; the name of one that is the first of its level
)
Track = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Due:
    """Papers that should exist: for a window, a track, an examination and a version (empty: the one in force). ``booked`` holds who
    will sit them, under this version or under others that ask for the same; ``began_at`` is when one of them was enrolled."""

    window_id: str
    programme_key: str
    job_type: str
    level: str
    booked: tuple[str, ...]
    version_id: str = ""
    blueprint: str = ""
    paper: str = ""
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A sealed paper as the desk shows it: no content."""

    id: str
    job_type: str
    level: str
    paper: str
    form: int
    item_count: int
    total_points: int
    sha256: str
    sealed_at: datetime
    proof: dict[str, Any]
    blueprint: str
    version_id: str | None
    version: int | None

    @property
    def letter(self) -> str:
        """The form as people name it: A, B, C."""
        return form_letter(self.form)


def form_letter(form: int) -> str:
    """1 is A."""
    return chr(ord("A") + form - 1)


def asked_when_due(due: Due, now: datetime) -> Asked:
    """What a due paper has to ask. Raises NotFound."""
    starts_at = db.session.get_one(ExamWindow, due.window_id).starts_at
    version_id = due.version_id or current_version(due.programme_key, now).id
    return asked_of(version_id, due.job_type, due.level, due.paper, starts_at, due.began_at)


def papers_due(now: datetime) -> list[Due]:
    """What should be sealed by now and is not: the examination of a window whose sealing time has come, for every booked track; in a
    demonstration programme for every track that the bank can fill."""
    windows = db.session.execute(
        select(
            ExamWindow.id,
            ExamWindow.programme_key,
            ExamWindow.paper,
            ExamWindow.starts_at,
            Programme.demonstration,
        )
        .join(Programme, Programme.key == ExamWindow.programme_key)
        .where(ExamWindow.seal_at <= now, ExamWindow.ends_at > now, ExamWindow.cancelled_at.is_(None))
        .order_by(ExamWindow.starts_at, ExamWindow.id)
    ).all()
    found: list[Due] = []
    for window in windows:
        rows = papers_of_window(window.id)
        booked = _booked(window.id, window.programme_key, window.paper, window.starts_at)
        found += [due for due in booked if not any(_serves(row, due) for row in rows)]
        if window.demonstration:
            besides = {(row.job_type, row.level) for row in rows} | {
                (one.job_type, one.level) for one in booked
            }
            tracks = _fillable_tracks(window.programme_key, window.paper, besides, now)
            found += [
                Due(window.id, window.programme_key, *track, (), paper=window.paper) for track in tracks
            ]
    return found


def _serves(row: PaperRow, due: Due) -> bool:
    same_track = (row.job_type, row.level) == (due.job_type, due.level)
    return same_track and row.paper in (due.paper, EVERY) and row.blueprint in (due.blueprint, EVERY)


def _booked(window_id: str, programme_key: str, paper: str, starts_at: datetime) -> list[Due]:
    """What the booked must be able to sit, by track and fingerprint: who is asked the same sits together."""
    rows = db.session.execute(
        select(Enrolment, Booking.user_id)
        .join(Enrolment, Enrolment.id == Booking.enrolment_id)
        .where(Booking.window_id == window_id, Booking.status.in_(("held", "used")))
        .order_by(Enrolment.job_type, Enrolment.level, Enrolment.programme_version_id, Booking.user_id)
    )
    found: dict[tuple[str, str, str, str], Due] = {}
    known: dict[tuple[str, str, str, date], Asked | None] = {}
    for enrolment, user_id in rows:
        asked = _asked_once(known, enrolment, paper, starts_at)
        if asked is None:
            continue
        key = (enrolment.job_type, enrolment.level, asked.spec.slug, asked.key)
        due = found.get(key) or Due(
            window_id,
            programme_key,
            *key[:2],
            (),
            enrolment.programme_version_id,
            asked.key,
            asked.spec.slug,
            enrolment.created_at,
        )
        found[key] = replace(due, booked=(*due.booked, user_id))
    return list(found.values())


def _asked_once(
    known: dict[tuple[str, str, str, date], Asked | None],
    enrolment: Enrolment,
    paper: str,
    starts_at: datetime,
) -> Asked | None:
    """What is asked of who began on the same day under the same version is looked up once."""
    version_id = enrolment.programme_version_id
    day = local_day(enrolment.created_at, str(rules_of(version_id).zone))
    place = (version_id, enrolment.job_type, enrolment.level, day)
    if place not in known:
        known[place] = _asked(enrolment, paper, starts_at)
    return known[place]


def _asked(enrolment: Enrolment, paper: str, starts_at: datetime) -> Asked | None:
    track = (enrolment.job_type, enrolment.level)
    try:
        return asked_of(enrolment.programme_version_id, *track, paper, starts_at, enrolment.created_at)
    except NotFound:
        return None


def _fillable_tracks(programme_key: str, paper: str, besides: Set[Track], now: datetime) -> list[Track]:
    """Tracks for which the bank has a whole paper; counted before anything is assembled."""
    version = current_version(programme_key, now)
    rules = current_rules(programme_key, now)
    found = []
    for track in rules.tracks():
        key = (track.job_type, track.level)
        if key in besides or paper not in rules.examinations(track.level):
            continue
        asked = asked_of(version.id, *key, paper, now)
        if _stock(asked) >= asked.spec.item_count and is_feasible(asked):
            found.append(key)
    return found


def _stock(asked: Asked) -> int:
    job_type, level = pool_name(asked.track)
    levels = [level, str(int(level) + 1)] if has_lower(asked.track, asked.blueprint) else [level]
    return sum(sum(supply(job_type, one).values()) for one in levels)


def items_met(user_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """By person, the items of all papers that they sat: tracks share items, a level those of the one below and all the common ones. A
    booking of before forms met all of its window and track."""
    rows = db.session.execute(
        select(Booking.user_id, PaperItem.item_id)
        .join(Enrolment, Enrolment.id == Booking.enrolment_id)
        .join(Paper, _sat())
        .join(PaperItem, PaperItem.paper_id == Paper.id)
        .where(Booking.user_id.in_(user_ids), Booking.status == "used")
        .distinct()
    )
    found: dict[str, set[str]] = defaultdict(set)
    for user_id, item_id in rows:
        found[user_id].add(item_id)
    return {user_id: frozenset(items) for user_id, items in found.items()}


def _sat() -> ColumnElement[bool]:
    track = and_(Paper.job_type == Enrolment.job_type, Paper.level == Enrolment.level)
    unnamed = and_(Booking.paper_id.is_(None), Paper.window_id == Booking.window_id, track)
    return or_(Paper.id == Booking.paper_id, unnamed)


def paper_for(booking: Booking) -> Paper:
    """The form that a candidate sits: the one begun, else of the sealed ones the one whose items they have met least, and among equals
    in turn by ticket. Raises NotFound while none is sealed."""
    return form_for(booking, forms_for(booking))


def form_for(booking: Booking, forms: Sequence[Paper]) -> Paper:
    """That one of these forms."""
    if len(forms) == 1:
        return forms[0]
    met = items_met([booking.user_id]).get(booking.user_id, frozenset())
    contents = _contents(forms)
    serial = int((booking.ticket_number or "0").replace(" ", "")[-4:])
    return forms[least_met([contents[form.id] for form in forms], met, serial)]


def forms_for(booking: Booking) -> list[Paper]:
    """The forms that a candidate may get, in order: the one begun alone, else all that were sealed for who is asked the same. Raises
    NotFound while there is none."""
    if booking.paper_id is not None:
        return [db.session.get_one(Paper, booking.paper_id)]
    enrolment = db.session.get_one(Enrolment, booking.enrolment_id)
    window = db.session.get_one(ExamWindow, booking.window_id)
    asked = _asked(enrolment, window.paper, window.starts_at)
    track = (enrolment.job_type, enrolment.level)
    return _forms(window.id, *track, window.paper, asked.key if asked else EVERY, asked)


def unopened_papers(now: datetime) -> list[str]:
    """Sealed papers whose exam has begun and whose items do not stand in rows yet."""
    query = (
        select(Paper.id)
        .join(ExamWindow, ExamWindow.id == Paper.window_id)
        .where(Paper.opened_at.is_(None), ExamWindow.starts_at <= now, ExamWindow.cancelled_at.is_(None))
        .order_by(ExamWindow.starts_at, Paper.id)
    )
    return list(db.session.scalars(query))


def _forms(
    window_id: str, job_type: str, level: str, paper: str, key: str, asked: Asked | None
) -> list[Paper]:
    """The forms sealed for who is asked this, in order. Raises NotFound."""
    names = (asked.spec.slug, EVERY) if asked and not paper else (paper,)
    rows = db.session.scalars(
        select(Paper)
        .where(Paper.window_id == window_id, Paper.job_type == job_type, Paper.level == level)
        .where(Paper.paper.in_(names), Paper.blueprint.in_((key, EVERY)))
        .order_by(Paper.blueprint.desc(), Paper.form)
    ).all()
    found = [row for row in rows if row.blueprint == rows[0].blueprint]
    if not found:
        raise NotFound("PAPER_NOT_SEALED")
    return found


def _contents(forms: Sequence[Paper]) -> dict[str, frozenset[str]]:
    """The items of forms; of those that are not opened, from their sealed part."""
    opened = [form.id for form in forms if form.opened_at is not None]
    rows = db.session.execute(
        select(PaperItem.paper_id, PaperItem.item_id).where(PaperItem.paper_id.in_(opened))
    )
    found: dict[str, set[str]] = defaultdict(set)
    for paper_id, item_id in rows:
        found[paper_id].add(item_id)
    sealed = {
        form.id: {entry["item_id"] for entry in key(form)["items"]}
        for form in forms
        if form.opened_at is None
    }
    return {form.id: frozenset(found[form.id] | sealed.get(form.id, set())) for form in forms}


def spec_for(enrolment: Enrolment, window: ExamWindow) -> PaperSpec:
    """The examination that an enrolment sits in a window. Raises NotFound."""
    track, version_id = (enrolment.job_type, enrolment.level), enrolment.programme_version_id
    return asked_of(version_id, *track, window.paper, window.starts_at, enrolment.created_at).spec


def sealed_at(window_id: str, enrolment: Enrolment) -> datetime | None:
    """When the paper that this enrolment will sit was sealed; None while it is not. Its content is not touched."""
    window = db.session.get_one(ExamWindow, window_id)
    asked = _asked(enrolment, window.paper, window.starts_at)
    if asked is None:
        return None
    due = Due(window_id, "", enrolment.job_type, enrolment.level, (), "", asked.key, asked.spec.slug)
    return next((row.sealed_at for row in papers_of_window(window_id) if _serves(row, due)), None)


def papers_of_window(window_id: str) -> list[PaperRow]:
    """The sealed papers of a window, without their content."""
    columns = (
        Paper.id,
        Paper.job_type,
        Paper.level,
        Paper.paper,
        Paper.form,
        Paper.item_count,
        Paper.total_points,
        Paper.sha256,
        Paper.sealed_at,
        Paper.proof,
        Paper.blueprint,
        Paper.programme_version_id,
        ProgrammeVersion.number,
    )
    query = (
        select(*columns)
        .outerjoin(ProgrammeVersion, ProgrammeVersion.id == Paper.programme_version_id)
        .where(Paper.window_id == window_id)
        .order_by(
            Paper.job_type, Paper.level, Paper.paper, ProgrammeVersion.number, Paper.blueprint, Paper.form
        )
    )
    return [PaperRow(*row) for row in db.session.execute(query)]
