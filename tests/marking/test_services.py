from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete, func, select

from carbonlearn.accounts import services as accounts
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.exams.models import Entitlement
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.marking import jobs, queries, services
from carbonlearn.marking.models import Mark, Result, Script
from tests.factories.exams import entry
from tests.factories.marking import POSSIBLE, RIGHT, Sat, a_marker, hand_in, mark, mark_all
from tests.factories.people import actor_of, make_base, make_user


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def auto(db: SQLAlchemy, sat: Sat) -> dict[int, tuple[int, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(Mark).where(Mark.sitting_id == sat.id, Mark.role == "auto"))
    return {row.item_number: (row.points, row.detail["code"]) for row in rows}


# ------------------------------------------------------------------------------------------------ marks by rule


def test_the_right_answer_of_each_type_earns_its_points(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    assert jobs.mark_ended(now) == 1
    assert auto(db, sat) == {1: (100, "right"), 2: (50, "right"), 3: (150, "right")}
    assert [(script.item_number, script.text) for script in sat.scripts()] == [(4, RIGHT[4]), (5, RIGHT[5])]


def test_a_wrong_answer_of_each_type_earns_nothing(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now, {1: ["A"], 2: False, 3: ["A"], 4: "x", 5: "y"})
    jobs.mark_ended(now)
    assert auto(db, sat) == {1: (0, "wrong"), 2: (0, "wrong"), 3: (0, "wrong")}


def test_no_answer_and_an_answer_taken_back_are_blank_and_need_no_marker(
    db: SQLAlchemy, now: datetime
) -> None:
    sat = hand_in(now, {1: None, 3: [], 4: "   \n", 5: None})
    jobs.mark_ended(now)
    assert auto(db, sat) == dict.fromkeys(range(1, 6), (0, "blank"))
    assert sat.scripts() == []
    assert jobs.confirm_marked(now) == 1
    result = db.session.scalars(select(Result)).one()
    assert (result.total, result.possible, result.passed) == (0, POSSIBLE, False)


def test_the_last_answer_counts(db: SQLAlchemy, now: datetime) -> None:
    from flask import current_app

    from carbonlearn.sittings import services as sittings
    from tests.factories.sittings import a_wish

    sat = hand_in(now, {1: ["A"]}, submit=False)
    sittings.save(current_app._get_current_object(), a_wish(sat.candidate, sat.id, 1, ["B"], 2), now=now)
    assert jobs.mark_ended(now) == 0, "who still sits is not marked"
    with unit_of_work():
        sittings.submit(sat.id, actor=sat.candidate.actor, now=now)
    jobs.mark_ended(now)
    assert auto(db, sat)[1] == (100, "right")


def test_the_sweeps_change_nothing_the_second_time(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    mark_all(sat, now)
    db.session.rollback()
    before = [db.session.scalar(select(func.count()).select_from(table)) for table in (Mark, Script, Result)]
    assert (jobs.mark_ended(now), jobs.confirm_marked(now)) == (0, 0)
    with unit_of_work():
        assert services.auto_mark_sitting(sat.id, now) is False
        assert services.confirm_result(sat.id, now) is None
    after = [db.session.scalar(select(func.count()).select_from(table)) for table in (Mark, Script, Result)]
    assert before == after


def test_a_sitting_of_short_answers_alone_is_laid_out_once(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    jobs.mark_ended(now)
    with unit_of_work():
        db.session.execute(delete(Mark).where(Mark.sitting_id == sat.id))  # as if none was objective
    assert queries.unmarked_sittings() == []
    with unit_of_work():
        assert services.auto_mark_sitting(sat.id, now) is False


# -------------------------------------------------------------------------------------------------- two markers


def first_script(sat: Sat, now: datetime) -> Script:
    jobs.mark_ended(now)
    return sat.scripts()[0]


def final(db: SQLAlchemy, script: Script) -> tuple[str, int | None]:
    db.session.rollback()
    points = queries.final_marks(script.sitting_id).get(script.item_number)
    return db.session.get_one(Script, script.id).status, points


def test_two_markers_who_agree_settle_a_script(db: SQLAlchemy, now: datetime) -> None:
    script = first_script(hand_in(now), now)
    mark(script, a_marker(now), 2, now)
    assert final(db, script) == ("second", None)
    mark(script, a_marker(now), 2, now)
    assert final(db, script) == ("done", 200)
    assert entry("script:mark").facts == {"role": "second", "points": 200}


def test_nobody_marks_a_script_twice(db: SQLAlchemy, now: datetime) -> None:
    script, marker = first_script(hand_in(now), now), a_marker(now)
    mark(script, marker, 2, now)
    with pytest.raises(NotFound, match="SCRIPT_NOT_FOUND"):
        mark(script, marker, 2, now)
    assert final(db, script) == ("second", None)
    assert queries.waiting_count(marker) == 1, "only the other one is left"


def test_nobody_marks_their_own_sitting(db: SQLAlchemy, now: datetime) -> None:
    from carbonlearn.accounts.queries import actor_of_session
    from carbonlearn.accounts.services import grant_role

    sat = hand_in(now)
    script = first_script(sat, now)
    with unit_of_work():
        grant_role(sat.candidate.actor.user_id, Role.MARKER, None, now)
    self_marker = actor_of_session(sat.candidate.actor.session_hash, now)
    assert self_marker is not None
    assert queries.next_script(self_marker) is None
    with pytest.raises(NotFound):
        mark(script, self_marker, 3, now)


def test_markers_who_differ_too_much_call_the_chief_examiner_who_decides(
    db: SQLAlchemy, now: datetime
) -> None:
    script = first_script(hand_in(now), now)
    first, second, chief = a_marker(now), a_marker(now), a_marker(now, Role.CHIEF_EXAMINER)
    with pytest.raises(NotFound):
        mark(script, chief, 2, now)
    mark(script, first, 0, now)
    mark(script, second, 3, now)
    assert final(db, script) == ("third", None)
    with pytest.raises(NotFound):
        mark(script, a_marker(now), 2, now)
    mark(script, chief, 2, now)
    assert final(db, script) == ("done", 200)
    assert len(queries.marks_of_script(script)) == 3, "the earlier marks stay"


def test_a_gap_within_the_tolerance_gives_the_mean_in_the_candidates_favour(
    db: SQLAlchemy, now: datetime
) -> None:
    script = first_script(hand_in(now), now)
    for lines in ([100, 100, 0], [100, 100, 50]):
        with unit_of_work():
            services.mark_script(script.id, lines, "", a_marker_inside(now), now)
    assert final(db, script) == ("done", 250)


def a_marker_inside(now: datetime):  # type: ignore[no-untyped-def]
    """An actor made without leaving the unit of work that is open."""
    from carbonlearn.accounts import services as accounts
    from carbonlearn.core.permissions import Grant
    from carbonlearn.infra.tokens import new_id

    user = accounts.create_user(f"m-{new_id()}", "马克勤", now, must_change=False)
    return Actor(user.id, user.name, frozenset({Grant(Role.MARKER, None)}))


@pytest.mark.parametrize(
    ("lines", "code"),
    [([100, 100], "LINES_MISSING"), ([100, 100, 100, 0], "LINES_MISSING"), ([], "LINES_MISSING"),
     ([100, 100, 150], "LINE_POINTS"), ([100, 100, -50], "LINE_POINTS"), ([100, 100, 33], "LINE_POINTS")],
)  # fmt: skip
def test_points_that_the_rubric_does_not_give_are_refused(
    db: SQLAlchemy, now: datetime, lines: list[int], code: str
) -> None:
    script, marker = first_script(hand_in(now), now), a_marker(now)
    with pytest.raises(Invalid, match=code), unit_of_work():
        services.mark_script(script.id, lines, "", marker, now)
    assert final(db, script) == ("first", None)


@pytest.mark.parametrize("points", [200, 500])
def test_an_item_can_earn_exactly_what_the_paper_says_it_is_worth(
    db: SQLAlchemy, now: datetime, points: int
) -> None:
    """The bank's rubric adds up to three points; other programmes give the same item two, or five."""
    script = first_script(hand_in(now), now)
    with unit_of_work():
        db.session.get_one(Script, script.id).points = points
    for marker in (a_marker(now), a_marker(now)):
        lines = [line["points"] for line in queries.script_for(script.id, marker).rubric]
        assert sum(lines) == points
        with unit_of_work():
            services.mark_script(script.id, lines, "", marker, now)
    assert final(db, script) == ("done", points)


# ------------------------------------------------------------------------------------------- results and release


def test_a_result_is_the_sum_and_waits_for_every_script(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    jobs.mark_ended(now)
    assert jobs.confirm_marked(now) == 0
    mark_all(sat, now, share=2)
    result = db.session.scalars(select(Result)).one()
    assert (result.total, result.possible, result.passed) == (100 + 50 + 150 + 200 + 200, POSSIBLE, True)
    assert result.by_type["short-answer"] == {"points": 400, "possible": 600}
    assert result.release_id is None
    assert entry("result:confirm").facts == {"total": 700, "outcome": "pass"}


def over(now: datetime) -> datetime:
    return now + timedelta(hours=2)


def release(sat: Sat, now: datetime, **who: Role):  # type: ignore[no-untyped-def]
    chief = a_marker(now, Role.CHIEF_EXAMINER)
    with unit_of_work():
        return services.release(sat.window, chief, now)


def gates(sat: Sat, actor: object, now: datetime) -> dict[str, bool]:
    return dict(services.release_gates(queries.window_state(sat.window, actor), actor, now))  # type: ignore[arg-type]


def test_a_released_result_is_visible_to_its_owner_alone(db: SQLAlchemy, now: datetime) -> None:
    sat, other = hand_in(now), hand_in(now)
    mark_all(sat, now)
    mark_all(other, now)
    result = db.session.scalars(select(Result.id).where(Result.sitting_id == sat.id)).one()
    with pytest.raises(NotFound):
        queries.own_result(result, sat.candidate.actor)
    assert len(queries.awaiting_release(sat.candidate.actor)) == 1
    made = release(sat, over(now))
    assert made.count == 1
    assert queries.own_result(result, sat.candidate.actor)[0].id == result
    assert len(queries.own_results(sat.candidate.actor)) == 1
    with pytest.raises(NotFound):
        queries.own_result(result, other.candidate.actor)
    assert queries.own_results(other.candidate.actor) == []
    assert entry("result:release").facts == {"count": 1, "passed": 1}


def test_nothing_is_released_while_somebody_still_sits(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    hand_in(now, {}, window=sat.window, submit=False)
    mark_all(sat, now)
    chief = a_marker(now, Role.CHIEF_EXAMINER)
    assert gates(sat, chief, now)["all_ended"] is False
    with pytest.raises(Conflict, match=r"RELEASE_GATE_SHUT.*all_ended"):
        release(sat, now)


def test_nothing_is_released_while_an_answer_waits_for_its_mark(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    jobs.mark_ended(now)
    with pytest.raises(Conflict, match=r"RELEASE_GATE_SHUT.*all_confirmed"):
        release(sat, over(now))
    assert (
        db.session.scalar(select(func.count()).select_from(Result).where(Result.release_id.is_not(None))) == 0
    )


def test_a_dispute_is_named_among_the_gates(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    script = first_script(sat, now)
    mark(script, a_marker(now), 0, now)
    mark(script, a_marker(now), 3, now)
    shut = {
        name for name, holds in gates(sat, a_marker(now, Role.CHIEF_EXAMINER), over(now)).items() if not holds
    }
    assert shut == {"all_confirmed", "none_disputed", "something_new"}


def test_results_are_released_once(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    mark_all(sat, now)
    release(sat, over(now))
    with pytest.raises(Conflict, match=r"RELEASE_GATE_SHUT.*something_new"):
        release(sat, over(now))


def test_who_marked_in_the_window_does_not_release_it(db: SQLAlchemy, now: datetime) -> None:
    sat = hand_in(now)
    script = first_script(sat, now)
    chief = a_marker(now, Role.CHIEF_EXAMINER)
    mark(script, a_marker(now), 0, now)
    mark(script, a_marker(now), 3, now)
    mark(script, chief, 2, now)
    for marker in (a_marker(now), a_marker(now)):
        mark(sat.scripts()[1], marker, 3, now)
    jobs.confirm_marked(now)
    with pytest.raises(Refused, match="RELEASE_BY_MARKER"), unit_of_work():
        services.release(sat.window, chief, over(now))
    assert release(sat, over(now)).count == 1


def test_who_reads_every_result_releases_only_those_of_the_own_base(db: SQLAlchemy, now: datetime) -> None:
    """The chief examiner of one base, who reads all results in another role, does not release another base's."""
    sat = hand_in(now)
    mark_all(sat, now)
    elsewhere = make_base("elsewhere", now=now)
    user = make_user(Role.CHIEF_EXAMINER, now=now, base_id=elsewhere)
    with unit_of_work():
        accounts.grant_role(user.id, Role.ASSOCIATION_ADMIN, None, now)
    actor = actor_of(user, now)
    with pytest.raises(NotFound, match="WINDOW_NOT_FOUND"), unit_of_work():
        services.release(sat.window, actor, over(now))


def test_an_unknown_window_is_not_found(db: SQLAlchemy, now: datetime) -> None:
    chief = a_marker(now, Role.CHIEF_EXAMINER)
    with pytest.raises(NotFound, match="WINDOW_NOT_FOUND"), unit_of_work():
        services.release("0" * 26, chief, now)


def test_who_failed_gets_the_free_retake_once_and_who_passed_none(db: SQLAlchemy, now: datetime) -> None:
    failed, passed = hand_in(now, {1: ["A"]}), hand_in(now)
    for sat in (failed, passed):
        mark_all(sat, now)
        release(sat, over(now))

    def retakes(sat: Sat) -> int:
        kind = Entitlement.kind == "free_retake"
        query = select(func.count()).select_from(Entitlement)
        return db.session.scalar(query.where(Entitlement.enrolment_id == sat.candidate.enrolment, kind)) or 0

    db.session.rollback()
    assert (retakes(failed), retakes(passed)) == (1, 0)
    with pytest.raises(Conflict):
        release(failed, over(now))
    assert retakes(failed) == 1
