"""Seal a paper before its window: choose the items, freeze what candidates see and what markers need, encrypt both, note the hash."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue.queries import current_version, rules_of
from carbonlearn.catalogue.rules.programme import PaperSpec
from carbonlearn.core.canonical import canonical_json
from carbonlearn.exams.models import ExamWindow, Paper, PaperItem
from carbonlearn.exams.queries.papers import (
    EVERY,
    FACE,
    FORM,
    KEY,
    Due,
    assembled,
    blueprint_key,
    blueprint_of,
    items_seen,
    papers_due,
    pool_of,
    seal_hash,
)
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.exams.rules.assembly import Assembly
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_token
from carbonlearn.question_bank.queries import BankItem

log = logging.getLogger("carbonlearn.exams")

SHORT = "paper_short"
LOOK_AGAIN = timedelta(minutes=5)
TRUE_FALSE = [["T", "正确"], ["F", "错误"]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A paper worked out but not yet stored; ``assembly`` has no items where the bank is short."""

    due: Due
    version_id: str
    blueprint: str
    name: str
    spec: PaperSpec
    seed: str
    assembly: Assembly
    items: tuple[BankItem, ...]


def seal_due_papers(now: datetime) -> int:
    """Seal every paper that is due; how many were sealed."""
    return sum(store_paper(prepare_paper(due, now), now) for due in papers_to_try(now))


def papers_to_try(now: datetime) -> list[Due]:
    """The papers due, without those found short within the last five minutes."""
    return [due for due in papers_due(now) if not _tried_lately(due, now)]


def prepare_paper(due: Due, now: datetime, seed: str | None = None) -> Prepared:
    """Work a due paper out; reads only. Items that somebody booked has sat before are used only where there are no others."""
    version_id = due.version_id or current_version(due.programme_key, now).id
    rules = rules_of(version_id)
    track, spec = rules.track(due.job_type, due.level), rules.paper(due.level)
    seed = seed or new_token()
    pool = pool_of(track)
    avoid = items_seen(due.booked, due.job_type, due.level) if due.booked else frozenset()
    assembly = assembled(blueprint_of(rules, track, spec), pool, seed, avoid)
    by_id = {item.id: item for item in pool}
    name = " ".join(part for part in (track.name, track.level_name, spec.name) if part)
    items = tuple(by_id[chosen.id] for chosen in assembly.items)
    blueprint = blueprint_key(version_id, due.job_type, due.level)
    return Prepared(due, version_id, blueprint, name, spec, seed, assembly, items)


def store_paper(prepared: Prepared, now: datetime) -> bool:
    """Seal what was worked out, or note once that the bank is short. Whether a paper was stored; never a second for the same track
    and blueprint."""
    due = prepared.due
    window = window_by_id(due.window_id, lock=True)
    if window.cancelled_at is not None or _exists(prepared):
        return False
    if not prepared.items:
        _note_shortage(window, prepared, now)
        return False
    paper = _paper(prepared, now)
    db.session.add(paper)
    db.session.flush()
    points = {row.type: row.points for row in prepared.spec.split}
    db.session.add_all(
        PaperItem(
            paper_id=paper.id,
            number=number,
            item_id=item.id,
            item_version_id=item.version_id,
            points=points[item.type],
        )
        for number, item in enumerate(prepared.items, start=1)
    )
    window.warnings = _other_warnings(window, due)
    facts = {"window": due.window_id, "job_type": due.job_type, "level": due.level, "sha256": paper.sha256}
    reused = len(prepared.assembly.reused)
    record("paper:seal", ("paper", paper.id), now=now, source="job", facts=facts | {"reused": reused})
    return True


def face_of(name: str, items: Sequence[BankItem], spec: PaperSpec) -> dict[str, Any]:
    """What a candidate sees: numbers, types, points, stems and options, and nothing that tells an answer."""
    points = {row.type: row.points for row in spec.split}
    return {
        "name": name,
        "items": [
            {
                "n": number,
                "type": item.type,
                "points": points[item.type],
                "stem": item.stem,
                "options": _options(item),
            }
            for number, item in enumerate(items, start=1)
        ],
    }


def key_of(items: Sequence[BankItem]) -> dict[str, Any]:
    """What marking needs, number by number."""
    return {
        "items": [
            {
                "n": number,
                "item_id": item.id,
                "version_id": item.version_id,
                "key": list(item.key),
                "rubric": list(item.rubric),
                "reference": item.reference,
                "explanation": item.explanation,
                "source": item.source,
            }
            for number, item in enumerate(items, start=1)
        ]
    }


def _options(item: BankItem) -> list[list[str]]:
    if item.type == "true-false":
        return [list(pair) for pair in TRUE_FALSE]
    return [[letter, text] for letter, text in sorted(dict(item.options).items())]


def _paper(prepared: Prepared, now: datetime) -> Paper:
    face = canonical_json(face_of(prepared.name, prepared.items, prepared.spec))
    key = canonical_json(key_of(prepared.items))
    cipher, spec = vault.cipher(), prepared.spec
    return Paper(
        window_id=prepared.due.window_id,
        job_type=prepared.due.job_type,
        level=prepared.due.level,
        form=FORM,
        programme_version_id=prepared.version_id,
        blueprint=prepared.blueprint,
        seed=prepared.seed,
        item_count=len(prepared.items),
        total_points=spec.total_points,
        pass_points=spec.pass_points,
        duration_seconds=spec.duration_seconds,
        proof=dict(prepared.assembly.proof),
        face=cipher.encrypt_bytes(FACE, face),
        key=cipher.encrypt_bytes(KEY, key),
        sha256=seal_hash(face, key),
        sealed_at=now,
    )


def _exists(prepared: Prepared) -> bool:
    due = prepared.due
    found = select(Paper.id).where(
        Paper.window_id == due.window_id,
        Paper.job_type == due.job_type,
        Paper.level == due.level,
        Paper.form == FORM,
        Paper.blueprint.in_((prepared.blueprint, EVERY)),
    )
    return db.session.scalar(found) is not None


def _note_shortage(window: ExamWindow, prepared: Prepared, now: datetime) -> None:
    """On the window for the desk each time, in the log and the audit chain the first time only."""
    due, lacking = prepared.due, prepared.assembly.proof["shortages"]
    others = _other_warnings(window, due)
    first = len(others) == len(window.warnings)
    note = {
        "code": SHORT,
        "job_type": due.job_type,
        "level": due.level,
        "blueprint": due.blueprint,
        "version_id": prepared.version_id,
        "at": now.isoformat(),
        "lacking": lacking,
    }
    window.warnings = [*others, note]
    if first:
        log.warning("window %s has no paper for %s %s: the bank is short", window.id, due.job_type, due.level)
        facts = {"job_type": due.job_type, "level": due.level, "lacking": lacking}
        record("paper:short", ("window", window.id), now=now, source="job", facts=facts)


def _other_warnings(window: ExamWindow, due: Due) -> list[Any]:
    return [warning for warning in window.warnings if not _is_short(warning, due)]


def _is_short(warning: dict[str, Any], due: Due) -> bool:
    return bool(
        warning["code"] == SHORT
        and (warning["job_type"], warning["level"]) == (due.job_type, due.level)
        and warning.get("blueprint", due.blueprint) == due.blueprint
    )


def _tried_lately(due: Due, now: datetime) -> bool:
    warnings = window_by_id(due.window_id).warnings
    return any(
        now - datetime.fromisoformat(warning["at"]) < LOOK_AGAIN
        for warning in warnings
        if _is_short(warning, due)
    )
