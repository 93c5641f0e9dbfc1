"""Seal the papers of a window: choose the items of every form, freeze what candidates see and what markers need, encrypt both, note the
hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue.rules.programme import PaperSpec
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.shares import divided
from carbonlearn.exams.models import Booking, ExamWindow, Paper
from carbonlearn.exams.queries.blueprints import Asked
from carbonlearn.exams.queries.feasibility import Preview, preview_of
from carbonlearn.exams.queries.papers import (
    EVERY,
    Due,
    asked_when_due,
    form_for,
    forms_for,
    items_met,
    papers_due,
)
from carbonlearn.exams.queries.pools import Pool, pool_of
from carbonlearn.exams.queries.sealed import FACE, KEY, seal_hash
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.exams.services.openings import open_paper
from carbonlearn.exams.services.paper_notes import (
    PromiseBroken,
    note_short,
    note_unprintable,
    tried_lately,
    without_notes,
)
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.glyphs import missing_glyphs
from carbonlearn.infra.solver import RELEASE
from carbonlearn.infra.tokens import new_token
from carbonlearn.infra.typeset import blocks, written
from carbonlearn.question_bank.queries import BankItem

SEALING_SECONDS = 60.0  # to work a paper out in
TRUE_FALSE = [["T", "正确"], ["F", "错误"]]
GIVES_WAY = "seen"  # an exam takes place even where the bank has too little that somebody has not met
Form = tuple[BankItem, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The forms worked out but not yet stored; none where the bank is short, and ``preview`` says what lacks."""

    due: Due
    asked: Asked
    name: str
    seed: str
    preview: Preview
    forms: tuple[Form, ...]
    made_of: Mapping[str, Any]
    unprintable: tuple[str, ...] = ()

    @property
    def spec(self) -> PaperSpec:
        """The paper as the blueprint divides it."""
        return self.asked.spec

    @property
    def items(self) -> Form:
        """Those of the first form."""
        return self.forms[0] if self.forms else ()


def papers_to_try(now: datetime) -> list[Due]:
    """The papers due, without those that could not be sealed within the last five minutes."""
    return [due for due in papers_due(now) if not tried_lately(due, now)]


def prepare_paper(due: Due, now: datetime, seed: str | None = None) -> Prepared:
    """Work a due paper out, in all its forms; reads only. Items that somebody booked has sat before are used only where there are no
    others. Raises PromiseBroken where the independent reckoning says so, SolverFailed where the solver finds no end."""
    asked = asked_when_due(due, now)
    seed = seed or new_token()
    pool = pool_of(asked.track, asked.blueprint)
    met = items_met(due.booked) if due.booked else {}
    preview = preview_of(asked.blueprint, pool, seed, tuple(met.values()), SEALING_SECONDS)
    broken = [fault for fault in preview.broken if fault.code != GIVES_WAY]
    if broken:
        raise PromiseBroken(f"the forms break their blueprint: {broken}")
    track = asked.track
    name = " ".join(part for part in (track.name, track.level_name, asked.spec.name) if part)
    forms = preview.assembly.forms if preview.assembly else ()
    items = tuple(tuple(pool.items[chosen.id] for chosen in form) for form in forms)
    absent = unprintable({item.id: item for form in items for item in form}.values())
    return Prepared(due, asked, name, seed, preview, items, made_of(pool, met), absent)


def unprintable(items: Iterable[BankItem]) -> tuple[str, ...]:
    """The characters of these items, with all that an answer book says of them, that no shipped font draws."""
    texts = [text for item in items for text in _texts(item)]
    return tuple(sorted(missing_glyphs("".join(written(blocks(text)) for text in texts))))


def _texts(item: BankItem) -> Iterator[str]:
    yield from (item.stem, item.case, item.reference, item.explanation, item.source)
    yield from item.options.values()
    yield from (str(line["text"]) for line in item.rubric)


