"""Edit a blueprint: a new version, proved before it is kept; and the second person who puts it in force from a day on."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import func, select

from carbonlearn.audit.services import record
from carbonlearn.catalogue.models import Programme
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.errors import Conflict, Invalid, Refused
from carbonlearn.core.permissions import Actor
from carbonlearn.core.windows import local_day
from carbonlearn.exams.models import BlueprintDecision, BlueprintVersion
from carbonlearn.exams.queries.blueprints import APPROVED, RETURNED, Asked, blueprint_version, decision_of
from carbonlearn.exams.queries.feasibility import report
from carbonlearn.exams.queries.pools import pool_of
from carbonlearn.exams.rules.blueprint import Blueprint, prove
from carbonlearn.exams.rules.edition import data_of
from carbonlearn.infra.db import db
from carbonlearn.infra.solver import SECONDS

REASON = (2, 500)


def draft_blueprint(
    asked: Asked, blueprint: Blueprint, reason: str, *, actor: Actor, now: datetime
) -> BlueprintVersion:
    """A new version of what is asked. Raises Invalid: BLUEPRINT_FAULTY, BLUEPRINT_UNCHANGED, REASON_LENGTH."""
    faults = prove(blueprint)
    if faults:
        raise Invalid("BLUEPRINT_FAULTY", code=faults[0].code, count=len(faults))
    data = data_of(blueprint)
    if data == data_of(asked.blueprint):
        raise Invalid("BLUEPRINT_UNCHANGED")
    _check_reason(reason)
    place = (asked.rules.key, asked.track.job_type, asked.track.level, asked.spec.slug)
    version = BlueprintVersion(
        programme_key=place[0],
        programme_version_id=asked.version_id,
        job_type=place[1],
        level=place[2],
        paper=place[3],
        number=_next_number(*place),
        data=data,
        sha256=sha256(canonical_json(data)).hexdigest(),
        reason=reason.strip(),
        drafted_by=actor.user_id,
        drafted_at=now,
    )
    db.session.add(version)
    db.session.flush()
    _note("blueprint:draft", version, reason, actor, now)
    return version


def ensure_decided(asked: Asked) -> None:
    """That it can be told today whether there are papers of this blueprint, so that sealing one will come to an end; reads and reckons
    only, for some seconds. Raises Conflict BLUEPRINT_UNDECIDED."""
    if report(asked.blueprint, pool_of(asked.track, asked.blueprint), SECONDS).undecided:
        raise Conflict("BLUEPRINT_UNDECIDED")


def decide_blueprint(
    version_id: str, *, approve: bool, effective_from: date | None, reason: str, actor: Actor, now: datetime
) -> BlueprintDecision:
    """A second person's word: in force for windows from a day on, or returned. Raises NotFound; Refused BLUEPRINT_OWN; Conflict
    BLUEPRINT_DECIDED; Invalid: BLUEPRINT_DAY, REASON_LENGTH."""
    version = blueprint_version(version_id, lock=True)
    if version.drafted_by == actor.user_id:
        raise Refused("BLUEPRINT_OWN")
    if decision_of(version_id) is not None:
        raise Conflict("BLUEPRINT_DECIDED")
    _check_reason(reason)
    if approve and (effective_from is None or effective_from < _today(version, now)):
        raise Invalid("BLUEPRINT_DAY")
    decision = BlueprintDecision(
        version_id=version_id,
        decision=APPROVED if approve else RETURNED,
        effective_from=effective_from if approve else None,
        reason=reason.strip(),
        decided_by=actor.user_id,
        decided_at=now,
    )
    db.session.add(decision)
    db.session.flush()
    _note("blueprint:approve" if approve else "blueprint:return", version, reason, actor, now, effective_from)
    return decision


def _today(version: BlueprintVersion, now: datetime) -> date:
    return local_day(now, str(rules_of(version.programme_version_id).zone))


def _check_reason(reason: str) -> None:
    least, most = REASON
    if not least <= len(reason.strip()) <= most:
        raise Invalid("REASON_LENGTH", limit=most)


def _next_number(programme: str, job_type: str, level: str, paper: str) -> int:
    db.session.get_one(
        Programme, programme, with_for_update=True
    )  # so that two at once do not count to the same
    row = BlueprintVersion
    query = select(func.max(row.number)).where(
        row.programme_key == programme, row.job_type == job_type, row.level == level, row.paper == paper
    )
    return (db.session.scalar(query) or 0) + 1


def _note(
    action: str,
    version: BlueprintVersion,
    reason: str,
    actor: Actor,
    now: datetime,
    effective_from: date | None = None,
) -> None:
    facts: dict[str, object] = {
        "programme": version.programme_key,
        "job_type": version.job_type,
        "level": version.level,
        "paper": version.paper,
        "number": version.number,
        "sha256": version.sha256,
    }
    if effective_from:
        facts["effective_from"] = effective_from.isoformat()
    facts["reason"] = reason.strip()
    record(action, ("blueprint", version.id), now=now, actor_id=actor.user_id, facts=facts)
