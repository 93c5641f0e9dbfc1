"""A mock begins: a paper of the mock pool by the real paper's own rules, sealed, and the clock started."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from carbonlearn.catalogue.rules.programme import PaperSpec
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.queries import OwnPlace
from carbonlearn.exams.queries.feasibility import preview_of
from carbonlearn.exams.queries.sealed import FACE, KEY, seal_hash
from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.services.papers import face_of, key_of
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_token
from carbonlearn.practice.models import MockPaper, MockSitting
from carbonlearn.practice.queries.mocks import (
    Offer,
    begun_since,
    met_in_mocks,
    offer_of,
    own_overdue_ids,
    own_running,
)
from carbonlearn.practice.rules.mock import Scale
from carbonlearn.practice.services.answering import hold
from carbonlearn.practice.services.mock_end import close_if_overdue
from carbonlearn.question_bank.queries import BankItem
from carbonlearn.sittings.queries import login_id
from carbonlearn.sittings.rules.deadline import Times, must_submit_by

MOCK_NAME = "模拟"
ONE_DAY, MOST_A_DAY = timedelta(days=1), 6  # papers are stored whole; more in a day is no practice


@dataclass(frozen=True, slots=True)
class Drawn:
    """A paper worked out and sealed: its proportion of the real one, its items in order, its own specification, seed and proof."""

    scale: Scale
    items: tuple[BankItem, ...]
    spec: PaperSpec
    seed: str
    proof: dict[str, Any]
    face: bytes
    key: bytes
    sha256: str


def prepare(place: OwnPlace, *, actor: Actor, now: datetime) -> Drawn:
    """Work a mock's paper out; reads only, outside of any unit of work, since it may take a while. Items shown in earlier mocks are used
    only for want of others. Raises Conflict MOCK_POOL_SHORT where the pool cannot carry even the smallest paper, MOCKS_ENOUGH."""
    _require_another(actor, now)
    offer = offer_of(place, now)
    if offer is None or offer.blueprint is None:
        raise Conflict("MOCK_POOL_SHORT")
    return _drawn(place, offer, offer.blueprint, actor.user_id)


def start(place: OwnPlace, drawn: Drawn, *, actor: Actor, now: datetime) -> MockSitting:
    """Begin a mock with this paper on this device; one that is running already is given back. Raises Conflict MOCKS_ENOUGH after six
    within a day."""
    hold(actor.user_id)
    for overdue in own_overdue_ids(actor.user_id, now):
        close_if_overdue(overdue, now=now)
    running = own_running(actor.user_id, now)
    if running is not None:
        return running
    _require_another(actor, now)
    sitting = _sitting(place, drawn, actor, now)
    db.session.add(sitting)
    db.session.flush()
    db.session.add(_sealed(sitting.id, drawn, now))
    return sitting


def _require_another(actor: Actor, now: datetime) -> None:
    if begun_since(actor.user_id, now - ONE_DAY) >= MOST_A_DAY:
        raise Conflict("MOCKS_ENOUGH", most=MOST_A_DAY)


def _drawn(place: OwnPlace, offer: Offer, blueprint: Blueprint, user_id: str) -> Drawn:
    seed, met = new_token(), met_in_mocks(user_id)
    preview = preview_of(blueprint, offer.pool, seed, (met,) if met else ())
    if preview.assembly is None or not preview.stands:  # what was reckoned for the offer says that it stands
        raise RuntimeError(f"no mock paper came of its blueprint: {preview.broken or preview.faults}")
    items = tuple(offer.pool.items[chosen.id] for chosen in preview.assembly.items)
    spec, cipher = _shrunk(offer, blueprint), vault.cipher()
    face = canonical_json(face_of(_name(place, spec), items, spec))
    key = canonical_json(key_of(items, spec))
    sealed = cipher.encrypt_bytes(FACE, face), cipher.encrypt_bytes(KEY, key), seal_hash(face, key)
    return Drawn(offer.scale, items, spec, seed, dict(preview.proof), *sealed)


def _name(place: OwnPlace, spec: PaperSpec) -> str:
    track = place.track
    return " ".join(part for part in (track.name, track.level_name, spec.name, MOCK_NAME) if part)


def _shrunk(offer: Offer, blueprint: Blueprint) -> PaperSpec:
    """The real paper's specification in the mock's proportion."""
    counts = Counter({quota.type: quota.count for quota in blueprint.types})
    split = tuple(replace(row, count=counts[row.type]) for row in offer.spec.split)
    return replace(
        offer.spec,
        split=split,
        item_count=blueprint.count,
        total_points=blueprint.total_points,
        pass_points=offer.scale.of(offer.spec.pass_points),
        duration_seconds=offer.scale.of(offer.spec.duration_seconds),
    )


def _sitting(place: OwnPlace, drawn: Drawn, actor: Actor, now: datetime) -> MockSitting:
    spec = drawn.spec
    duration = timedelta(seconds=spec.duration_seconds)
    return MockSitting(
        user_id=actor.user_id,
        enrolment_id=place.id,
        job_type=place.track.job_type,
        level=place.track.level,
        parts=drawn.scale.parts,
        whole=drawn.scale.whole,
        item_count=spec.item_count,
        shown=[item.id for item in drawn.items],
        total_points=spec.total_points,
        pass_points=spec.pass_points,
        duration_seconds=spec.duration_seconds,
        status="running",
        started_at=now,
        must_submit_by=must_submit_by(Times(now, duration, now + duration)),
        device=login_id(actor),
        own_points={},
    )


def _sealed(sitting_id: str, drawn: Drawn, now: datetime) -> MockPaper:
    return MockPaper(
        sitting_id=sitting_id,
        seed=drawn.seed,
        proof=drawn.proof,
        face=drawn.face,
        key=drawn.key,
        sha256=drawn.sha256,
        sealed_at=now,
    )
