"""The answers of a demonstration's paper are open to its chief examiner; those of a real programme are open to nobody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select, update

from carbonlearn.catalogue.models import Programme
from carbonlearn.core.permissions import Role
from carbonlearn.exams import jobs, queries
from carbonlearn.exams.models import Paper
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, book
from tests.factories.items import load_bank
from tests.factories.people import make_user, sign_in


@pytest.fixture
def paper(db: SQLAlchemy, clock: SettableClock) -> Paper:
    """A sealed paper of a real programme."""
    now = clock.now()
    hall = Hall(now, GDCPA, "demonstration")
    load_bank(now)
    window = hall.window("2026-11-28")
    book(window, hall.learner(THRESHOLD_MS)[0], now)
    jobs.seal_papers(window.seal_at)
    return db.session.scalars(select(Paper)).one()


@pytest.fixture
def chen(make_client: Callable[[], FlaskClient], clock: SettableClock) -> FlaskClient:
    return sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=clock.now()), clock.now())


def test_no_key_of_a_real_programme_is_shown_before_marking(paper: Paper, chen: FlaskClient) -> None:
    assert chen.get(f"/desk/calendar/{paper.window_id}/answers").status_code == 404
    assert "参考答案" not in chen.get(f"/desk/calendar/{paper.window_id}").text


def test_a_demonstrations_paper_shows_the_answer_of_every_number(
    paper: Paper, chen: FlaskClient, db: SQLAlchemy
) -> None:
    with unit_of_work():
        db.session.execute(update(Programme).where(Programme.key == GDCPA).values(demonstration=True))
    page = chen.get(f"/desk/calendar/{paper.window_id}/answers").text
    shown = re.findall(r'<li><span class="muted">(\d+)</span> <b>([^<]+)</b>', page)
    assert len(shown) == 92 and {letters for _, letters in shown} > {"正确", "错误", "A"}
    assert all(entry["reference"][:12] in page for entry in queries.key(paper)["items"] if entry["reference"])


def test_whoever_may_not_approve_items_reads_no_answers(
    paper: Paper, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    an = sign_in(make_client(), make_user(Role.ASSOCIATION_ADMIN, now=clock.now()), clock.now())
    assert an.get(f"/desk/calendar/{paper.window_id}/answers").status_code == 403
