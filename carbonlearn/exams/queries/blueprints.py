"""Blueprints: what a track's paper asks by default, the versions edited at the desk, and which of them holds for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.queries import current_version, rules_of
from carbonlearn.catalogue.rules.programme import PaperSpec, ProgrammeRules, Track, TypeSplit
from carbonlearn.core.errors import NotFound
from carbonlearn.core.windows import local_day
from carbonlearn.exams.models import BlueprintDecision, BlueprintVersion
from carbonlearn.exams.queries.pools import ANY_FUNCTION, pool_name
from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota
from carbonlearn.exams.rules.drawing import Drawing
from carbonlearn.exams.rules.edition import Edition, blueprint_from, chosen, drawing_from
from carbonlearn.exams.rules.form import fingerprint
from carbonlearn.infra.db import db

APPROVED, RETURNED = "approved", "returned"
Approved = tuple[BlueprintVersion, date]  # with the day from which it holds


@dataclass(frozen=True, slots=True)
class Asked:
    """What a candidate of a track is asked in one examination: the programme's paper with the blueprint that holds.

    ``number`` and ``edition_id`` are those of the version edited at the desk; 0 and None: as the programme says. ``key`` tells apart
    what is asked, not how it is drawn.
    """

    version_id: str
    rules: ProgrammeRules
    track: Track
    spec: PaperSpec
    blueprint: Blueprint
    key: str
    number: int = 0
    edition_id: str | None = None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the history of a blueprint, with its people and what was decided."""

    version: BlueprintVersion
    drafted_by: str
    decision: BlueprintDecision | None
    decided_by: str | None

    @property
    def waits(self) -> bool:
        """Whether a second person has not spoken yet."""
        return self.decision is None


def blueprint_of(rules: ProgrammeRules, track: Track, spec: PaperSpec) -> Blueprint:
    """Types from the split, functions from the national weights; where those have no such track, the functions are left open."""
    weights = rules.weights(track, spec.kind) or ((ANY_FUNCTION, 100),)
    return Blueprint(
        types=tuple(TypeQuota(row.type, row.count, row.points) for row in spec.split),
        functions=tuple(FunctionWeight(function, percent) for function, percent in weights),
        total_points=spec.total_points,
        item_count=spec.item_count,
        drawing=_default_drawing(rules, track),
    )


def _default_drawing(rules: ProgrammeRules, track: Track) -> Drawing:
    lower = rules.drawing["lower_percent"].get(pool_name(track)[1], 0)
    return drawing_from({**rules.drawing, "lower_percent": lower})


def default_asked(version_id: str, job_type: str, level: str, paper: str = "") -> Asked:
    """What a version of the programme itself asks. Raises NotFound for an unknown track or paper."""
    rules = rules_of(version_id)
    track, spec = rules.track(job_type, level), rules.paper_named(level, paper)
    blueprint = blueprint_of(rules, track, spec)
    return Asked(version_id, rules, track, spec, blueprint, key_of(track, spec, blueprint))


def key_of(track: Track, spec: PaperSpec, blueprint: Blueprint) -> str:
    """The fingerprint of what is asked."""
    return fingerprint(blueprint, pool_name(track), spec.pass_points, spec.duration_seconds)


def blueprint_key(version_id: str, job_type: str, level: str, paper: str = "") -> str:
    """The fingerprint of what a version of the programme itself asks of a track; empty where it has no such track or written paper."""
    try:
        return default_asked(version_id, job_type, level, paper).key
    except NotFound:
        return ""


def asked_of(
    version_id: str,
    job_type: str,
    level: str,
    paper: str,
    starts_at: datetime,
    began_at: datetime | None = None,
) -> Asked:
    """What is asked in a window that starts then of an enrolment held to this version that began then (None: whoever begins now).
    Raises NotFound for an unknown track or paper."""
    asked = default_asked(version_id, job_type, level, paper)
    rows = _approved(*_of(asked.rules.key, job_type, level, asked.spec.slug))
    return _as_edited(asked, rows, starts_at, began_at)


def all_asked(version_id: str, starts_at: datetime) -> list[Asked]:
    """What a window that starts then asks, in every examination of every track, of whoever begins now; as many statements as for one."""
    rules = rules_of(version_id)
    rows: dict[tuple[str, str, str], list[Approved]] = defaultdict(list)
    for version, day in _approved(BlueprintVersion.programme_key == rules.key):
        rows[version.job_type, version.level, version.paper].append((version, day))
    places = [
        (track.job_type, track.level, spec.slug)
        for track in rules.tracks()
        for spec in rules.papers(track.level)
    ]
    return [_as_edited(default_asked(version_id, *place), rows[place], starts_at) for place in places]


