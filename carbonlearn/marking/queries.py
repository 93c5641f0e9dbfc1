"""What waits for a mark, what waits for release, and results as their owners may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, distinct, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from carbonlearn.accounts.models import RoleGrant, User
from carbonlearn.catalogue.models import Programme
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import ROLE_PERMISSIONS, Actor, Permission
from carbonlearn.enrolment.models import Enrolment, EnrolmentDocument, EnrolmentReview
from carbonlearn.enrolment.rules.expiry import RESULT, SITTING
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries import Attempt, Outcome
from carbonlearn.exams.queries.attempts import AttemptState
from carbonlearn.infra.db import db
from carbonlearn.marking.models import Mark, Release, Result, Script
from carbonlearn.marking.rules.allotment import NEEDED, Ties
from carbonlearn.marking.rules.rubric import worth
from carbonlearn.question_bank.models import CaseVersion, ItemVersion
from carbonlearn.sittings.models import Sitting
from carbonlearn.sittings.queries import RUNNING
from carbonlearn.sittings.rules.ending import is_overdue

ENDED = ("submitted", "timed_out", "terminated", "closed")
OPEN_TO_MARKERS = ("first", "second")
PERMISSION_OF = {
    "first": Permission.SCRIPT_MARK,
    "second": Permission.SCRIPT_MARK,
    "third": Permission.SCRIPT_ADJUDICATE,
}


@dataclass(frozen=True, slots=True)
class OpenScript:
    """A script as a marker sees it: question, reference, rubric and the answer; no name, no time, no other mark.

    The lines of the rubric bear what they are worth on this paper.
    """

    id: str
    item_number: int
    points: int
    text: str
    status: str
    case: str
    stem: str
    reference: str
    rubric: Sequence[Mapping[str, Any]]
    tolerance_percent: int


@dataclass(frozen=True, slots=True)
class WindowState:
    """How far the marking of a window is."""

    window: ExamWindow
    programme: Programme
    sat: int
    confirmed: int
    released: int
    scripts_open: int
    scripts_third: int
    scripts_stuck: int  # which fewer people may mark than must

    @property
    def ready(self) -> bool:
        """Whether something can be released: every sitting confirmed, and not all of them released yet."""
        return self.confirmed == self.sat and self.released < self.confirmed


def unmarked_sittings(limit: int = 200) -> list[str]:
    """Ended sittings that have neither a mark nor a script yet."""
    marked = exists().where(Mark.sitting_id == Sitting.id)
    laid_out = exists().where(Script.sitting_id == Sitting.id)
    return list(
        db.session.scalars(
            select(Sitting.id)
            .where(Sitting.status.in_(ENDED), ~marked, ~laid_out)
            .order_by(Sitting.ended_at)
            .limit(limit)
        )
    )


def unconfirmed_sittings(limit: int = 200) -> list[str]:
    """Sittings that are marked, whose every script is settled, and that have no result yet."""
    marked = exists().where(Mark.sitting_id == Sitting.id)
    pending = exists().where(Script.sitting_id == Sitting.id, Script.status != "done")
    has_result = exists().where(Result.sitting_id == Sitting.id)
    query = select(Sitting.id).where(Sitting.status.in_(ENDED), marked, ~pending, ~has_result)
    return list(db.session.scalars(query.order_by(Sitting.ended_at).limit(limit)))


def pending_results(enrolment_ids: Sequence[str], now: datetime) -> dict[str, frozenset[str]]:
    """SITTING by enrolment while a sitting is running or its result is not released, RESULT where a pass was; one statement.

    A released failure holds nothing: what follows from it is the retake."""
    sat = (Sitting.status == "running") | Sitting.status.in_(ENDED)
    query = (
        select(Sitting.enrolment_id, Result.release_id)
        .outerjoin(Result, Result.sitting_id == Sitting.id)
        .where(Sitting.enrolment_id.in_(enrolment_ids), sat)
        .where(or_(Result.release_id.is_(None), Result.passed))
    )
    found: dict[str, frozenset[str]] = {}
    for enrolment_id, release_id in db.session.execute(query):
        word = RESULT if release_id else SITTING
        found[enrolment_id] = found.get(enrolment_id, frozenset()) | {word}
    return found


def _ties(marker: ColumnElement[str]) -> dict[str, ColumnElement[bool]]:
    """Each tie of ``rules.allotment.Ties`` between a person and a ``Script`` joined with its ``Sitting``, as SQL."""
    grant, own, place = aliased(RoleGrant), aliased(Enrolment), aliased(Enrolment)
    of_learner = place.user_id == Sitting.user_id
    while_enrolled = or_(grant.revoked_at.is_(None), grant.revoked_at > own.created_at)
    return {
        "is_writer": Sitting.user_id == marker,
        "has_marked": _tied(
            Mark.sitting_id == Script.sitting_id,
            Mark.item_number == Script.item_number,
            Mark.marker_id == marker,
        ),
        "serves_base": _tied(
            grant.user_id == marker,
            grant.base_id == Script.base_id,
            own.id == Sitting.enrolment_id,
            while_enrolled,
        ),
        "entered": _tied(of_learner, place.created_by == marker)
        | _tied(of_learner, EnrolmentDocument.enrolment_id == place.id, EnrolmentDocument.added_by == marker),
        "admitted": _tied(
            of_learner, EnrolmentReview.enrolment_id == place.id, EnrolmentReview.reviewer_id == marker
        ),
    }


def _tied(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether such a row exists for the script at hand, however deep in a statement the question stands."""
    return exists().where(*conditions).correlate(Script, Sitting, User)


