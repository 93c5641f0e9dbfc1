"""How fast the record grows: one row for each lesson followed and for each question asked, however many beats there were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.study.models import PresenceCheck, StudyRefusal, StudySpan
from tests.factories.study import make_question
from tests.study.cheats.stage import Stage

HOURS = 3
PRESENCE = {"presence_seconds": [360, 900]}  # our default
ROWS = (StudySpan, PresenceCheck, StudyRefusal)


def follow_to_the_end(stage: Stage, lesson: str) -> None:
    """A whole lesson, each beat after the interval that the server told, every question answered."""
    phone = stage.phone
    reply, at = phone.open(lesson), 0
    length = stage.diary.lengths[lesson]
    while at < length:
        told = reply["interval_s"]
        to = min(at + told * 1000, length)
        reply = phone.beat(at, to, after=(to - at) / 1000)
        at = to
        if reply["presence"]:
            phone.say_rightly(reply["presence"])


def count(table: type) -> int:
    return database.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(("minutes", "most_an_hour"), [(30, 10), (10, 15)])
def test_the_record_grows_by_lessons_and_questions_not_by_beats(
    db: SQLAlchemy,
    make_client: Callable[[], FlaskClient],
    clock: SettableClock,
    record_property: Callable[[str, object], None],
    minutes: int,
    most_an_hour: int,
) -> None:
    stage = Stage(make_client, clock, PRESENCE, minutes * 60_000)
    lessons = [
        stage.lesson,
        *(stage.add_lesson(minutes * 60_000) for _ in range(HOURS * 60 // minutes - 1)),
    ]
    for lesson in lessons:
        for part in (1, 2):
            make_question(lesson, clock.now(), part=part)
    began = clock.now()
    for lesson in lessons:
        follow_to_the_end(stage, lesson)
    assert clock.now() - began == timedelta(hours=HOURS)
    assert stage.earned_ms() == HOURS * 3_600_000
    spans, checks, refusals = (count(table) for table in ROWS)
    record_property("rows_an_hour", round((spans + checks + refusals) / HOURS, 1))
    assert (spans, refusals) == (len(lessons), 0)
    assert HOURS * 4 - 1 <= checks <= HOURS * 10
    assert (spans + checks + refusals) / HOURS <= most_an_hour
