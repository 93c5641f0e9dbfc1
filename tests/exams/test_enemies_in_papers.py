"""Items that must not meet: on sealed papers, in what the bank is said to suffice for, and in the proof while a blueprint is edited."""

from __future__ import annotations

from datetime import datetime
from itertools import combinations
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.permissions import Role
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, Paper
from carbonlearn.exams.rules.sheet import typed_of
from carbonlearn.infra.clock import SettableClock
from carbonlearn.question_bank.queries import live_items
from tests.exams.test_blueprints import PAGE, asked_now
from tests.exams.test_services_papers import due_of, given
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, book
from tests.factories.items import load_bank, set_apart
from tests.factories.people import make_user, sign_in


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    made = Hall(now, GDCPA, "demonstration")
    load_bank(now)
    return made


@pytest.fixture
def booked(hall: Hall, now: datetime) -> Booking:
    return book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)


def seal(hall: Hall) -> Paper:
    window = hall.window("2026-11-28")
    jobs.seal_papers(window.seal_at)
    return given(window.id)


def items_on(paper: Paper) -> set[str]:
    return {entry["item_id"] for entry in queries.key(paper)["items"]}


def test_no_sealed_paper_has_two_that_were_set_apart_and_its_proof_says_so(
    hall: Hall, booked: Booking, db: Any, now: datetime, make_client: Any
) -> None:
    drawn = services.prepare_paper(due_of(hall), now, "1")
    pairs = list(zip([i.id for i in drawn.items[:30:2]], [i.id for i in drawn.items[1:30:2]], strict=True))
    assert len(pairs) == 15, "fifteen pairs that met"
    set_apart(pairs, now)
    again = services.prepare_paper(due_of(hall), now, "1")
    assert not any({*pair} <= {item.id for item in again.items} for pair in pairs)
    paper = seal(hall)
    there = items_on(paper)
    assert not any({*pair} <= there for pair in pairs)
    told = paper.proof["enemies"]
    assert told["met"] == 0 and told["kept_out"] > 0
    staff = sign_in(make_client(), hall.desk.association, now)
    page = staff.get(f"/desk/calendar/{paper.window_id}/papers").text
    assert f"没有一对同卷，为此避开 {told['kept_out']} 题" in page


def test_a_sealed_paper_is_not_touched_by_what_is_set_apart_afterwards(
    hall: Hall, booked: Booking, db: Any, now: datetime
) -> None:
    paper = seal(hall)
    paper_id, sha256, there = paper.id, paper.sha256, items_on(paper)
    set_apart([tuple(sorted(there))[:2]], now)  # type: ignore[list-item]
    jobs.seal_papers(hall.window("2026-11-28").seal_at)
    kept = db.session.get_one(Paper, paper_id)
    assert (kept.sha256, items_on(kept)) == (sha256, there)
    assert queries.face(kept)["items"]


def test_what_the_bank_suffices_for_is_reckoned_with_enemies(hall: Hall, now: datetime) -> None:
    assert queries.report_of(asked_now(now)).feasible
    short = [item.id for item in live_items("accounting", "4") if item.type == "short-answer"]
    set_apart(combinations(short, 2), now)
    report = queries.report_of(asked_now(now))
    assert not report.feasible and report.missing == 3


def test_the_editor_is_told_of_two_that_must_be_in_and_must_not_meet(
    hall: Hall, now: datetime, make_client: Any
) -> None:
    chief: FlaskClient = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now), now, stepped_up=True)
    one, other = live_items("accounting", "4")[:2]
    typed = typed_of(asked_now(now).blueprint) | {"must": f"{other.external_id}\n{one.external_id}"}
    assert "题库够组卷" in chief.post(f"{PAGE}/proof", data=typed).text
    set_apart([(one.id, other.id)], now)
    told = chief.post(f"{PAGE}/proof", data=typed).text
    assert f"必选的 {one.external_id} 和 {other.external_id} 定为不宜同卷，只能选一道" in told
