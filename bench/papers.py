"""Papers: for every examination of a programme's tracks that the bank has items for, so many seeds, alone and in two forms.

Each paper is proved by the reckoning that shares nothing with the solver. A line a track, as JSON.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import yaml

from bench.databases import ground
from bench.goals import PAPERS
from carbonlearn.catalogue.queries import programmes
from carbonlearn.catalogue.queries.programmes import FOLDER
from carbonlearn.catalogue.services import load_programme
from carbonlearn.exams.queries import Asked, outlook
from carbonlearn.exams.queries.feasibility import preview_of
from carbonlearn.exams.queries.pools import Pool, pool_of
from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.rules.drawing import most
from carbonlearn.factory import create_app
from carbonlearn.infra import migrate
from carbonlearn.infra.clock import SystemClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries as bank
from carbonlearn.question_bank.services import load_cases, load_items

PAIR = 2


def measure_papers(seeds: int, programme: str, track: str = "") -> int:
    """Print the lines; in how many of them the goal was missed."""
    with ground("sqlite") as place:
        settings = Settings.for_tests(place.url, place.folder)
        app, now = create_app(settings), SystemClock().now()
        migrate.upgrade(app, settings)
        with app.app_context():
            with unit_of_work():
                for path in sorted((FOLDER / "programmes").glob("*.yaml")):
                    load_programme(yaml.safe_load(path.read_text("utf-8")), now)
                load_cases(bank.shipped_cases(), now)
                load_items([one for one in bank.shipped_items() if one["pool"] == "exam"], now)
            keys = [one.key for one in programmes()] if programme == "all" else [programme]
            missed = 0
            for asked in (row.asked for key in keys for row in outlook(key, now) if row.report):
                if track not in ("", f"{asked.track.job_type}-{asked.track.level}"):
                    continue
                for line in _lines(asked, seeds):
                    missed += line["met"] is False
                    print(json.dumps(line, ensure_ascii=False), flush=True)
            return missed


def _lines(asked: Asked, seeds: int) -> Iterator[dict[str, object]]:
    begun = time.perf_counter()
    pool = pool_of(asked.track, asked.blueprint)
    loaded = (time.perf_counter() - begun) * 1000
    name = f"{asked.rules.key} {asked.track.job_type}-{asked.track.level} {asked.spec.slug}"
    for forms in (1, PAIR):
        blueprint = replace(asked.blueprint, drawing=replace(asked.blueprint.drawing, forms=forms))
        line = _measured(blueprint, pool, seeds)
        yield (
            {"bench": "papers", "track": name, "items": len(pool.items), "forms": forms}
            | line
            | {"pool_ms": round(loaded)}
        )


def _measured(blueprint: Blueprint, pool: Pool, seeds: int) -> dict[str, object]:
    """The papers of all seeds, held to the goal. The time of a paper is that of all forms with both proofs, divided by the forms. Whether
    there is a paper does not depend on the seed: where two have none the bank is short, and where one alone has none that is a fault."""
    spent: list[float] = []
    worked: list[float] = []
    shared: list[int] = []
    stood = broken = without = lacking = 0
    contents: set[frozenset[str]] = set()
    for seed in range(seeds):
        begun, busy = time.perf_counter(), time.process_time()
        made = preview_of(blueprint, pool, f"seed-{seed}")
        spent.append((time.perf_counter() - begun) * 1000 / blueprint.drawing.forms)
        worked.append((time.process_time() - busy) * 1000 / blueprint.drawing.forms)
        broken += len(made.broken)
        if made.assembly is None or not made.assembly.stands:
            without += 1
            lacking = sum(one.count for one in made.assembly.lacks) if made.assembly else 0
            if seed == 1 and not stood:
                return {"papers": 0, "lacking": lacking, "goal": PAPERS.text(), "met": None}
            continue
        stood += len(made.assembly.forms)
        contents |= {frozenset(item.id for item in form) for form in made.assembly.forms}
        if blueprint.drawing.forms == PAIR:
            one, two = ({item.id for item in form} for form in made.assembly.forms)
            shared.append(len(one & two))
    missed = PAPERS.missed(seeds, max(spent), broken, without)
    return {
        "papers": stood,
        "goal": PAPERS.text(),
        "met": not missed,
        "missed": missed,
        "different": len(contents),
        "broken": broken,
        "without": without,
        "ms_median": round(statistics.median(spent)),
        "ms_p99": round(_percentile(spent, 99)),
        "ms_max": round(max(spent)),
        "cpu_ms_median": round(statistics.median(worked)),
        "cpu_ms_max": round(max(worked)),
        **_overlap(blueprint, shared),
    }


def _overlap(blueprint: Blueprint, shared: Sequence[int]) -> dict[str, int]:
    if not shared:
        return {}
    bound = most(blueprint.drawing.shared_percent, blueprint.count)
    return {"shared_max": max(shared), "shared_bound": bound}


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
