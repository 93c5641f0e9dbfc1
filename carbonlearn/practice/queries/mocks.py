"""Mocks: what the pool can offer, one's own sittings with their sealed papers, and what was answered in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from carbonlearn.catalogue.rules.programme import PaperSpec
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.queries import OwnPlace
from carbonlearn.exams.queries.blueprints import asked_of
from carbonlearn.exams.queries.feasibility import report
from carbonlearn.exams.queries.pools import Pool, pool_of
from carbonlearn.exams.queries.sealed import FACE, KEY, PaperDamaged, seal_hash
from carbonlearn.exams.rules.blueprint import Blueprint, prove
from carbonlearn.infra import vault
from carbonlearn.infra.cipher import CipherError
from carbonlearn.infra.db import db
from carbonlearn.practice.models import MockPaper, MockResponse, MockSitting, PracticeAnswer
from carbonlearn.practice.queries.pool import MOCK
from carbonlearn.practice.rules.mock import Scale, for_mock, may_suffice, proportions, without_curve
from carbonlearn.sittings.queries import Answer, Standing
from carbonlearn.sittings.rules.deadline import GRACE
from carbonlearn.sittings.rules.ending import ending_of, is_overdue, timed_out
from carbonlearn.sittings.rules.face import ItemShape, shapes

RUNNING = "running"
PAPERS_KEPT, SHAPES_KEPT = 32, 8192
MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """What a mock of a track would be: the real paper, how much of it the pool carries (``blueprint`` None: nothing), and what the whole
    paper lacks, by function and type. ``curve_kept``: difficulties are spread as in the real one."""

    spec: PaperSpec
    scale: Scale
    blueprint: Blueprint | None
    pool: Pool
    curve_kept: bool = True
    missing: tuple[tuple[str, str, int], ...] = ()

    @property
    def item_count(self) -> int:
        return self.blueprint.count if self.blueprint else 0

    @property
    def minutes(self) -> int:
        return self.scale.of(self.spec.duration_seconds) // 60


def offer_of(place: OwnPlace, now: datetime) -> Offer | None:
    """What the mock pool can carry of the paper that this place would sit today; None where the track has no written paper."""
    one = place.enrolment
    try:
        asked = asked_of(one.programme_version_id, one.job_type, one.level, "", now, one.created_at)
    except NotFound:
        return None
    whole = for_mock(asked.blueprint)
    if prove(whole):
        return None
    stock = pool_of(place.track, whole, MOCK)
    for scale, smaller in proportions(whole):
        for blueprint in (smaller, without_curve(smaller)):
            if may_suffice(blueprint, stock.facts) and report(blueprint, stock).feasible:
                kept, lacking = blueprint == smaller, () if scale.is_whole else _missing(whole, stock)
                return Offer(asked.spec, scale, blueprint, stock, kept, lacking)
    return Offer(asked.spec, replace(scale, parts=0), None, stock, missing=_missing(whole, stock))


def _missing(whole: Blueprint, stock: Pool) -> tuple[tuple[str, str, int], ...]:
    """Function, type and how many items the whole paper lacks of it, whatever their difficulty."""
    sums: Counter[tuple[str, str]] = Counter()
    for lack in report(without_curve(whole), stock).lacks:
        sums[lack.function, lack.type] += lack.count
    return tuple((function, item_type, count) for (function, item_type), count in sums.items())


def met_in_mocks(user_id: str) -> frozenset[str]:
    """The items that somebody met in mocks before, answered or left blank. Of mocks that noted nothing yet those that were answered."""
    shown = db.session.scalars(select(MockSitting.shown).where(MockSitting.user_id == user_id))
    answered = select(PracticeAnswer.item_id).where(
        PracticeAnswer.user_id == user_id, PracticeAnswer.mode == MOCK
    )
    return frozenset(db.session.scalars(answered.distinct())).union(*shown)


def own_mock(sitting_id: str, actor: Actor, *, lock: bool = False) -> MockSitting:
    """One's own mock. ``lock`` holds its row until the unit of work ends. Raises NotFound for anybody else's."""
    query = select(MockSitting).where(MockSitting.id == sitting_id, MockSitting.user_id == actor.user_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("SITTING_NOT_FOUND")
    return found


def own_running(user_id: str, now: datetime) -> MockSitting | None:
    """The mock that somebody is in the middle of."""
    return db.session.scalar(
        select(MockSitting)
        .where(MockSitting.user_id == user_id, MockSitting.status == RUNNING)
        .where(MockSitting.must_submit_by >= now - GRACE)
        .order_by(MockSitting.started_at.desc())
        .limit(1)
    )


def own_overdue_ids(user_id: str, now: datetime) -> list[str]:
    """Somebody's mocks whose time is over and that no sweep has closed yet."""
    query = select(MockSitting.id).where(MockSitting.user_id == user_id, MockSitting.status == RUNNING)
    return list(db.session.scalars(query.where(MockSitting.must_submit_by < now - GRACE)))


