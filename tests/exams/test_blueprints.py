"""Blueprints as data: several papers of a level, versions edited at the desk, whom they hold for, and the forms of a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from carbonlearn.catalogue.queries import current_rules
from carbonlearn.core.errors import Conflict, Invalid, Refused
from carbonlearn.core.permissions import Role
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import BlueprintVersion, Booking, Paper
from carbonlearn.exams.queries.feasibility import preview_of
from carbonlearn.exams.queries.papers import Due
from carbonlearn.exams.queries.pools import pool_of
from carbonlearn.exams.rules.blueprint import Blueprint, prove
from carbonlearn.exams.rules.edition import Edition, blueprint_from, chosen, data_of
from carbonlearn.exams.rules.form import least_met
from carbonlearn.exams.rules.sheet import read, typed_of
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank.models import Item
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book
from tests.factories.items import add_short_answers, load_bank
from tests.factories.people import actor_of, make_user

NATIONAL = "national-standard"
TRACK = ("accounting", "4")
PAGE = f"/desk/blueprints/{GDCPA}/accounting/4/unified"


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    made = Hall(now, GDCPA, NATIONAL)
    load_bank(now)
    return made


def asked_now(now: datetime) -> queries.Asked:
    return queries.current_asked(GDCPA, *TRACK, "", now)


def with_drawing(blueprint: Blueprint, **changes: Any) -> Blueprint:
    return replace(blueprint, item_count=None, drawing=replace(blueprint.drawing, **changes))


def put_in_force(blueprint: Blueprint, day: date, now: datetime) -> BlueprintVersion:
    """Drafted by the association, approved by a chief examiner, from a day on."""
    drafter, chief = (
        actor_of(make_user(role, now=now), now) for role in (Role.ASSOCIATION_ADMIN, Role.CHIEF_EXAMINER)
    )
    with unit_of_work():
        version = services.draft_blueprint(asked_now(now), blueprint, "分成两份卷", actor=drafter, now=now)
        version_id = version.id
    with unit_of_work():
        services.decide_blueprint(
            version_id, approve=True, effective_from=day, reason="同意", actor=chief, now=now
        )
    return queries.blueprint_version(version_id)


# ------------------------------------------------------------------------------------------------ papers of a level


def test_the_national_standards_two_papers_stand_as_data(hall: Hall, now: datetime) -> None:
    specs = current_rules(NATIONAL, now).papers("4")
    assert [(one.slug, one.total_points, one.pass_points) for one in specs] == [
        ("theory", 10_000, 6_000),
        ("skill", 10_000, 6_000),
    ]
    theory, skill = (queries.current_asked(NATIONAL, *TRACK, one.slug, now) for one in specs)
    assert {weight.function for weight in theory.blueprint.functions} >= {
        "professional-ethics",
        "basic-knowledge",
    }
    assert {weight.function: weight.percent for weight in skill.blueprint.functions} == {
        "draft-approve-accounting-scheme": 25,
        "accounting-and-reporting": 30,
        "quality-and-records": 25,
        "carry-out-verification": 20,
    }
    assert prove(theory.blueprint) == prove(skill.blueprint) == ()
    assert theory.key != skill.key


def test_both_papers_of_a_level_are_assembled_sealed_and_shown(hall: Hall, db: Any, now: datetime) -> None:
    """The window is another programme's; what is sealed in it is the standard's."""
    with unit_of_work():
        db.session.execute(update(Item).where(Item.function == "carry-out-verification").values(difficulty=2))
    window = hall.window("2026-11-28")
    for paper in ("theory", "skill"):
        due = Due(window.id, NATIONAL, *TRACK, (), paper=paper)
        prepared = services.prepare_paper(due, now, "7")
        if (
            not prepared.forms
        ):  # the bank has one short answer on verification, and the skill paper takes one or two
            assert paper == "skill" and {lack.type for lack in prepared.preview.assembly.lacks} == {
                "short-answer"
            }
            add_short_answers(now)
            prepared = services.prepare_paper(due, now, "7")
        with unit_of_work():
            assert services.store_paper(prepared, now)
    rows = queries.papers_of_window(window.id)
    assert [(row.paper, row.item_count, row.total_points) for row in rows] == [
        ("skill", 10, 10_000),
        ("theory", 100, 10_000),
    ]
    skill = db.session.get_one(Paper, rows[0].id)
    assert {item["points"] for item in queries.face(skill)["items"]} == {1_000}
    for entry in queries.key(skill)["items"]:
        assert sum(line["points"] for line in entry["rubric"]) == 1_000, (
            "a rubric of three points is worth ten here"
        )


def test_preview_says_what_lacks_in_words_that_can_be_acted_on(hall: Hall, now: datetime, db: Any) -> None:
    with unit_of_work():
        db.session.execute(
            update(Item)
            .where(Item.function == "quality-and-records", Item.type == "multiple-choice")
            .values(status="retired")
        )
        db.session.execute(
            update(Item)
            .where(Item.function == "quality-and-records", Item.type == "single-choice")
            .values(status="retired")
        )
    report = queries.report_of(asked_now(now))
    assert not report.feasible and report.missing == sum(lack.count for lack in report.lacks) > 0
    assert {lack.function for lack in report.lacks} == {"quality-and-records"}
    again = queries.report_of(asked_now(now))
    assert again is report, "the same items and blueprint are reckoned once"


# ------------------------------------------------------------------------------------------------ versions


def test_a_blueprint_survives_being_stored(hall: Hall, now: datetime) -> None:
    blueprint = with_drawing(asked_now(now).blueprint, must=("a",), forms=2)
    assert blueprint_from(data_of(blueprint)) == blueprint
    assert read(typed_of(blueprint), blueprint).blueprint == blueprint


def test_an_edit_is_a_new_version_that_waits_for_another_person(hall: Hall, now: datetime) -> None:
    chief = actor_of(make_user(Role.CHIEF_EXAMINER, now=now), now)
    other = actor_of(make_user(Role.CHIEF_EXAMINER, now=now), now)
    asked = asked_now(now)
    with unit_of_work():
        version_id = services.draft_blueprint(
            asked, with_drawing(asked.blueprint, forms=2), "两场之间不重复", actor=chief, now=now
        ).id
    assert asked_now(now).number == 0, "nothing holds before the second person has spoken"
    with pytest.raises(Refused, match="BLUEPRINT_OWN"), unit_of_work():
        services.decide_blueprint(
            version_id, approve=True, effective_from=now.date(), reason="同意", actor=chief, now=now
        )
    yesterday = now.date() - timedelta(days=1)
    with pytest.raises(Invalid, match="BLUEPRINT_DAY"), unit_of_work():
        services.decide_blueprint(
            version_id, approve=True, effective_from=yesterday, reason="同意", actor=other, now=now
        )
    with unit_of_work():
        services.decide_blueprint(
            version_id, approve=True, effective_from=now.date(), reason="同意", actor=other, now=now
        )
    with pytest.raises(Conflict, match="BLUEPRINT_DECIDED"), unit_of_work():
        services.decide_blueprint(
            version_id, approve=False, effective_from=None, reason="反悔", actor=other, now=now
        )
    assert (asked_now(now).number, asked_now(now).blueprint.drawing.forms) == (1, 2)
    assert actions(version_id) == ["blueprint:draft", "blueprint:approve"]


def test_today_is_the_day_where_the_programme_is(hall: Hall, now: datetime) -> None:
    """At one in the night in Shanghai it is still yesterday elsewhere."""
    drafter, chief = (actor_of(make_user(Role.CHIEF_EXAMINER, now=now), now) for _ in range(2))
    asked, night = asked_now(now), datetime(2026, 11, 2, 17, tzinfo=UTC)
    with unit_of_work():
        version_id = services.draft_blueprint(
            asked, with_drawing(asked.blueprint, forms=2), "两份卷", actor=drafter, now=night
        ).id
    given = {"approve": True, "reason": "同意", "actor": chief, "now": night}
    with pytest.raises(Invalid, match="BLUEPRINT_DAY"), unit_of_work():
        services.decide_blueprint(version_id, effective_from=date(2026, 11, 2), **given)  # type: ignore[arg-type]
    with unit_of_work():
        services.decide_blueprint(version_id, effective_from=date(2026, 11, 3), **given)  # type: ignore[arg-type]


def test_a_blueprint_whose_totals_do_not_hold_or_that_changes_nothing_is_not_kept(
    hall: Hall, now: datetime
) -> None:
    chief, asked = actor_of(make_user(Role.CHIEF_EXAMINER, now=now), now), asked_now(now)
    for blueprint, code in (
        (replace(asked.blueprint, total_points=9_900), "BLUEPRINT_FAULTY"),
        (with_drawing(asked.blueprint, curve=((1, 50), (2, 40))), "BLUEPRINT_FAULTY"),
        (asked.blueprint, "BLUEPRINT_UNCHANGED"),
    ):
        with pytest.raises(Invalid, match=code), unit_of_work():
            services.draft_blueprint(asked, blueprint, "试一试", actor=chief, now=now)


def test_a_version_holds_from_its_day_on_and_not_before(hall: Hall, now: datetime) -> None:
    day = hall.window("2026-11-28").starts_at.date()
    put_in_force(with_drawing(asked_now(now).blueprint, forms=2), day, now)
    version_id = asked_now(now).version_id

    def forms_on(at: datetime) -> int:
        return queries.asked_of(version_id, *TRACK, "", at).blueprint.drawing.forms

    start = hall.window("2026-11-28").starts_at
    assert (forms_on(start), forms_on(start - timedelta(days=1))) == (2, 1)


def test_an_edit_of_the_drawing_alone_holds_for_who_enrolled_before(
    hall: Hall, db: Any, now: datetime, clock: SettableClock
) -> None:
    """An item that became known is kept out of the papers of everybody, and a window has one paper for one question."""
    _early, enrolment = hall.learner(THRESHOLD_MS)
    asked = asked_now(now)
    leaked = sorted(item.number for item in pool_of(asked.track, asked.blueprint).facts)[0]
    edit = read(typed_of(asked.blueprint) | {"must_not": leaked}, asked.blueprint).blueprint
    assert edit is not None
    tomorrow = now + timedelta(days=1)
    put_in_force(edit, tomorrow.date(), now)
    start = hall.window("2026-11-28").starts_at
    of = (enrolment.programme_version_id, *TRACK, "", start)
    for began_at in (enrolment.created_at, tomorrow + timedelta(hours=12), None):
        held = queries.asked_of(*of, began_at)
        assert (held.number, held.blueprint.drawing.must_not) == (1, (leaked,))
        assert held.key == asked.key


FIRST, LATER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("editions", "began", "number"),
    [
        ([], FIRST, None),
        ([("own", "own", FIRST)], None, 1),
        ([("own", "own", LATER)], FIRST, 1),
        ([("own", "new", LATER)], FIRST, None),
        ([("own", "new", LATER)], LATER, 1),
        ([("own", "new", LATER)], None, 1),
        ([("own", "new", FIRST), ("own", "new", LATER)], FIRST, 2),
        ([("own", "new", FIRST), ("own", "own", LATER)], FIRST, 1),
        ([("old", "old", FIRST)], FIRST, None),
    ],
    ids=[
        "none",
        "in force",
        "drawn otherwise since: for all",
        "asked otherwise since: not for those before",
        "asked otherwise: for those from that day",
        "whoever begins now",
        "drawn otherwise since what is held",
        "asked as at first again: not for those between",
        "written for a programme that asked for something else",
    ],
)
def test_an_enrolment_is_held_to_what_was_asked_when_it_began(
    editions: list[tuple[str, str, date]], began: date | None, number: int | None
) -> None:
    made = [
        Edition(str(place), place, day, base, key) for place, (base, key, day) in enumerate(editions, start=1)
    ]
    found = chosen(made, "own", date(2026, 12, 28), began)
    assert (found.number if found else None) == number


def test_who_enrolled_before_another_split_keeps_the_old_and_both_sit_in_one_window(
    hall: Hall, db: Any, now: datetime, clock: SettableClock
) -> None:
    early, old = hall.learner(THRESHOLD_MS)
    asked = asked_now(now)
    sheet = typed_of(asked.blueprint) | {"count.single-choice": "43", "count.multiple-choice": "20"}
    other = read(sheet, asked.blueprint).blueprint
    assert other is not None and prove(other) == ()
    tomorrow = now + timedelta(days=1)
    put_in_force(other, tomorrow.date(), now)
    hall.now = hall.desk.now = tomorrow
    clock.set(tomorrow)
    late, _new = hall.learner(THRESHOLD_MS)
    window = hall.window("2026-11-28")
    window_id, seal_at = window.id, window.seal_at
    bookings = [book(hall.window("2026-11-28"), learner, tomorrow).id for learner in (early, late)]
    jobs.seal_papers(seal_at)
    papers = [queries.paper_for(db.session.get_one(Booking, one)) for one in bookings]
    assert [paper.item_count for paper in papers] == [96, 97]
    assert [paper.blueprint_version_id is None for paper in papers] == [True, False]
    assert queries.papers_due(seal_at) == []
    assert {row.item_count for row in queries.papers_of_window(window_id)} == {96, 97}
    assert queries.spec_for(old, window).item_count == 96


# ------------------------------------------------------------------------------------------------ forms of a window


def test_two_forms_are_sealed_and_neighbours_get_different_ones(hall: Hall, db: Any, now: datetime) -> None:
    put_in_force(with_drawing(asked_now(now).blueprint, forms=2), now.date(), now)
    window = hall.window("2026-11-28")
    window_id, seal_at = window.id, window.seal_at
    bookings = [book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now).id for _ in range(4)]
    assert jobs.seal_papers(seal_at) == 1
    rows = queries.papers_of_window(window_id)
    assert [(row.form, row.letter) for row in rows] == [(1, "A"), (2, "B")]
    contents = [
        {entry["item_id"] for entry in queries.key(queries.paper_by_id(row.id))["items"]} for row in rows
    ]
    assert len(contents[0] & contents[1]) == rows[0].proof["shared"][0]["met"] <= 19
    given = [queries.paper_for(db.session.get_one(Booking, one)).form for one in bookings]
    assert sorted(given) == [1, 1, 2, 2] and given[0] != given[1]
    with unit_of_work():
        first = services.give_paper(db.session.get_one(Booking, bookings[0]), window.starts_at).id
    assert queries.paper_for(db.session.get_one(Booking, bookings[0])).id == first


def test_a_candidate_gets_the_form_that_they_have_met_least() -> None:
    forms = [frozenset("abcd"), frozenset("cdef"), frozenset("efgh")]
    assert least_met(forms, frozenset("abc"), 7) == 2
    assert [least_met(forms, frozenset(), serial) for serial in range(4)] == [0, 1, 2, 0]
    assert [least_met(forms, frozenset("cd"), serial) for serial in range(2)] == [2, 2]


def test_many_seeds_give_papers_that_all_hold(hall: Hall, now: datetime) -> None:
    asked = asked_now(now)
    for forms in (1, 2):
        blueprint = with_drawing(asked.blueprint, forms=forms)
        pool, seen = pool_of(asked.track, blueprint), set()
        for seed in range(15):
            made = preview_of(blueprint, pool, f"{forms}-{seed}")
            assert made.stands and made.broken == ()
            seen |= {frozenset(item.id for item in form) for form in made.assembly.forms}  # type: ignore[union-attr]
        assert len(seen) == 15 * forms
