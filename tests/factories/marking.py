"""Handed-in sittings on a short paper whose key is known, and people who mark: what the tests of marking stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.exams.models import Paper
from carbonlearn.exams.queries.sealed import FACE, KEY, seal_hash
from carbonlearn.infra import vault
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.marking import jobs, services
from carbonlearn.marking.models import Script
from carbonlearn.question_bank import services as bank_services
from carbonlearn.question_bank.models import ItemVersion
from carbonlearn.sittings import services as sittings
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.factories.people import actor_of, make_user
from tests.factories.sittings import (
    JOB_TYPE,
    LEVEL,
    Candidate,
    a_candidate,
    a_running_sitting,
    a_window,
    a_wish,
)

MINUTES = 60
RIGHT: dict[int, Any] = {1: ["B"], 2: True, 3: ["A", "C"], 4: "直接排放是……", 5: "活动数据乘以排放因子。"}
PASS_POINTS, POSSIBLE = 540, 900
TYPES = (
    ("single-choice", 100),
    ("true-false", 50),
    ("multiple-choice", 150),
    ("short-answer", 300),
    ("short-answer", 300),
)


@dataclass(frozen=True)
class Sat:
    """A sitting that was handed in: its id, whose it is, and its window."""

    id: str
    candidate: Candidate
    window: str

    def scripts(self) -> list[Script]:
        db.session.rollback()
        return list(
            db.session.scalars(
                select(Script).where(Script.sitting_id == self.id).order_by(Script.item_number)
            )
        )


def hand_in(
    now: datetime, answers: dict[int, Any] | None = None, window: str | None = None, submit: bool = True
) -> Sat:
    """Somebody sat the short paper, answered so (everything right unless said) and handed in at ``now``."""
    with unit_of_work():
        versions = _short_answers(now)
    early = now - timedelta(hours=1)
    if window is None:
        probe = a_candidate(early, starts_in=timedelta(minutes=50), sealed=False)
    else:
        probe = a_candidate(early, window=window, sealed=False)
    with unit_of_work():
        _seal(probe.window, versions, early)
    sitting = a_running_sitting(probe, now - timedelta(minutes=5))
    for number, value in (RIGHT if answers is None else answers).items():
        sittings.save(current_app._get_current_object(), a_wish(probe, sitting.id, number, value), now=now)
    if submit:
        with unit_of_work():
            sittings.submit(sitting.id, actor=probe.actor, now=now)
    return Sat(sitting.id, probe, probe.window)


def another_window(now: datetime) -> str:
    with unit_of_work():
        return a_window(now - timedelta(minutes=10), MINUTES, now)


def a_marker(now: datetime, role: Role = Role.MARKER, base_id: str | None = None) -> Actor:
    return actor_of(make_user(role, now=now, base_id=base_id, name="马克勤"), now)


def mark(script: Script, actor: Actor, share: int, now: datetime, note: str = "") -> Script:
    """Give so many lines of the rubric full points, the others none."""
    worth = [line["points"] for line in db.session.get_one(ItemVersion, script.item_version_id).rubric]
    lines = [points if place < share else 0 for place, points in enumerate(worth)]
    with unit_of_work():
        return services.mark_script(script.id, lines, note, actor, now)


def mark_all(sat: Sat, now: datetime, share: int = 3) -> tuple[Actor, Actor]:
    """Both markers agree on every script; then the results are confirmed."""
    first, second = a_marker(now), a_marker(now)
    jobs.mark_ended(now)
    for script in sat.scripts():
        mark(script, first, share, now)
        mark(script, second, share, now)
    jobs.confirm_marked(now)
    return first, second


def _short_answers(now: datetime) -> list[ItemVersion]:
    items = [item for item in ACCOUNTING if item["type"] == "short-answer"]
    fitting = [item for item in items if [line["points"] for line in item["rubric"]] == [1, 1, 1]][:2]
    bank_services.load_items(read_by_somebody(fitting), now)
    db.session.flush()
    return list(db.session.scalars(select(ItemVersion).order_by(ItemVersion.id)))


def _seal(window: str, versions: list[ItemVersion], now: datetime) -> None:
    if db.session.scalar(select(Paper.id).where(Paper.window_id == window)):
        return
    options = {"single-choice": "ABCD", "multiple-choice": "ABCD", "true-false": "TF", "short-answer": ""}
    face = {
        "name": "短卷",
        "items": [
            {
                "n": n,
                "type": kind,
                "points": points,
                "stem": f"第 {n} 题",
                "options": [[o, o] for o in options[kind]],
            }
            for n, (kind, points) in enumerate(TYPES, start=1)
        ],
    }
    keys: dict[int, list[Any]] = {1: ["B"], 2: [True], 3: ["A", "C"], 4: [], 5: []}
    hidden = {
        "items": [
            {"n": n, "key": key, "version_id": versions[n % 2].id, "rubric": []} for n, key in keys.items()
        ]
    }
    seen, secret, cipher = canonical_json(face), canonical_json(hidden), vault.cipher()
    db.session.add(
        Paper(
            window_id=window, job_type=JOB_TYPE, level=LEVEL, seed="short", item_count=len(TYPES), proof={},
            total_points=POSSIBLE, pass_points=PASS_POINTS, duration_seconds=MINUTES * 60,
            face=cipher.encrypt_bytes(FACE, seen), key=cipher.encrypt_bytes(KEY, secret),
            sha256=seal_hash(seen, secret), sealed_at=now,
        )
    )  # fmt: skip
    db.session.flush()