def begun_since(user_id: str, instant: datetime) -> int:
    """How many mocks somebody began after this instant."""
    query = select(func.count()).select_from(MockSitting)
    return (
        db.session.scalar(query.where(MockSitting.user_id == user_id, MockSitting.started_at > instant)) or 0
    )


def own_mocks(user_id: str) -> list[MockSitting]:
    """Somebody's mocks, the newest first."""
    query = select(MockSitting).where(MockSitting.user_id == user_id)
    return list(db.session.scalars(query.order_by(MockSitting.started_at.desc()).limit(MOST_ROWS)))


def overdue_ids(now: datetime, besides: Collection[str] = (), limit: int = 200) -> list[str]:
    """Running mocks whose time and grace are over, but for those named."""
    return list(
        db.session.scalars(
            select(MockSitting.id)
            .where(MockSitting.status == RUNNING, MockSitting.must_submit_by < now - GRACE)
            .where(MockSitting.id.not_in(list(besides)))
            .order_by(MockSitting.must_submit_by)
            .limit(limit)
        )
    )


def standing(sitting: MockSitting, now: datetime) -> Standing:
    """The mock as it stands now, in the words of a sitting; nothing is written."""
    held = Standing(
        id=sitting.id,
        window_id="",
        enrolment_id=sitting.enrolment_id,
        paper_id=sitting.id,
        item_count=sitting.item_count,
        status=sitting.status,
        checked_in_at=sitting.started_at,
        started_at=sitting.started_at,
        must_submit_by=sitting.must_submit_by,
        generation=sitting.generation,
        device=sitting.device,
        ended_at=sitting.ended_at,
        answers_hash=sitting.answers_hash,
        receipt_code=sitting.receipt_code,
    )
    if not is_overdue(sitting.status, sitting.must_submit_by, now):
        return held
    ending = ending_of(sitting.id, timed_out(), sitting.must_submit_by, final_answers(sitting.id), now)
    return Standing(**(asdict(held) | asdict(ending)))


def answers(sitting_id: str) -> dict[int, Answer]:
    """The newest saved answer of every item that has one, by number; a cleared one has the value None."""
    newest = (
        select(MockResponse.item_number, func.max(MockResponse.revision).label("revision"))
        .where(MockResponse.sitting_id == sitting_id)
        .group_by(MockResponse.item_number)
        .subquery()
    )
    rows = db.session.execute(
        select(MockResponse.item_number, MockResponse.value, MockResponse.revision)
        .join(
            newest,
            (newest.c.item_number == MockResponse.item_number) & (newest.c.revision == MockResponse.revision),
        )
        .where(MockResponse.sitting_id == sitting_id)
        .order_by(MockResponse.item_number)
    )
    return {number: Answer(json.loads(value), revision) for number, value, revision in rows}


def final_answers(sitting_id: str) -> dict[int, Any]:
    """What counts, by item number."""
    return {number: answer.value for number, answer in answers(sitting_id).items()}


def last_item(sitting_id: str) -> int | None:
    """The item that was answered last."""
    return db.session.scalar(
        select(MockResponse.item_number)
        .where(MockResponse.sitting_id == sitting_id)
        .order_by(MockResponse.received_at.desc(), MockResponse.item_number.desc())
        .limit(1)
    )


@lru_cache(maxsize=PAPERS_KEPT)
def face(sitting_id: str) -> Mapping[str, Any]:
    """What the candidate of a mock sees, checked against its seal once in a process. Raises PaperDamaged."""
    found: Mapping[str, Any] = json.loads(_opened(sitting_id)[0])
    return found


@lru_cache(maxsize=SHAPES_KEPT)
def shapes_of(sitting_id: str) -> Mapping[int, ItemShape]:
    """The form of an answer to each item of a mock. Kept in the process apart from the papers, each of which is somebody's own: a saved
    answer must not wait for its paper to be opened. To be asked before a unit of work, so that none is opened under the write lock."""
    return shapes(face(sitting_id))


def has_paper(sitting_id: str) -> bool:
    """Whether the paper of a mock is still kept."""
    query = select(MockPaper.sitting_id).where(MockPaper.sitting_id == sitting_id)
    return db.session.scalar(query) is not None


def key(sitting_id: str) -> list[dict[str, Any]]:
    """Keys, rubrics and explanations by item, checked against the seal. For marking, and for who has handed in."""
    found: list[dict[str, Any]] = json.loads(_opened(sitting_id)[1])["items"]
    return found


def _opened(sitting_id: str) -> tuple[bytes, bytes]:
    paper, cipher = db.session.get_one(MockPaper, sitting_id), vault.cipher()
    try:
        plain = cipher.decrypt_bytes(FACE, paper.face), cipher.decrypt_bytes(KEY, paper.key)
    except CipherError as error:
        raise PaperDamaged(f"mock paper {sitting_id} cannot be opened") from error
    if seal_hash(*plain) != paper.sha256:
        raise PaperDamaged(f"mock paper {sitting_id} does not match its seal")
    return plain
