"""Marking and release. Marks are appended; the points that count are the rule's for objective items, the settled ones for short answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue.queries import defaults
from carbonlearn.core.errors import Conflict, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.exams import queries as exams_queries
from carbonlearn.exams import services as exams_services
from carbonlearn.exams.models import Booking, ExamWindow, Paper
from carbonlearn.infra.db import db
from carbonlearn.marking import queries
from carbonlearn.marking.models import Mark, Release, Result, Script
from carbonlearn.marking.rules.auto_mark import OBJECTIVE, Answer, Key, MultiplePolicy, auto_mark
from carbonlearn.marking.rules.grade import ItemMark, Outcome, grade
from carbonlearn.marking.rules.reconcile import Standing, reconcile
from carbonlearn.marking.rules.rubric import choices
from carbonlearn.sittings.models import Sitting
from carbonlearn.sittings.queries import final_answers

NEXT_ROLE = {"first": "first", "second": "second", "third": "third"}
MAX_NOTE = 500


def auto_mark_sitting(sitting_id: str, now: datetime) -> bool:
    """Mark the objective items of an ended sitting by rule, and lay out its short answers as scripts. Repeating it changes nothing."""
    sitting = db.session.scalar(select(Sitting).where(Sitting.id == sitting_id).with_for_update())
    if (
        sitting is None
        or sitting.status not in queries.ENDED
        or sitting.paper_id is None
        or _is_marked(sitting_id)
    ):
        return False
    paper = db.session.get_one(Paper, sitting.paper_id)
    types = {item["n"]: (item["type"], item["points"]) for item in exams_queries.face(paper)["items"]}
    answers = final_answers(sitting_id)
    for entry in exams_queries.key(paper)["items"]:
        item_type, points = types[entry["n"]]
        answer = answers.get(entry["n"])
        if item_type in OBJECTIVE:
            _mark_by_rule(sitting, entry, item_type, points, answer, now)
        else:
            _lay_out(sitting, entry, points, answer, now)
    record("sitting:auto_mark", ("sitting", sitting_id), now=now, source="job", base_id=sitting.base_id)
    return True


def _is_marked(sitting_id: str) -> bool:
    """Whether marking has begun: a mark by rule, or a script laid out (of a paper of short answers there are scripts alone)."""
    marks, scripts = (select(row.id).where(row.sitting_id == sitting_id).limit(1) for row in (Mark, Script))
    return db.session.scalar(marks) is not None or db.session.scalar(scripts) is not None


def _mark_by_rule(
    sitting: Sitting, entry: Mapping[str, Any], item_type: str, points: int, answer: Any, now: datetime
) -> None:
    given: Answer = (
        frozenset(answer) if isinstance(answer, list) else answer if isinstance(answer, bool) else None
    )
    correct = entry["key"][0] if item_type == "true-false" else frozenset(entry["key"])
    verdict = auto_mark(item_type, Key(correct), given, points, MultiplePolicy(defaults()["multiple_choice"]))
    _add_mark(sitting.id, entry["n"], "auto", None, verdict.points, {"code": verdict.code}, now)


def _lay_out(sitting: Sitting, entry: Mapping[str, Any], points: int, answer: Any, now: datetime) -> None:
    """A script for the markers; an empty answer needs none and earns nothing."""
    text = answer.strip() if isinstance(answer, str) else ""
    if not text:
        _add_mark(sitting.id, entry["n"], "auto", None, 0, {"code": "blank"}, now)
        return
    db.session.add(
        Script(
            sitting_id=sitting.id,
            base_id=sitting.base_id,
            item_number=entry["n"],
            item_version_id=entry["version_id"],
            points=points,
            text=text,
            status="first",
            created_at=now,
        )
    )


def _add_mark(
    sitting_id: str,
    number: int,
    role: str,
    marker: str | None,
    points: int,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    db.session.add(
        Mark(
            sitting_id=sitting_id,
            item_number=number,
            role=role,
            marker_id=marker,
            points=points,
            detail=detail,
            at=now,
        )
    )


def mark_script(script_id: str, lines: list[int], note: str, actor: Actor, now: datetime) -> Script:
    """One marker's points for each line of the rubric, in hundredths. Settles the script when it can.

    Raises NotFound when the script is not this person's to mark now, Invalid for points that the rubric does not give.
    """
    open_script = queries.script_for(script_id, actor)
    script = db.session.scalar(select(Script).where(Script.id == script_id).with_for_update())
    if script is None or script.status != open_script.status:
        raise Conflict("SCRIPT_TAKEN")
    total = _check_lines(lines, open_script)
    if len(note) > MAX_NOTE:
        raise Invalid("NOTE_TOO_LONG", field="note", limit=MAX_NOTE)
    detail = {"lines": lines, "note": note.strip()}
    _add_mark(
        script.sitting_id, script.item_number, NEXT_ROLE[script.status], actor.user_id, total, detail, now
    )
    db.session.flush()
    _settle(script, now)
    facts = {"role": open_script.status, "points": total}
    record(
        "script:mark",
        ("script", script_id),
        now=now,
        actor_id=actor.user_id,
        base_id=script.base_id,
        facts=facts,
    )
    return script


def _check_lines(lines: list[int], script: queries.OpenScript) -> int:
    """The sum of the lines. Each is nothing, half or all of what its line is worth."""
    worth = [int(line["points"]) for line in script.rubric]
    if len(lines) != len(worth):
        raise Invalid("LINES_MISSING", field="lines", needed=len(worth))
    for given, full in zip(lines, worth, strict=True):
        if given not in choices(full):
            raise Invalid("LINE_POINTS", field="lines", given=given, full=full)
    return sum(lines)


def _settle(script: Script, now: datetime) -> None:
    by_role = {mark.role: mark.points for mark in queries.marks_of_script(script)}
    tolerance = queries.tolerance_percent(script.sitting_id)
    given = (by_role.get("first"), by_role.get("second"), by_role.get("third"))
    folded = reconcile(*given, script.points, tolerance)
    if folded.standing is Standing.WAITING:
        script.status = "second"
    elif folded.standing is Standing.DISPUTED:
        script.status = "third"
    else:
        script.status = "done"
        detail = {"standing": folded.standing.value, "gap": folded.gap}
        _add_mark(script.sitting_id, script.item_number, "final", None, folded.points or 0, detail, now)


def confirm_result(sitting_id: str, now: datetime) -> Result | None:
    """The result of a sitting whose every item has its points; None when one is still missing, or it has a result already."""
    sitting = db.session.scalar(select(Sitting).where(Sitting.id == sitting_id).with_for_update())
    if sitting is None or sitting.paper_id is None or _has_result(sitting_id):
        return None
    paper = db.session.get_one(Paper, sitting.paper_id)
    marks = queries.final_marks(sitting_id)
    items = exams_queries.face(paper)["items"]
    graded = grade(
        [ItemMark(item["type"], item["points"], marks.get(item["n"])) for item in items], paper.pass_points
    )
    if graded.outcome not in (Outcome.PASS, Outcome.FAIL):
        return None
    result = Result(
        sitting_id=sitting_id,
        enrolment_id=sitting.enrolment_id,
        user_id=sitting.user_id,
        base_id=sitting.base_id,
        window_id=sitting.window_id,
        total=graded.points,
        possible=graded.possible,
        pass_points=graded.pass_points,
        passed=graded.outcome is Outcome.PASS,
        by_type={
            name: {"points": earned, "possible": possible}
            for name, (earned, possible) in graded.by_type.items()
        },
        confirmed_at=now,
    )
    db.session.add(result)
    db.session.flush()
    facts = {"total": graded.points, "outcome": graded.outcome.value}
    record(
        "result:confirm", ("result", result.id), now=now, source="job", base_id=sitting.base_id, facts=facts
    )
    return result


def _has_result(sitting_id: str) -> bool:
    return db.session.scalar(select(Result.id).where(Result.sitting_id == sitting_id)) is not None


def release_gates(state: queries.WindowState, actor: Actor, now: datetime) -> list[tuple[str, bool]]:
    """What must hold before results of a window may be released, each with whether it does."""
    return [
        ("all_ended", _all_ended(state.window, now)),
        ("all_confirmed", state.confirmed == state.sat),
        ("none_disputed", state.scripts_third == 0),
        ("something_new", state.released < state.confirmed),
        ("other_person", not queries.has_marked_in(state.window.id, actor.user_id)),
    ]


def _all_ended(window: ExamWindow, now: datetime) -> bool:
    """Nobody can still sit: the window is over, or everyone who held a place has ended."""
    if now >= window.ends_at:
        return not _open_sittings(window.id)
    waiting = db.session.scalar(
        select(Booking.id).where(Booking.window_id == window.id, Booking.status == "held").limit(1)
    )
    return now >= window.starts_at and waiting is None and not _open_sittings(window.id)


def _open_sittings(window_id: str) -> bool:
    query = select(Sitting.id).where(
        Sitting.window_id == window_id, Sitting.status.in_(("ready", "running", "paused"))
    )
    return db.session.scalar(query.limit(1)) is not None


def release(window_id: str, actor: Actor, now: datetime) -> Release:
    """Make a window's confirmed results visible, in the bases where the actor may release.

    Who failed gets the free retake that the programme gives.

    Raises NotFound, or Refused / Conflict naming the gate that is shut. Who marked in the window does not release it.
    """
    window = db.session.scalar(select(ExamWindow).where(ExamWindow.id == window_id).with_for_update())
    if window is None:
        raise NotFound("WINDOW_NOT_FOUND")
    state = queries.window_state(window_id, actor, Permission.RESULT_RELEASE)
    for gate, holds in release_gates(state, actor, now):
        if not holds:
            raise (
                Refused("RELEASE_BY_MARKER")
                if gate == "other_person"
                else Conflict("RELEASE_GATE_SHUT", gate=gate)
            )
    within = queries.results_of_window(window_id, actor, Permission.RESULT_RELEASE)
    fresh = [result for result in within if result.release_id is None]
    made = Release(window_id=window_id, released_by=actor.user_id, at=now, count=len(fresh))
    db.session.add(made)
    db.session.flush()
    for result in fresh:
        result.release_id = made.id
        if not result.passed:
            exams_services.grant_retake(result.enrolment_id, window.paper, now)
    passed = sum(result.passed for result in fresh)
    facts = {"count": len(fresh), "passed": passed}
    record("result:release", ("window", window_id), now=now, actor_id=actor.user_id, facts=facts)
    return made