def _may_mark(marker: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(*(~tie for tie in _ties(marker).values()))


def ties_of(script_id: str, user_id: str) -> Ties:
    """What ties a person to a script, in one statement."""
    query = select(*(tie.label(name) for name, tie in _ties(literal(user_id)).items()))
    row = db.session.execute(
        query.select_from(Script).join(Sitting, Sitting.id == Script.sitting_id).where(Script.id == script_id)
    ).one()
    return Ties(**{name: bool(value) for name, value in row._mapping.items()})


def _lacks_markers() -> ColumnElement[bool]:
    """Of a ``Script`` joined with its ``Sitting``: whether fewer people could still mark it than must."""
    return or_(
        *(
            and_(Script.status == status, _able(PERMISSION_OF[status]) < needed)
            for status, needed in NEEDED.items()
        )
    )


def _able(permission: Permission) -> ColumnElement[int]:
    roles = [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
    return (
        select(func.count(distinct(User.id)))
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role.in_(roles), RoleGrant.revoked_at.is_(None), User.disabled_at.is_(None))
        .where(_may_mark(User.id.expression))
        .correlate(Script, Sitting)
        .scalar_subquery()
    )


def _waiting(actor: Actor) -> ColumnElement[bool]:
    """Scripts that the actor may mark now. A grant in a base says where a marker belongs, not what they see: every script is
    anonymous, and those of one's own base are the ones that never come."""
    held = [status for status, permission in PERMISSION_OF.items() if actor.may(permission)]
    return and_(Script.status.in_(held), _may_mark(literal(actor.user_id)))


def waiting_count(actor: Actor) -> int:
    """How many scripts the actor could mark now."""
    query = select(func.count()).select_from(Script).join(Sitting, Sitting.id == Script.sitting_id)
    return db.session.scalar(query.where(_waiting(actor))) or 0


def next_script(actor: Actor) -> OpenScript | None:
    """The next script for this actor. The order follows the scripts' random ids, so that neighbours do not tell who wrote them."""
    row = db.session.execute(_open_scripts().where(_waiting(actor)).order_by(Script.id).limit(1)).first()
    return _as_marked(row) if row else None


def script_for(script_id: str, actor: Actor) -> OpenScript:
    """A script that the actor may mark now. Raises NotFound for any other."""
    row = db.session.execute(_open_scripts().where(Script.id == script_id, _waiting(actor))).first()
    if row is None:
        raise NotFound("SCRIPT_NOT_FOUND")
    return _as_marked(row)


def _as_marked(row: Any) -> OpenScript:
    *seen, rubric, version_id = row
    points = worth([int(line["points"]) for line in rubric], row.points)
    lines = [{**line, "points": full} for line, full in zip(rubric, points, strict=True)]
    tolerance = rules_of(version_id).exam_day.marking_tolerance_percent
    return OpenScript(*seen, lines, tolerance)  # type: ignore[call-arg]


def _open_scripts() -> Any:
    query = select(
        Script.id,
        Script.item_number,
        Script.points,
        Script.text,
        Script.status,
        func.coalesce(CaseVersion.text, "").label("case"),
        ItemVersion.stem,
        ItemVersion.reference,
        ItemVersion.rubric,
        Enrolment.programme_version_id,
    ).join(ItemVersion, ItemVersion.id == Script.item_version_id)
    query = query.outerjoin(CaseVersion, CaseVersion.id == ItemVersion.case_version_id)
    of_sitting = query.join(Sitting, Sitting.id == Script.sitting_id)
    return of_sitting.join(Enrolment, Enrolment.id == Sitting.enrolment_id)


def tolerance_percent(sitting_id: str) -> int:
    """How far two markers may differ on an answer of this sitting, in percent of the item, by the version it is held to."""
    query = select(Enrolment.programme_version_id).join(Sitting, Sitting.enrolment_id == Enrolment.id)
    version_id = db.session.scalars(query.where(Sitting.id == sitting_id)).one()
    return rules_of(version_id).exam_day.marking_tolerance_percent


def marks_of_script(script: Script) -> list[Mark]:
    """The marks that people gave one script, in order."""
    query = select(Mark).where(
        Mark.sitting_id == script.sitting_id,
        Mark.item_number == script.item_number,
        Mark.role.in_(("first", "second", "third")),
    )
    return list(db.session.scalars(query.order_by(Mark.id)))


def final_marks(sitting_id: str) -> dict[int, int]:
    """The points that count for each item of a sitting, in hundredths: the rule's mark, or the settled one of a script."""
    query = select(Mark.item_number, Mark.points).where(
        Mark.sitting_id == sitting_id, Mark.role.in_(("auto", "final"))
    )
    return {row.item_number: row.points for row in db.session.execute(query.order_by(Mark.id))}


def window_states(
    actor: Actor,
    limit: int = 40,
    permission: Permission = Permission.RESULT_READ,
    window_id: str | None = None,
) -> list[WindowState]:
    """Windows in which somebody sat, newest first, with how far marking is; within the reach of the permission. Or one window."""
    reach = actor.reach(permission)
    sat = select(Sitting.window_id, func.count().label("sat")).where(Sitting.status.in_(ENDED))
    done = select(
        Result.window_id, func.count().label("confirmed"), func.count(Result.release_id).label("released")
    )
    scripts = (
        select(
            Sitting.window_id,
            func.count().filter(Script.status.in_(OPEN_TO_MARKERS)).label("open"),
            func.count().filter(Script.status == "third").label("third"),
            func.count().filter(_lacks_markers()).label("stuck"),
        )
        .select_from(Script)
        .join(Sitting, Sitting.id == Script.sitting_id)
    )
    if reach is not None:
        sat, done = sat.where(Sitting.base_id.in_(reach)), done.where(Result.base_id.in_(reach))
        scripts = scripts.where(Sitting.base_id.in_(reach))
    sat_rows, done_rows = (
        sat.group_by(Sitting.window_id).subquery(),
        done.group_by(Result.window_id).subquery(),
    )
    script_rows = scripts.group_by(Sitting.window_id).subquery()
    query = (
        select(
            ExamWindow,
            Programme,
            sat_rows.c.sat,
            func.coalesce(done_rows.c.confirmed, 0),
            func.coalesce(done_rows.c.released, 0),
            func.coalesce(script_rows.c.open, 0),
            func.coalesce(script_rows.c.third, 0),
            func.coalesce(script_rows.c.stuck, 0),
        )
        .join(sat_rows, sat_rows.c.window_id == ExamWindow.id)
        .join(Programme, Programme.key == ExamWindow.programme_key)
        .outerjoin(done_rows, done_rows.c.window_id == ExamWindow.id)
        .outerjoin(script_rows, script_rows.c.window_id == ExamWindow.id)
        .order_by(ExamWindow.starts_at.desc())
        .limit(limit)
    )
    if window_id is not None:
        query = query.where(ExamWindow.id == window_id)
    return [WindowState(*row) for row in db.session.execute(query)]


def window_state(
    window_id: str, actor: Actor, permission: Permission = Permission.RESULT_READ
) -> WindowState:
    """One window's state. Raises NotFound when nobody within reach sat in it."""
    for state in window_states(actor, 1, permission, window_id):
        return state
    raise NotFound("WINDOW_NOT_FOUND")


def results_of_window(
    window_id: str, actor: Actor, permission: Permission = Permission.RESULT_READ
) -> list[Result]:
    """Confirmed results of a window, highest first, without names: release is decided on figures."""
    query = select(Result).where(Result.window_id == window_id).order_by(Result.total.desc(), Result.id)
    reach = actor.reach(permission)
    return list(db.session.scalars(query if reach is None else query.where(Result.base_id.in_(reach))))


def has_marked_in(window_id: str, user_id: str) -> bool:
    """Whether this person gave any mark in this window."""
    query = select(Mark.id).join(Sitting, Sitting.id == Mark.sitting_id)
    return (
        db.session.scalar(query.where(Sitting.window_id == window_id, Mark.marker_id == user_id).limit(1))
        is not None
    )


def attempt_of(enrolment_id: str, paper: str, now: datetime) -> Attempt | None:
    """The newest begun sitting in an examination as its owner may know it: nothing of a result before its release. One statement."""
    row = db.session.execute(
        select(Sitting, ExamWindow.results_due, Result)
        .join(ExamWindow, ExamWindow.id == Sitting.window_id)
        .outerjoin(Result, and_(Result.sitting_id == Sitting.id, Result.release_id.is_not(None)))
        .where(Sitting.enrolment_id == enrolment_id, ExamWindow.paper == paper)
        .where(Sitting.status.in_((RUNNING, *ENDED)))
        .order_by(Sitting.started_at.desc(), Sitting.id)
        .limit(1)
    ).first()
    return _as_attempt(row[0], row[1], row[2], now) if row else None


def _as_attempt(sitting: Sitting, results_due: date | None, result: Result | None, now: datetime) -> Attempt:
    runs = sitting.status == RUNNING and not is_overdue(sitting.status, sitting.must_submit_by, now)
    state: AttemptState = "released" if result else "running" if runs else "awaiting"
    known = Outcome(result.id, result.total, result.pass_points, result.passed) if result else None
    return Attempt(sitting.booking_id, sitting.id, state, sitting.must_submit_by, results_due, known)


def own_results(actor: Actor) -> list[tuple[Result, ExamWindow, Release]]:
    """The actor's released results, newest first."""
    query = (
        select(Result, ExamWindow, Release)
        .join(Release, Release.id == Result.release_id)
        .join(ExamWindow, ExamWindow.id == Result.window_id)
        .where(Result.user_id == actor.user_id)
        .order_by(Release.at.desc())
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def own_result(result_id: str, actor: Actor) -> tuple[Result, ExamWindow, Release, Sitting]:
    """One released result of the actor. Raises NotFound for another's, and for one that is not released."""
    row = db.session.execute(
        select(Result, ExamWindow, Release, Sitting)
        .join(Release, Release.id == Result.release_id)
        .join(ExamWindow, ExamWindow.id == Result.window_id)
        .join(Sitting, Sitting.id == Result.sitting_id)
        .where(Result.id == result_id, Result.user_id == actor.user_id)
    ).first()
    if row is None:
        raise NotFound("RESULT_NOT_FOUND")
    return row[0], row[1], row[2], row[3]


def awaiting_release(actor: Actor) -> list[tuple[Sitting, ExamWindow]]:
    """The actor's ended sittings whose result is not released yet."""
    released = exists().where(Result.sitting_id == Sitting.id, Result.release_id.is_not(None))
    query = (
        select(Sitting, ExamWindow)
        .join(ExamWindow, ExamWindow.id == Sitting.window_id)
        .where(Sitting.user_id == actor.user_id, Sitting.status.in_(ENDED), ~released)
        .order_by(ExamWindow.starts_at.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]