def _as_edited(
    asked: Asked, rows: Sequence[Approved], starts_at: datetime, began_at: datetime | None = None
) -> Asked:
    """What is asked, in the version among the approved ones that holds then."""
    zone = str(asked.rules.zone)
    began_on = local_day(began_at, zone) if began_at else None
    found = chosen([_edition(*row) for row in rows], asked.key, local_day(starts_at, zone), began_on)
    if found is None:
        return asked
    version = next(row[0] for row in rows if row[0].id == found.id)
    return edited(asked, version)


def current_asked(programme_key: str, job_type: str, level: str, paper: str, now: datetime) -> Asked:
    """What is asked today of whoever begins today. Raises NotFound."""
    return asked_of(current_version(programme_key, now).id, job_type, level, paper, now)


def edited(asked: Asked, version: BlueprintVersion) -> Asked:
    """What is asked with an edited version in the place of the programme's own."""
    blueprint = blueprint_from(version.data)
    spec = spec_with(asked.spec, blueprint)
    key = key_of(asked.track, spec, blueprint)
    return replace(
        asked, blueprint=blueprint, spec=spec, key=key, number=version.number, edition_id=version.id
    )


def spec_with(spec: PaperSpec, blueprint: Blueprint) -> PaperSpec:
    """The paper as its blueprint divides it; total, pass line and time stay the programme's."""
    split = tuple(TypeSplit(quota.type, quota.count, quota.points) for quota in blueprint.types)
    return replace(spec, split=split, item_count=blueprint.count)


def _edition(version: BlueprintVersion, effective_from: date) -> Edition:
    base = default_asked(version.programme_version_id, version.job_type, version.level, version.paper)
    key = edited(base, version).key
    return Edition(version.id, version.number, effective_from, base.key, key)


def _approved(*of: ColumnElement[bool]) -> list[Approved]:
    rows = db.session.execute(
        select(BlueprintVersion, BlueprintDecision.effective_from)
        .join(BlueprintDecision, BlueprintDecision.version_id == BlueprintVersion.id)
        .where(*of, BlueprintDecision.decision == APPROVED)
        .order_by(BlueprintVersion.number)
    )
    return [(version, day) for version, day in rows if day is not None]


def _of(programme: str, job_type: str, level: str, paper: str) -> tuple[ColumnElement[bool], ...]:
    row = BlueprintVersion
    return (
        row.programme_key == programme,
        row.job_type == job_type,
        row.level == level,
        row.paper == paper,
    )


def versions_of(programme: str, job_type: str, level: str, paper: str) -> list[VersionLine]:
    """Every version of a blueprint, newest first, with who wrote it and what a second person said."""
    drafter, decider = User.__table__.alias("drafter"), User.__table__.alias("decider")
    rows = db.session.execute(
        select(BlueprintVersion, drafter.c.name, BlueprintDecision, decider.c.name)
        .join(drafter, drafter.c.id == BlueprintVersion.drafted_by)
        .outerjoin(BlueprintDecision, BlueprintDecision.version_id == BlueprintVersion.id)
        .outerjoin(decider, decider.c.id == BlueprintDecision.decided_by)
        .where(*_of(programme, job_type, level, paper))
        .order_by(BlueprintVersion.number.desc())
    )
    return [VersionLine(*row) for row in rows]


def blueprint_version(version_id: str, *, lock: bool = False) -> BlueprintVersion:
    """One version. ``lock`` holds its row until the unit of work ends. Raises NotFound."""
    found = db.session.get(BlueprintVersion, version_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound("BLUEPRINT_NOT_FOUND")
    return found


def decision_of(version_id: str) -> BlueprintDecision | None:
    """The second person's word on a version, if it was given."""
    return db.session.get(BlueprintDecision, version_id)


def waiting(programmes: Sequence[str]) -> list[BlueprintVersion]:
    """The versions of these programmes that wait for a second person."""
    query = (
        select(BlueprintVersion)
        .outerjoin(BlueprintDecision, BlueprintDecision.version_id == BlueprintVersion.id)
        .where(BlueprintVersion.programme_key.in_(programmes), BlueprintDecision.version_id.is_(None))
        .order_by(BlueprintVersion.drafted_at)
    )
    return list(db.session.scalars(query))
