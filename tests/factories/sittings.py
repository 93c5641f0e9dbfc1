"""Candidates in every state from booked to handed in, made of real rows: programme, admission, hours, place, sealed paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from carbonlearn.accounts.models import RoleGrant, TrainingBase
from carbonlearn.accounts.queries import actor_of_session
from carbonlearn.accounts.services import create_user, open_session
from carbonlearn.audit.services import record
from carbonlearn.catalogue.models import Programme
from carbonlearn.catalogue.queries import FOLDER, current_version
from carbonlearn.catalogue.services import load_programme, read_programme
from carbonlearn.core import yaml_text
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.enrolment.models import Enrolment, EnrolmentReview
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow, Paper
from carbonlearn.exams.queries.sealed import FACE, KEY, seal_hash
from carbonlearn.infra import vault
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.tokens import new_code, token_hash
from carbonlearn.sittings import services
from carbonlearn.sittings.models import Sitting
from tests.factories.exams import add_credit

PROGRAMME, JOB_TYPE, LEVEL = "gdcpa-petrochem", "accounting", "4"
ITEMS = Path(__file__).resolve().parents[2] / "carbonlearn/question_bank/content/exam"
CANARY = "CANARY-NOBODY-MAY-SEE-THIS"
SPLIT = (
    ("single-choice", 40, 100),
    ("true-false", 30, 50),
    ("multiple-choice", 22, 150),
    ("short-answer", 4, 300),
)
CREDIT_MS = 81 * 45 * 60 * 1000


@dataclass(frozen=True)
class Candidate:
    """A learner on one device, with what stands behind the exam."""

    actor: Actor
    token: str
    enrolment: str
    booking: str
    window: str


def a_candidate(
    now: datetime,
    *,
    starts_in: timedelta = timedelta(minutes=30),
    minutes: int = 90,
    credited_ms: int = CREDIT_MS,
    identity: str | None = "approved",
    sealed: bool = True,
    window: str | None = None,
    face: dict[str, Any] | None = None,
    password: str | None = None,
) -> Candidate:
    """A learner who holds a place in a window; by default everything is in order. Opens its own unit of work."""
    with unit_of_work():
        version = _programme(now)
        base = _base(now)
        user = create_user(
            f"sitter-{new_code(8).lower()}", "张文丰", now, initial_password=password, must_change=False
        )
        db.session.add(RoleGrant(user_id=user.id, role=Role.LEARNER, base_id=base, granted_at=now))
        token = open_session(user.id, now, "Android")
        enrolment = _enrolment(user.id, base, version, now)
        if identity:
            db.session.add(_review(enrolment.id, user.id, identity, now))
        if credited_ms:
            add_credit(enrolment, credited_ms, now)
        window = window or a_window(now + starts_in, minutes, now)
        booking = _booking(enrolment, window, now)
        if sealed:
            a_paper(window, now, minutes, face)
    actor = actor_of_session(token_hash(token), now)
    assert actor is not None
    return Candidate(actor, token, enrolment.id, booking.id, window)


def another_device(candidate: Candidate, now: datetime) -> Candidate:
    """The same person, signed in on one more device."""
    with unit_of_work():
        token = open_session(candidate.actor.user_id, now, "iPhone")
    actor = actor_of_session(token_hash(token), now)
    assert actor is not None
    return Candidate(actor, token, candidate.enrolment, candidate.booking, candidate.window)


def a_ready_sitting(candidate: Candidate, now: datetime) -> Sitting:
    """Checked in. Opens its own unit of work."""
    with unit_of_work():
        return services.check_in(candidate.booking, actor=candidate.actor, now=now)


def a_running_sitting(candidate: Candidate, now: datetime) -> Sitting:
    """Checked in and begun at the same instant, which must lie inside the window."""
    ready = a_ready_sitting(candidate, now)
    with unit_of_work():
        return services.start(ready.id, actor=candidate.actor, now=now)


def a_wish(
    candidate: Candidate, sitting_id: str, item: int, value: Any, revision: int = 1, **over: Any
) -> services.Wish:
    """An answer as the candidate's device would send it."""
    fields = {
        "sitting_id": sitting_id,
        "session_hash": token_hash(candidate.token),
        "item": item,
        "revision": revision,
        "generation": 1,
        "operation_id": f"op-{item}-{revision}",
        "value": value,
    }
    return services.Wish(**(fields | over))


def a_face(split: tuple[tuple[str, int, int], ...] = SPLIT) -> dict[str, Any]:
    """A paper's face of realistic size, with a canary where no candidate may look."""
    items: list[dict[str, Any]] = []
    for kind, count, points in split:
        items += [_face_item(len(items) + place, kind, points) for place in range(1, count + 1)]
    return {"name": "碳排放核算员 四级 理论", "items": items}


