"""What the bank can bring for a blueprint before anything is scheduled: papers without storing them, or the fewest items that lack."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any

from carbonlearn.catalogue.framework import COMMON
from carbonlearn.catalogue.queries import current_version
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.decision import Reason
from carbonlearn.exams.queries.blueprints import Asked, all_asked, current_asked
from carbonlearn.exams.queries.pools import Pool, pool_of, pools_of
from carbonlearn.exams.rules.assembly import Assembly, Lack, assemble
from carbonlearn.exams.rules.blueprint import Blueprint, prove
from carbonlearn.exams.rules.edition import data_of
from carbonlearn.exams.rules.proof import matrix_of, proof_of
from carbonlearn.exams.rules.verification import proves
from carbonlearn.infra.clock import stopwatch
from carbonlearn.infra.solver import SECONDS, Patience, SolverFailed

log = logging.getLogger("carbonlearn.exams")

KEPT = 256
SOON = 3.0  # seconds that a page waits for a report
UNDECIDED_KEPT = 60.0  # seconds until it is tried again
TRIAL = b"feasibility"


@dataclass(frozen=True, slots=True)
class Preview:
    """What assembling would give: for every form the quotas asked and met, faults of the specification, and what the bank lacks."""

    blueprint: Blueprint
    faults: tuple[Reason, ...]
    assembly: Assembly | None
    proofs: tuple[Mapping[str, Any], ...] = ()
    broken: tuple[Reason, ...] = ()

    @property
    def proof(self) -> Mapping[str, Any]:
        """That of the first form; empty where the specification is faulty."""
        return self.proofs[0] if self.proofs else {}

    @property
    def stands(self) -> bool:
        """Whether there are papers, and the independent reckoning agrees."""
        return self.assembly is not None and self.assembly.stands and not self.broken


@dataclass(frozen=True, slots=True)
class Report:
    """Whether the forms of a blueprint can stand today; if not, what lacks. ``undecided``: in the time given neither was found out.
    ``matrix`` is how a first form would be divided."""

    feasible: bool
    stock: int
    faults: tuple[Reason, ...] = ()
    lacks: tuple[Lack, ...] = ()
    matrix: Mapping[str, Mapping[str, int]] | None = None
    difficulty: Mapping[int, int] | None = None
    stocked: Mapping[tuple[str, str], int] = field(default_factory=dict)
    undecided: bool = False

    @property
    def missing(self) -> int:
        """How many items lack in all."""
        return sum(lack.count for lack in self.lacks)

    def cell(self, function: str, item_type: str) -> tuple[int | None, int, int]:
        """Of a function and type: how many a first form takes (None while none stands), how many are live, how many lack."""
        taken = self.matrix[function][item_type] if self.matrix else None
        lacking = sum(one.count for one in self.lacks if (one.function, one.type) == (function, item_type))
        return taken, self.stocked.get((function, item_type), 0), lacking


@dataclass(frozen=True, slots=True)
class Outlook:
    """A track's examination with its report; None where the level has no live items that would be worth reckoning with."""

    asked: Asked
    stock: int
    report: Report | None

    @property
    def state(self) -> str:
        """feasible, short, undecided, or empty (nothing is live for the job type itself)."""
        if self.report is None:
            return "empty"
        if self.report.undecided:
            return "undecided"
        return "feasible" if self.report.feasible else "short"


def assemble_preview(
    programme_key: str,
    job_type: str,
    level: str,
    seed: str,
    now: datetime,
    paper: str = "",
    forms: int | None = None,
) -> Preview:
    """Assemble without storing. Raises NotFound for an unknown programme, track or paper; SolverFailed."""
    asked = current_asked(programme_key, job_type, level, paper, now)
    blueprint = asked.blueprint
    if forms is not None:
        blueprint = replace(blueprint, drawing=replace(blueprint.drawing, forms=forms))
    return preview_of(blueprint, pool_of(asked.track, blueprint), seed)