def made_of(pool: Pool, met: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """What beside blueprint and seed a paper comes of, told by digests: whoever has the same makes the same paper again, or knows what
    differs."""
    histories = sorted(sorted(one) for one in met.values())
    told = sha256(canonical_json(histories)).hexdigest()
    return {"pool": pool.digest, "histories": {"count": len(histories), "sha256": told}, "solver": RELEASE}


def store_paper(prepared: Prepared, now: datetime) -> bool:
    """Seal what was worked out, or note once that the bank is short. Whether papers were stored; never a second time for the same
    track, examination and blueprint."""
    due = prepared.due
    window = window_by_id(due.window_id, lock=True)
    if window.cancelled_at is not None or _exists(prepared):
        return False
    if not prepared.forms:
        _say_short(window, prepared, now)
        return False
    for form in range(1, len(prepared.forms) + 1):
        _store_form(prepared, form, now)
    window.warnings = without_notes(window, due)
    if prepared.unprintable:
        told = replace(due, paper=prepared.spec.slug)
        note_unprintable(window, told, list(prepared.unprintable), prepared.asked.version_id, now)
    return True


def _say_short(window: ExamWindow, prepared: Prepared, now: datetime) -> None:
    preview, due = prepared.preview, replace(prepared.due, paper=prepared.spec.slug)
    faults = [{"code": fault.code, **fault.facts} for fault in preview.faults]
    note_short(
        window,
        due,
        lacking=preview.proof.get("shortages", []),
        faults=[*faults, *preview.proof.get("faults", [])],
        version_id=prepared.asked.version_id,
        now=now,
    )


def give_paper(booking: Booking, now: datetime) -> Paper:
    """The form that a candidate sits, theirs from now on. The first candidate opens the forms, where the sweep has not yet. Raises
    NotFound while none is sealed."""
    forms = forms_for(booking)
    for form in forms:
        if form.opened_at is None:
            open_paper(form.id, now)
    paper = form_for(booking, forms)
    booking.paper_id = paper.id
    return paper


def _store_form(prepared: Prepared, form: int, now: datetime) -> None:
    paper = _paper(prepared, form, now)
    db.session.add(paper)
    db.session.flush()
    due = prepared.due
    facts: dict[str, Any] = {
        "window": due.window_id,
        "job_type": due.job_type,
        "level": due.level,
        "sha256": paper.sha256,
    }
    facts |= {"paper": paper.paper, "form": form, "blueprint_version": prepared.asked.number}
    facts |= {"seen": prepared.preview.proofs[form - 1]["seen"]["met"]}
    record("paper:seal", ("paper", paper.id), now=now, source="job", facts=facts)


def face_of(name: str, items: Sequence[BankItem], spec: PaperSpec, form: int = 1) -> dict[str, Any]:
    """What a candidate sees: numbers, types, points, cases, stems and options, and nothing that tells an answer."""
    points = {row.type: row.points for row in spec.split}
    return {
        "name": name,
        "form": form,
        "items": [
            {
                "n": number,
                "type": item.type,
                "points": points[item.type],
                **({"case": item.case} if item.case else {}),
                "stem": item.stem,
                "options": _options(item),
            }
            for number, item in enumerate(items, start=1)
        ],
    }


def key_of(items: Sequence[BankItem], spec: PaperSpec) -> dict[str, Any]:
    """What marking needs, number by number; the lines of a rubric are worth what the answer is worth on this paper."""
    points = {row.type: row.points for row in spec.split}
    return {
        "items": [
            {
                "n": number,
                "item_id": item.id,
                "version_id": item.version_id,
                "key": list(item.key),
                "rubric": rubric_worth(item.rubric, points[item.type]),
                "reference": item.reference,
                "explanation": item.explanation,
                "source": item.source,
            }
            for number, item in enumerate(items, start=1)
        ]
    }


def rubric_worth(rubric: Sequence[Any], points: int) -> list[dict[str, Any]]:
    """The lines of a rubric, in hundredths that together are exactly the item's."""
    worth = divided([int(line["points"]) for line in rubric], points)
    return [dict(line) | {"points": part} for line, part in zip(rubric, worth, strict=True)]


def _options(item: BankItem) -> list[list[str]]:
    if item.type == "true-false":
        return [list(pair) for pair in TRUE_FALSE]
    return [[letter, text] for letter, text in sorted(dict(item.options).items())]


def _paper(prepared: Prepared, form: int, now: datetime) -> Paper:
    items, spec = prepared.forms[form - 1], prepared.spec
    face = canonical_json(face_of(prepared.name, items, spec, form))
    key = canonical_json({"seed": prepared.seed} | key_of(items, spec))
    cipher = vault.cipher()
    return Paper(
        window_id=prepared.due.window_id,
        job_type=prepared.due.job_type,
        level=prepared.due.level,
        paper=spec.slug,
        form=form,
        programme_version_id=prepared.asked.version_id,
        blueprint=prepared.asked.key,
        blueprint_version_id=prepared.asked.edition_id,
        seed=sha256(prepared.seed.encode()).hexdigest(),
        item_count=len(items),
        total_points=spec.total_points,
        pass_points=spec.pass_points,
        duration_seconds=spec.duration_seconds,
        proof={**prepared.preview.proofs[form - 1], "made_of": dict(prepared.made_of)},
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
        Paper.paper.in_((prepared.spec.slug, EVERY)),
        Paper.blueprint.in_((prepared.asked.key, EVERY)),
    )
    return db.session.scalar(found.limit(1)) is not None