def a_real_face() -> dict[str, Any]:
    """The same, with the stems and options of the bank that ships: what a real paper weighs."""
    bank: dict[str, list[dict[str, Any]]] = {}
    for path in [*ITEMS.glob("accounting-4/*.yaml"), *ITEMS.glob("common-4/*.yaml")]:
        for item in yaml_text.read(path.read_text("utf-8")):
            bank.setdefault(item["type"], []).append(item)
    face = a_face()
    for item in face["items"]:
        real = bank[item["type"]].pop()
        item["stem"] = real["stem"]
        if item["type"] in ("single-choice", "multiple-choice"):
            item["options"] = [[letter, str(text)] for letter, text in real["options"].items()]
    return face


def a_window(starts_at: datetime, minutes: int, now: datetime) -> str:
    """A window of the programme. Runs in the caller's unit of work."""
    window = ExamWindow(
        programme_key=PROGRAMME,
        slot=f"test-{new_code(8)}",
        origin="manual",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        booking_closes_at=starts_at - timedelta(days=3),
        ticket_at=starts_at - timedelta(days=1),
        seal_at=starts_at - timedelta(days=1),
        results_due=(starts_at + timedelta(days=15)).date(),
        capacity=200,
        warnings=[],
        created_at=now,
    )
    db.session.add(window)
    db.session.flush()
    return window.id


def a_paper(window: str, now: datetime, minutes: int = 90, face: dict[str, Any] | None = None) -> None:
    """A sealed paper for the window, unless it has one. Runs in the caller's unit of work."""
    if db.session.scalar(select(Paper.id).where(Paper.window_id == window)):
        return
    face = face or a_face()
    seen = canonical_json(face)
    hidden = canonical_json(
        {
            "items": [
                {"n": item["n"], "key": ["A"], "rubric": [CANARY], "explanation": CANARY}
                for item in face["items"]
            ]
        }
    )
    cipher = vault.cipher()
    store_sealed(
        Paper(
            window_id=window,
            job_type=JOB_TYPE,
            level=LEVEL,
            seed="test",
            item_count=len(face["items"]),
            total_points=10_000,
            pass_points=6_000,
            duration_seconds=minutes * 60,
            proof={},
            face=cipher.encrypt_bytes(FACE, seen),
            key=cipher.encrypt_bytes(KEY, hidden),
            sha256=seal_hash(seen, hidden),
            sealed_at=now,
        )
    )


def store_sealed(paper: Paper) -> None:
    """A paper with the entry that sealing leaves. Runs in the caller's unit of work."""
    db.session.add(paper)
    db.session.flush()
    facts = {"window": paper.window_id, "sha256": paper.sha256}
    record("paper:seal", ("paper", paper.id), now=paper.sealed_at, source="job", facts=facts)


def _face_item(number: int, kind: str, points: int) -> dict[str, Any]:
    options = {
        "true-false": [["T", "正确"], ["F", "错误"]],
        "short-answer": [],
    }.get(kind, [[letter, f"第 {number} 题的选项 {letter}"] for letter in "ABCD"])
    stem = f"第 {number} 题：某石化企业核算年度温室气体排放量时，下列说法中哪些应当纳入核算边界？"
    return {
        "n": number,
        "type": kind,
        "points": points,
        "stem": stem,
        "options": options,
        "key": CANARY,
        "explanation": CANARY,
    }


def _programme(now: datetime) -> str:
    if db.session.get(Programme, PROGRAMME) is None:
        load_programme(_programme_file(), now)
    return current_version(PROGRAMME, now).id


@lru_cache(maxsize=1)
def _programme_file() -> dict[str, Any]:
    return read_programme((FOLDER / "programmes" / f"{PROGRAMME}.yaml").read_text("utf-8"))


def _base(now: datetime) -> str:
    found = db.session.scalar(select(TrainingBase.id).where(TrainingBase.slug == "test-base"))
    if found is None:
        base = TrainingBase(slug="test-base", name="试验基地", en="Test base", kind="base", created_at=now)
        db.session.add(base)
        db.session.flush()
        found = base.id
    return found


def _enrolment(user: str, base: str, version: str, now: datetime) -> Enrolment:
    enrolment = Enrolment(
        user_id=user,
        base_id=base,
        programme_key=PROGRAMME,
        programme_version_id=version,
        job_type=JOB_TYPE,
        level=LEVEL,
        status="active",
        created_at=now,
        access_from=now,
        access_until=now + timedelta(days=180),
    )
    db.session.add(enrolment)
    db.session.flush()
    return enrolment


def _review(enrolment: str, reviewer: str, decision: str, now: datetime) -> EnrolmentReview:
    return EnrolmentReview(
        enrolment_id=enrolment,
        stage="association",
        decision=decision,
        reasons={},
        reviewer_id=reviewer,
        at=now,
    )


def _booking(enrolment: Enrolment, window: str, now: datetime) -> Booking:
    right = Entitlement(enrolment_id=enrolment.id, kind="first", source="enrolment", granted_at=now)
    db.session.add(right)
    db.session.flush()
    booking = Booking(
        window_id=window,
        enrolment_id=enrolment.id,
        entitlement_id=right.id,
        user_id=enrolment.user_id,
        base_id=enrolment.base_id,
        status="held",
        booked_at=now,
        hours_confirmed_at=now,  # booking has closed for these windows, and the sweep has looked
    )
    db.session.add(booking)
    db.session.flush()
    return booking
