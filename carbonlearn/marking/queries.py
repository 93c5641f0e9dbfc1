"""What waits for a mark, what waits for release, and results as their owners may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from carbonlearn.catalogue.models import Programme
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.rules.expiry import RESULT, SITTING
from carbonlearn.exams.models import ExamWindow
from carbonlearn.infra.db import db
from carbonlearn.marking.models import Mark, Release, Result, Script
from carbonlearn.marking.rules.rubric import worth
from carbonlearn.question_bank.models import ItemVersion
from carbonlearn.sittings.models import Sitting

ENDED = ("submitted", "timed_out", "terminated", "closed")
OPEN_TO_MARKERS = ("first", "second")


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
    stem: str
    reference: str
    rubric: Sequence[Mapping[str, Any]]


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

    A released failure holds nothing: what follows from it is the retake.
    """
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


def _may_take(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Scripts within the actor's bases, not marked by them, and not their own sitting."""
    reach = actor.reach(permission)
    mine = exists().where(
        Mark.sitting_id == Script.sitting_id,
        Mark.item_number == Script.item_number,
        Mark.marker_id == actor.user_id,
    )
    own = exists().where(Sitting.id == Script.sitting_id, Sitting.user_id == actor.user_id)
    within = Script.base_id.in_(reach) if reach is not None else Script.id.is_not(None)
    return and_(within, ~mine, ~own)


def _waiting(actor: Actor) -> ColumnElement[bool]:
    waits = []
    if actor.may(Permission.SCRIPT_MARK):
        waits.append(and_(Script.status.in_(OPEN_TO_MARKERS), _may_take(actor, Permission.SCRIPT_MARK)))
    if actor.may(Permission.SCRIPT_ADJUDICATE):
        waits.append(and_(Script.status == "third", _may_take(actor, Permission.SCRIPT_ADJUDICATE)))
    return or_(*waits) if waits else Script.id.is_(None)


def waiting_count(actor: Actor) -> int:
    """How many scripts the actor could mark now."""
    return db.session.scalar(select(func.count()).select_from(Script).where(_waiting(actor))) or 0


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
    *seen, rubric = row
    points = worth([int(line["points"]) for line in rubric], row.points)
    lines = [{**line, "points": full} for line, full in zip(rubric, points, strict=True)]
    return OpenScript(*seen, lines)  # type: ignore[call-arg]


def _open_scripts() -> Any:
    return select(
        Script.id,
        Script.item_number,
        Script.points,
        Script.text,
        Script.status,
        ItemVersion.stem,
        ItemVersion.reference,
        ItemVersion.rubric,
    ).join(ItemVersion, ItemVersion.id == Script.item_version_id)


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
