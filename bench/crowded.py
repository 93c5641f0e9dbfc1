"""B2-crowd: B2 and its floor while a crowd of learners studies on its own time; afterwards the whole ledger is added up again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from sqlalchemy import create_engine, func, select

from bench import goals
from bench.crowd import Heard, Report, attend
from bench.databases import Ground, address_of
from bench.engine import Cohort, environment_of, stage
from bench.filled import begin
from bench.load import Conversation, percentile, run
from bench.measure import Bench, Leg
from bench.servers import ROOT
from carbonlearn.study.models import StudySpan

GATHER_SECONDS, SLACK_SECONDS = 20.0, 5.0
WARM_SECONDS = 2.0  # the first two beats of each of B2's learners, who were silent for long, are judged
LEGS = 4  # the crowd alone; beside the floor, beside B2, beside the floor again
WHAT = "learners on their own time, a beat every 16 to 21 s as told, beside B2 and its floor"


def measure_crowd(engine: str, learners: int, seconds: float) -> None:
    """Print the line of B2-crowd on one engine. The crowd is a process of its own, so that it does not wait for B2's clients."""
    with stage(engine, seconds / LEGS, 0, learners) as (bench, cohort, place):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            begin(place.url, [one["session"] for one in cohort.crowd])
            began = time.perf_counter()
            crowd = apart.submit(
                attend, cohort.port, cohort.form, cohort.crowd, GATHER_SECONDS, seconds + SLACK_SECONDS
            )
            time.sleep(max(0.0, began + GATHER_SECONDS + seconds / LEGS - time.perf_counter()))
            run(cohort.port, WARM_SECONDS, _b2(cohort))
            legs = bench.legs(goals.BEAT, lambda: _b2(cohort))
            load, heard = os.getloadavg()[0], crowd.result()
        line = (
            _line(bench, heard, legs, began) | _kept(place, cohort, heard) | {"load_average": round(load, 1)}
        )
    line["met"] = line["b2"]["met"] and not (
        any(line["errors"].values()) or line["lost"] or line["differences"]
    )
    print(json.dumps(line, ensure_ascii=False), flush=True)


def _b2(cohort: Cohort) -> list[Conversation]:
    return [one.conversation() for one in cohort.beats]


def _line(bench: Bench, heard: Heard, legs: tuple[Leg, Leg, Leg], began: float) -> dict[str, Any]:
    own, before, after = legs
    gathered, reports = began + GATHER_SECONDS, heard.reports
    studied = [one for one in reports if one.due >= gathered]
    kinds = Counter(one.outcome for one in reports if one.is_error)
    b2 = bench.line(goals.BEAT, own, before, after)
    return {
        "id": f"B2-crowd-{bench.engine}",
        "what": WHAT,
        "learners": heard.learners,
        "heard": len(heard.told_ms),
        "rate": round(len(studied) / (max(one.due for one in reports) - gathered), 1),
        "sent": len(reports),
        "acknowledged": sum(not one.is_error for one in reports),
        "errors": {kind: kinds[kind] for kind in ("4xx", "5xx", "timeout", "broken")},
        "judged": sum(not one.usual for one in reports),
        "reasons": Counter(one.outcome for one in reports if not one.is_error),
        "gathering": _latency(one for one in reports if one.due < gathered),
        "alone": _latency(one for one in studied if one.due < before.began),
        "beside_floor": _latency(one for leg in (before, after) for one in _during(studied, leg)),
        "beside_b2": _latency(one for one in _during(studied, own) if one.usual),
        "beside_b2_judged": _latency(one for one in _during(studied, own) if not one.usual),
        "b2": {name: value for name, value in b2.items() if name not in ("id", "what")},
    }  # fmt: skip


def _during(reports: Iterable[Report], leg: Leg) -> list[Report]:
    return [one for one in reports if leg.began <= one.due < leg.ended]


def _latency(reports: Iterable[Report]) -> dict[str, Any]:
    seconds = [one.seconds for one in reports]
    return {"beats": len(seconds)} | {f"p{p}_ms": round(percentile(seconds, p), 1) for p in (50, 95, 99)}


def _kept(place: Ground, cohort: Cohort, heard: Heard) -> dict[str, Any]:
    """Learners whose ledger holds less than they were told last, and what ``ledger replay`` finds in the whole database."""
    engine = create_engine(address_of(place.url))
    with engine.connect() as connection:
        rows = connection.execute(
            select(StudySpan.session_id, func.sum(StudySpan.credited_ms)).group_by(StudySpan.session_id)
        )
        held = {session: int(total) for session, total in rows}
    engine.dispose()
    lost = sum(held.get(session, 0) < told for session, told in heard.told_ms.items())
    return {"lost": lost, "differences": _differences(environment_of(place, cohort.port))}


def _differences(environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "carbonlearn.cli", "ledger", "replay", "--json"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    return len(json.loads(answer.stdout))
