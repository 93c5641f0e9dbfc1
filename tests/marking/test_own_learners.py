"""Nobody marks a learner of their own: base, admission, entry. And each programme's tolerance between two markers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.accounts.models import RoleGrant
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.enrolment.models import Enrolment, EnrolmentDocument, EnrolmentReview
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.marking import jobs, queries
from carbonlearn.marking.models import Script
from carbonlearn.marking.rules.allotment import may_mark
from tests.factories.marking import Sat, a_marker, hand_in, mark
from tests.factories.people import make_base


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def first_script(sat: Sat, now: datetime) -> Script:
    jobs.mark_ended(now)
    return sat.scripts()[0]


def final(db: SQLAlchemy, script: Script) -> tuple[str, int | None]:
    db.session.rollback()
    points = queries.final_marks(script.sitting_id).get(script.item_number)
    return db.session.get_one(Script, script.id).status, points


def test_a_marker_granted_by_a_base_marks_for_every_base_but_their_own(db: SQLAlchemy, now: datetime) -> None:
    script = first_script(hand_in(now), now)
    own = a_marker(now, base_id=script.base_id)
    elsewhere = a_marker(now, base_id=make_base("elsewhere", now=now))
    assert queries.next_script(own) is None and queries.waiting_count(own) == 0
    with pytest.raises(NotFound, match="SCRIPT_NOT_FOUND"):
        mark(script, own, 2, now)
    assert queries.waiting_count(elsewhere) == 2
    mark(script, elsewhere, 2, now)
    assert final(db, script) == ("second", None)


def tie(name: str, marker: Actor, sat: Sat, now: datetime) -> None:
    """Tie a marker to the learner of a sitting."""
    elsewhere = make_base("elsewhere", now=now)
    enrolment = database.session.get_one(Enrolment, sat.candidate.enrolment)
    rows: dict[str, Any] = {
        "entered": lambda: setattr(enrolment, "created_by", marker.user_id),
        "handed in a document": lambda: database.session.add(
            EnrolmentDocument(
                enrolment_id=enrolment.id,
                slug="photo",
                file_key="0" * 64,
                media_type="image/png",
                added_by=marker.user_id,
                added_at=now,
            )
        ),
        "admitted": lambda: database.session.add(
            EnrolmentReview(
                enrolment_id=enrolment.id,
                stage="base",
                decision="approved",
                reasons={},
                reviewer_id=marker.user_id,
                at=now,
            )
        ),
        "works in the base": lambda: grant(marker, enrolment.base_id, now),
        "worked there then": lambda: grant(marker, enrolment.base_id, now, revoked=now),
        "left before": lambda: grant(
            marker, enrolment.base_id, now - timedelta(days=9), revoked=enrolment.created_at
        ),
        "works elsewhere": lambda: grant(marker, elsewhere, now),
        "nothing": lambda: None,
    }
    with unit_of_work():
        rows[name]()


def grant(marker: Actor, base_id: str, at: datetime, revoked: datetime | None = None) -> None:
    database.session.add(
        RoleGrant(
            user_id=marker.user_id, role=Role.AUTHOR, base_id=base_id, granted_at=at, revoked_at=revoked
        )
    )


@pytest.mark.parametrize("role", [Role.MARKER, Role.CHIEF_EXAMINER])
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("entered", "entered"),
        ("handed in a document", "entered"),
        ("admitted", "admitted"),
        ("works in the base", "own_base"),
        ("worked there then", "own_base"),
        ("left before", None),
        ("works elsewhere", None),
        ("nothing", None),
    ],
)
def test_nobody_marks_their_own_learner(
    db: SQLAlchemy, now: datetime, name: str, code: str | None, role: Role
) -> None:
    """The rule and the statement say the same of every tie; a tie to another learner is none."""
    sat = hand_in(now)
    script = first_script(sat, now)
    if role is Role.CHIEF_EXAMINER:
        mark(script, a_marker(now), 0, now)
        mark(script, a_marker(now), 3, now)
    marker = a_marker(now, role)
    tie(name, marker, sat, now)
    assert may_mark(queries.ties_of(script.id, marker.user_id)).codes == ((code,) if code else ())
    assert (queries.waiting_count(marker) > 0) is (code is None)
    if code:
        with pytest.raises(NotFound, match="SCRIPT_NOT_FOUND"):
            mark(script, marker, 2, now)
    else:
        assert queries.script_for(script.id, marker).id == script.id


def test_an_earlier_place_of_the_same_learner_ties_as_well(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    script, clerk = first_script(sat, now), a_marker(now)
    with unit_of_work():
        enrolment = db.session.get_one(Enrolment, sat.candidate.enrolment)
        db.session.add(
            Enrolment(
                user_id=enrolment.user_id,
                base_id=enrolment.base_id,
                programme_key=enrolment.programme_key,
                programme_version_id=enrolment.programme_version_id,
                job_type=enrolment.job_type,
                level="3",
                status="expired",
                created_at=now,
                created_by=clerk.user_id,
            )
        )
    assert queries.next_script(clerk) is None
    assert queries.ties_of(script.id, clerk.user_id).entered


def stuck(sat: Sat, now: datetime) -> int:
    reader = a_marker(now, Role.ASSOCIATION_ADMIN)
    return queries.window_state(sat.window, reader).scripts_stuck


def test_scripts_that_too_few_may_mark_are_told_on_the_screens(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    script = first_script(sat, now)
    assert stuck(sat, now) == 2, "nobody marks at all"
    a_marker(now, base_id=script.base_id)
    first = a_marker(now)
    assert stuck(sat, now) == 2, "two must mark, and only one is not of the learner's base"
    second = a_marker(now)
    assert stuck(sat, now) == 0
    mark(script, first, 0, now)
    mark(script, second, 3, now)
    assert stuck(sat, now) == 1, "the two differ, and there is no third"
    a_marker(now, Role.CHIEF_EXAMINER)
    assert stuck(sat, now) == 0


def test_the_tolerance_is_that_of_the_version_the_sitting_is_held_to(
    db: SQLAlchemy, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two markers differ by a third of the item: too far by our 20 %, near enough for a programme that states 40 %."""
    from carbonlearn.catalogue import queries as catalogue
    from carbonlearn.catalogue.queries.programmes import _RULES
    from carbonlearn.catalogue.rules.programme import ProgrammeRules
    from carbonlearn.enrolment.models import Enrolment

    script = first_script(hand_in(now), now)
    version = db.session.scalars(select(Enrolment.programme_version_id)).one()
    stated = {**catalogue.rules_of(version).data, "exam_day": {"marking_tolerance_percent": 40}}
    mark(script, a_marker(now), 2, now)
    assert queries.script_for(script.id, a_marker(now)).tolerance_percent == 20
    lenient = ProgrammeRules(stated, catalogue.defaults(), catalogue.weights())
    monkeypatch.setitem(_RULES, version, lenient)
    mark(script, a_marker(now), 1, now)
    assert final(db, script) == ("done", 150)
