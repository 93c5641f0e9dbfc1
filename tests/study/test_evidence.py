"""The desk's evidence shows the point: how fast a question was answered, which answers were wrong, what was made void."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.core.permissions import Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import queries
from carbonlearn.study.models import PresenceCheck, StudySession, StudySpan
from carbonlearn.study.replies import not_counted
from carbonlearn.web.i18n import seconds_tenths
from tests.factories.study import Device
from tests.study.test_record import WHY, desk, enrolment, raise_review, studied

__all__ = ["enrolment", "studied"]


def answer_after(db: SQLAlchemy, milliseconds: int, correct: bool) -> None:
    with unit_of_work():
        for check in db.session.scalars(select(PresenceCheck)):
            check.answered_at = check.asked_at + timedelta(milliseconds=milliseconds)
            check.correct = correct
        for session in db.session.scalars(select(StudySession)):
            session.device = "unknown"


@pytest.mark.parametrize(
    ("milliseconds", "shown"), [(0, "0.0"), (99, "0.0"), (1_499, "1.4"), (1_500, "1.5"), (61_050, "61.0")]
)
def test_seconds_are_never_rounded_up_to_a_limit(milliseconds: int, shown: str) -> None:
    assert seconds_tenths(milliseconds) == shown


def test_a_review_of_fast_answers_marks_each_with_its_seconds(
    studied: Device, enrolment: Enrolment, make_client: Callable[[], FlaskClient], clock: SettableClock, db: SQLAlchemy
) -> None:  # fmt: skip
    answer_after(db, 1_240, correct=False)
    review_id = raise_review(enrolment, clock.now())
    rosa = desk(make_client, clock, Role.BASE_ADMIN, enrolment.base_id)
    page = rosa.get(f"/desk/study-reviews/{review_id}").text
    assert "答错，另出一题 · 用时 1.2 秒" in page and "太快" in page and "未知设备" in page
    assert "ledger-wrong ledger-marked" in page and "unknown" not in page
    ledger = studied.client.get("/study/ledger").text
    assert "用时 1.2 秒" in ledger and "太快" not in ledger


def test_an_answer_in_good_time_is_not_marked(
    studied: Device, enrolment: Enrolment, make_client: Callable[[], FlaskClient], clock: SettableClock, db: SQLAlchemy
) -> None:  # fmt: skip
    answer_after(db, 1_500, correct=True)
    review_id = raise_review(enrolment, clock.now())
    rosa = desk(make_client, clock, Role.BASE_ADMIN, enrolment.base_id)
    page = rosa.get(f"/desk/study-reviews/{review_id}").text
    assert "答对 · 用时 1.5 秒" in page and "太快" not in page and "ledger-wrong" not in page


def test_what_was_made_void_is_among_what_does_not_count_and_the_review_says_how_it_ended(
    studied: Device, enrolment: Enrolment, make_client: Callable[[], FlaskClient], clock: SettableClock, db: SQLAlchemy
) -> None:  # fmt: skip
    review_id = raise_review(enrolment, clock.now())
    rosa = desk(make_client, clock, Role.BASE_ADMIN, enrolment.base_id)
    log = f"/desk/learners/study/{enrolment.id}"
    assert "待看" in rosa.get(log).text
    spans = [str(one) for one in db.session.scalars(select(StudySpan.id))]
    form = {"verdict": "void", "reason": WHY, "span": spans}
    assert rosa.post(f"/desk/study-reviews/{review_id}", data=form).status_code == 303
    assert (queries.credited_ms(enrolment.id), queries.voided_ms(enrolment.id)) == (0, 80_000)
    page = rosa.get(log).text
    assert "已撤销学时" in page and "<span>已撤销</span><b>01:20</b>" in page
    assert ("已撤销", 80_000) in not_counted(enrolment.id)
