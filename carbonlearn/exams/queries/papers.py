"""Papers: which are due, what the bank can bring for one, and the sealed ones opened and checked.

``face`` may be shown to a candidate who has begun. ``key`` is for marking alone; nothing that answers a candidate calls it.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import select

from carbonlearn.catalogue.models import Programme, ProgrammeVersion
from carbonlearn.catalogue.queries import current_rules, rules_of
from carbonlearn.catalogue.rules.programme import PaperSpec, ProgrammeRules, Track
from carbonlearn.core.decision import Reason
from carbonlearn.core.errors import NotFound
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, ExamWindow, Paper, PaperItem
from carbonlearn.exams.rules.assembly import Assembly, ItemFacts, assemble
from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota, prove
from carbonlearn.exams.rules.form import fingerprint
from carbonlearn.infra import vault
from carbonlearn.infra.cipher import CipherError
from carbonlearn.infra.db import db
from carbonlearn.question_bank.queries import BankItem, live_items, supply

FACE, KEY = "paper-face", "paper-key"
ANY_FUNCTION = "any"
CACHED_FACES = 64
FORM = 1
EVERY = ""  # the blueprint of a paper that serves every version


class PaperDamaged(RuntimeError):
    """A stored paper does not match the hash it was sealed with. Nobody is to sit or mark it."""


@dataclass(frozen=True, slots=True)
class Due:
    """A paper that should exist: for a window, a track and a version (empty: the one in force). ``booked`` holds who will sit it,
    under this version or under others that ask for the same."""

    window_id: str
    programme_key: str
    job_type: str
    level: str
    booked: tuple[str, ...]
    version_id: str = ""
    blueprint: str = ""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A sealed paper as the desk shows it: no content."""

    job_type: str
    level: str
    item_count: int
    total_points: int
    sha256: str
    sealed_at: datetime
    proof: dict[str, Any]
    blueprint: str
    version_id: str | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What assembling would give: the quotas asked and met, faults of the specification, and what the bank lacks."""

    proof: Mapping[str, object]
    faults: tuple[Reason, ...]
    assembly: Assembly | None

    @property
    def stands(self) -> bool:
        """Whether there is a paper."""
        return self.assembly is not None and bool(self.assembly.items)


def blueprint_of(rules: ProgrammeRules, track: Track, spec: PaperSpec) -> Blueprint:
    """Types from the split, functions from the national weights; where those have no such track, the functions are left open."""
    weights = rules.weights(track) or ((ANY_FUNCTION, 100),)
    return Blueprint(
        types=tuple(TypeQuota(row.type, row.count, row.points) for row in spec.split),
        functions=tuple(FunctionWeight(function, percent) for function, percent in weights),
        total_points=spec.total_points,
        item_count=spec.item_count,
    )


def pool_of(track: Track) -> list[BankItem]:
    """The live items that a paper of this track may use."""
    return live_items(*_pool_name(track))


def _pool_name(track: Track) -> tuple[str, str]:
    return track.occupation_job_type or track.job_type, track.occupation_level or track.level


def assembled(blueprint: Blueprint, pool: Sequence[BankItem], seed: str, avoid: frozenset[str]) -> Assembly:
    """The paper that this pool gives under this seed."""
    is_open = [weight.function for weight in blueprint.functions] == [ANY_FUNCTION]
    facts = [
        ItemFacts(item.id, ANY_FUNCTION if is_open else item.function, item.type, item.difficulty)
        for item in pool
    ]
    return assemble(blueprint, facts, seed.encode(), avoid)


def assemble_preview(programme_key: str, job_type: str, level: str, seed: str, now: datetime) -> Preview:
    """Assemble without storing. Raises NotFound for an unknown programme, track or paper."""
    rules = current_rules(programme_key, now)
    track = rules.track(job_type, level)
    blueprint = blueprint_of(rules, track, rules.paper(level))
    faults = prove(blueprint)
    if faults:
        return Preview({}, faults, None)
    assembly = assembled(blueprint, pool_of(track), seed, frozenset())
    return Preview(assembly.proof, (), assembly)


def papers_due(now: datetime) -> list[Due]:
    """What should be sealed by now and is not: every booked track of a window whose sealing time has come; in a demonstration
    programme every track that the bank can fill."""
    windows = db.session.execute(
        select(ExamWindow.id, ExamWindow.programme_key, Programme.demonstration)
        .join(Programme, Programme.key == ExamWindow.programme_key)
        .where(ExamWindow.seal_at <= now, ExamWindow.ends_at > now, ExamWindow.cancelled_at.is_(None))
        .order_by(ExamWindow.starts_at, ExamWindow.id)
    ).all()
    found: list[Due] = []
    for window in windows:
        sealed = {(row.job_type, row.level, row.blueprint) for row in papers_of_window(window.id)}
        booked = _booked_forms(window.id, window.programme_key)
        found += [due for key, due in booked.items() if not {key, (*key[:2], EVERY)} & sealed]
        if window.demonstration:
            besides = {(job_type, level) for job_type, level, _ in sealed | booked.keys()}
            tracks = _fillable_tracks(window.programme_key, besides, now)
            found += [Due(window.id, window.programme_key, *track, ()) for track in tracks]
    return found


def _booked_forms(window_id: str, programme_key: str) -> dict[tuple[str, str, str], Due]:
    """What the booked must be able to sit, by track and fingerprint: who is held to versions that ask for the same sits together."""
    rows = db.session.execute(
        select(Enrolment.job_type, Enrolment.level, Enrolment.programme_version_id, Booking.user_id)
        .join(Enrolment, Enrolment.id == Booking.enrolment_id)
        .where(Booking.window_id == window_id, Booking.status.in_(("held", "used")))
        .order_by(Enrolment.job_type, Enrolment.level, Enrolment.programme_version_id, Booking.user_id)
    )
    found: dict[tuple[str, str, str], Due] = {}
    for job_type, level, version_id, user_id in rows:
        key = (job_type, level, blueprint_key(version_id, job_type, level))
        due = found.get(key) or Due(window_id, programme_key, job_type, level, (), version_id, key[2])
        found[key] = replace(due, booked=(*due.booked, user_id))
    return found


def blueprint_key(version_id: str, job_type: str, level: str) -> str:
    """The fingerprint of what a version asks of a track; empty where it has no such track or no written paper for it."""
    rules = rules_of(version_id)
    try:
        track, spec = rules.track(job_type, level), rules.paper(level)
    except NotFound:
        return EVERY
    asked = blueprint_of(rules, track, spec)
    return fingerprint(asked, _pool_name(track), spec.pass_points, spec.duration_seconds)


def _fillable_tracks(
    programme_key: str, besides: Set[tuple[str, str]], now: datetime
) -> list[tuple[str, str]]:
    """Tracks for which the bank has a whole paper; counted before anything is assembled."""
    rules = current_rules(programme_key, now)
    found = []
    for track in rules.tracks():
        key = (track.job_type, track.level)
        papers = rules.papers(track.level)
        if key in besides or not papers or sum(supply(*_pool_name(track)).values()) < papers[0].item_count:
            continue
        if assemble_preview(programme_key, *key, "", now).stands:
            found.append(key)
    return found


def items_seen(user_ids: Sequence[str], job_type: str, level: str) -> frozenset[str]:
    """Items of earlier papers of this track that any of these people sat."""
    return frozenset(
        db.session.scalars(
            select(PaperItem.item_id)
            .join(Paper, Paper.id == PaperItem.paper_id)
            .join(Booking, Booking.window_id == Paper.window_id)
            .join(Enrolment, Enrolment.id == Booking.enrolment_id)
            .where(
                Booking.user_id.in_(user_ids),
                Booking.status == "used",
                Paper.job_type == job_type,
                Paper.level == level,
                Enrolment.job_type == job_type,
                Enrolment.level == level,
            )
            .distinct()
        )
    )


def paper_of(window_id: str, job_type: str, level: str, version_id: str) -> Paper:
    """The sealed paper of a window for a track, for who is held to this version. Raises NotFound while there is none."""
    key = blueprint_key(version_id, job_type, level)
    paper = db.session.scalar(
        select(Paper)
        .where(Paper.window_id == window_id, Paper.job_type == job_type, Paper.level == level)
        .where(Paper.form == FORM, Paper.blueprint.in_((key, EVERY)))
        .order_by(Paper.blueprint.desc())
        .limit(1)
    )
    if paper is None:
        raise NotFound("PAPER_NOT_SEALED")
    return paper


def sealed_at(window_id: str, enrolment: Enrolment) -> datetime | None:
    """When the paper that this enrolment will sit was sealed; None while it is not. Its content is not touched."""
    key = blueprint_key(enrolment.programme_version_id, enrolment.job_type, enrolment.level)
    for row in papers_of_window(window_id):
        same_track = (row.job_type, row.level) == (enrolment.job_type, enrolment.level)
        if same_track and row.blueprint in (key, EVERY):
            return row.sealed_at
    return None


def papers_of_window(window_id: str) -> list[PaperRow]:
    """The sealed papers of a window, without their content."""
    columns = (
        Paper.job_type,
        Paper.level,
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
        .order_by(Paper.job_type, Paper.level, ProgrammeVersion.number, Paper.blueprint)
    )
    return [PaperRow(*row) for row in db.session.execute(query)]


def open_answers(window_id: str) -> list[tuple[Paper, list[dict[str, Any]]]]:
    """The sealed papers of a demonstration's window with their keys, so that whoever walks it once can pass.

    Raises NotFound for the window of any other programme: nobody reads a real key before it is marked.
    """
    demonstrated = db.session.scalar(
        select(Programme.demonstration)
        .join(ExamWindow, ExamWindow.programme_key == Programme.key)
        .where(ExamWindow.id == window_id)
    )
    if not demonstrated:
        raise NotFound("WINDOW_NOT_FOUND")
    papers = db.session.scalars(select(Paper).where(Paper.window_id == window_id).order_by(Paper.sealed_at))
    return [(paper, key(paper)["items"]) for paper in papers]


def seal_hash(face_bytes: bytes, key_bytes: bytes) -> str:
    """The SHA-256 over both plaintexts in their canonical form."""
    return hashlib.sha256(face_bytes + b"\n" + key_bytes).hexdigest()


_faces: OrderedDict[str, dict[str, Any]] = OrderedDict()
_faces_lock = Lock()


def face(paper: Paper) -> dict[str, Any]:
    """What a candidate sees, checked against the seal once in a process. Raises PaperDamaged."""
    with _faces_lock:
        known = _faces.get(paper.id)
    if known is None:
        known = json.loads(_opened(paper)[0])
        with _faces_lock:
            _faces[paper.id] = known
            while len(_faces) > CACHED_FACES:
                _faces.popitem(last=False)
    return known


def key(paper: Paper) -> dict[str, Any]:
    """Keys, rubrics and explanations, checked against the seal each time and kept nowhere. Raises PaperDamaged."""
    opened: dict[str, Any] = json.loads(_opened(paper)[1])
    return opened


def _opened(paper: Paper) -> tuple[bytes, bytes]:
    cipher = vault.cipher()
    try:
        plain = cipher.decrypt_bytes(FACE, paper.face), cipher.decrypt_bytes(KEY, paper.key)
    except CipherError as error:
        raise PaperDamaged(f"paper {paper.id} cannot be opened") from error
    if seal_hash(*plain) != paper.sha256:
        raise PaperDamaged(f"paper {paper.id} does not match its seal")
    return plain
