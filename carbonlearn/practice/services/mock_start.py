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
from carbonlearn.practice.queries.mocks import Offer, begun_since, met_in_mocks, offer_of, own_running
from carbonlearn.practice.services.answering import hold
from carbonlearn.question_bank.queries import BankItem
from carbonlearn.sittings.queries import login_id
from carbonlearn.sittings.rules.deadline import Times, must_submit_by

MOCK_NAME = "模拟"
ONE_DAY, MOST_A_DAY = timedelta(days=1), 6  # papers are stored whole; more in a day is no practice


@dataclass(frozen=True, slots=True)
class Drawn:
    """A paper worked out: its items in order, its own specification, seed and proof."""

    items: tuple[BankItem, ...]
    spec: PaperSpec
    seed: str
    proof: dict[str, Any]


def start(place: OwnPlace, *, actor: Actor, now: datetime) -> MockSitting:
    """Begin a mock on this device; one that is running already is given back. Items met in earlier mocks are used only for want of
    others. Raises Conflict MOCK_POOL_SHORT where the pool cannot carry even the smallest paper, MOCKS_ENOUGH after six within a day."""
    hold(actor.user_id)
    running = own_running(actor.user_id, now)
    if running is not None:
        return running
    if begun_since(actor.user_id, now - ONE_DAY) >= MOST_A_DAY:
        raise Conflict("MOCKS_ENOUGH", most=MOST_A_DAY)
    offer = offer_of(place, now)
    if offer is None or offer.blueprint is None:
        raise Conflict("MOCK_POOL_SHORT")
    drawn = _drawn(offer, offer.blueprint, actor.user_id)
    sitting = _sitting(place, offer, drawn.spec, actor, now)
    db.session.add(sitting)
    db.session.flush()
    db.session.add(_sealed(sitting.id, place, drawn, now))
    return sitting


def _drawn(offer: Offer, blueprint: Blueprint, user_id: str) -> Drawn:
    seed, met = new_token(), met_in_mocks(user_id)
    preview = preview_of(blueprint, offer.pool, seed, (met,) if met else ())
    if preview.assembly is None or not preview.stands:  # what was reckoned for the offer says that it stands
        raise RuntimeError(f"no mock paper came of its blueprint: {preview.broken or preview.faults}")
    items = tuple(offer.pool.items[chosen.id] for chosen in preview.assembly.items)
    return Drawn(items, _shrunk(offer, blueprint), seed, dict(preview.proof))


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


def _sitting(place: OwnPlace, offer: Offer, spec: PaperSpec, actor: Actor, now: datetime) -> MockSitting:
    duration = timedelta(seconds=spec.duration_seconds)
    return MockSitting(
        user_id=actor.user_id,
        enrolment_id=place.id,
        job_type=place.track.job_type,
        level=place.track.level,
        parts=offer.scale.parts,
        whole=offer.scale.whole,
        item_count=spec.item_count,
        total_points=spec.total_points,
        pass_points=spec.pass_points,
        duration_seconds=spec.duration_seconds,
        status="running",
        started_at=now,
        must_submit_by=must_submit_by(Times(now, duration, now + duration)),
        device=login_id(actor),
        own_points={},
    )


def _sealed(sitting_id: str, place: OwnPlace, drawn: Drawn, now: datetime) -> MockPaper:
    track, cipher = place.track, vault.cipher()
    name = " ".join(part for part in (track.name, track.level_name, drawn.spec.name, MOCK_NAME) if part)
    face = canonical_json(face_of(name, drawn.items, drawn.spec))
    key = canonical_json(key_of(drawn.items, drawn.spec))
    return MockPaper(
        sitting_id=sitting_id,
        seed=drawn.seed,
        proof=drawn.proof,
        face=cipher.encrypt_bytes(FACE, face),
        key=cipher.encrypt_bytes(KEY, key),
        sha256=seal_hash(face, key),
        sealed_at=now,
    )