def preview_of(
    blueprint: Blueprint,
    pool: Pool,
    seed: str,
    histories: Sequence[frozenset[str]] = (),
    seconds: float = SECONDS,
) -> Preview:
    """The forms that this pool gives under this seed, proved. Raises SolverFailed, OutOfTime after so many seconds."""
    faults, solve = prove(blueprint), Patience(seconds)
    if faults:
        return Preview(blueprint, faults, None)
    assembly = assemble(blueprint, pool.facts, seed.encode(), solve, histories)
    proofs = tuple(
        proof_of(blueprint, assembly, form, histories) for form in range(max(1, len(assembly.forms)))
    )
    broken = proves(assembly.forms, blueprint, histories) if assembly.stands else ()
    return Preview(blueprint, (), assembly, proofs, broken)


def outlook(programme_key: str, now: datetime) -> list[Outlook]:
    """Every examination of every track of a programme; a handful of statements however many. Where fewer items are live than a paper
    has, what lacks is not reckoned."""
    every = all_asked(current_version(programme_key, now).id, now)
    pools = pools_of([(asked.track, asked.blueprint) for asked in every])
    return [_outlook(asked, pool) for asked, pool in zip(every, pools, strict=True)]


def _outlook(asked: Asked, pool: Pool) -> Outlook:
    if not any(item.job_type != COMMON for item in pool.items.values()):
        return Outlook(asked, len(pool.items), None)
    if len(pool.items) < asked.blueprint.count and not prove(asked.blueprint):
        return Outlook(asked, len(pool.items), Report(False, len(pool.items)))
    return Outlook(asked, len(pool.items), report(asked.blueprint, pool))


def is_feasible(asked: Asked) -> bool:
    """Whether the bank has all forms of what is asked today."""
    return report_of(asked).feasible


def report_of(asked: Asked) -> Report:
    """The report for what is asked, with the bank of today."""
    return report(asked.blueprint, pool_of(asked.track, asked.blueprint))


def report(blueprint: Blueprint, pool: Pool, seconds: float | None = None) -> Report:
    """The report for a blueprint and a pool; reckoned once for the same blueprint and items, in so many seconds (None: ``SOON``)."""
    name = canonical_json(data_of(blueprint)).decode() + pool.digest
    known = _known(name, seconds)
    if known is None:
        known = _reported(blueprint, pool, SOON if seconds is None else seconds)
        with _lock:
            _reports[name] = (known, stopwatch())
            while len(_reports) > KEPT:
                _reports.popitem(last=False)
    return known


_reports: OrderedDict[str, tuple[Report, float]] = OrderedDict()
_lock = Lock()


def _known(name: str, seconds: float | None) -> Report | None:
    """What was reckoned before. That nothing was found out is kept for a while, and no answer to who has more time."""
    with _lock:
        known, at = _reports.get(name, (None, 0.0))
    stale = known is not None and known.undecided and (seconds or stopwatch() - at > UNDECIDED_KEPT)
    return None if stale else known


def _reported(blueprint: Blueprint, pool: Pool, seconds: float) -> Report:
    faults = prove(blueprint)
    stock, stocked = len(pool.items), Counter((item.function, item.type) for item in pool.facts)
    if faults:
        return Report(False, stock, faults, stocked=stocked)
    try:
        made = assemble(blueprint, pool.facts, TRIAL, Patience(seconds))
    except SolverFailed as error:
        log.warning("a blueprint stays undecided: %s", error)
        return Report(False, stock, stocked=stocked, undecided=True)
    if not made.stands:
        return Report(False, stock, made.faults, made.lacks, stocked=stocked)
    broken = proves(made.forms, blueprint)
    if broken:  # what cannot be proved is not sealed
        return Report(False, stock, (Reason("unproved", {"promise": broken[0].code}),), stocked=stocked)
    difficulty = {one: 0 for one, _ in blueprint.drawing.curve}
    for item in made.items:
        difficulty[item.difficulty] = difficulty.get(item.difficulty, 0) + 1
    matrix = matrix_of(blueprint, made.items)
    return Report(True, stock, matrix=matrix, difficulty=difficulty, stocked=stocked)
