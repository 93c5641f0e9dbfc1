"""Reading sittings: one's own, its answers, its paper as a candidate sees it, and those that a sweep must close."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, bindparam, func, select

from carbonlearn.accounts.models import LoginSession, TrainingBase, User
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import queries as exams_queries
from carbonlearn.exams.models import ExamWindow, Paper
from carbonlearn.exams.queries.attendance import is_absent_at
from carbonlearn.infra import rich
from carbonlearn.infra.db import UtcDateTime, db, read_hot
from carbonlearn.sittings.models import Response, Sitting, SittingEvent
from carbonlearn.sittings.rules.deadline import GRACE
from carbonlearn.sittings.rules.ending import ending_of, is_overdue, timed_out
from carbonlearn.sittings.rules.face import ItemShape, candidate_items, shapes

READY, RUNNING = "ready", "running"
ENDED = frozenset({"submitted", "timed_out", "terminated", "closed"})
PAPERS_KEPT, SITTINGS_KEPT = 64, 8192


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest accepted answer to one item."""

    value: Any
    revision: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of a window's list of sittings."""

    sitting: Sitting
    name: str
    base: str
    answered: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a sitting at an instant, whether or not its row says so yet."""

    id: str
    window_id: str
    enrolment_id: str
    paper_id: str | None
    item_count: int
    status: str
    checked_in_at: datetime
    started_at: datetime | None
    must_submit_by: datetime | None
    generation: int
    device: str
    ended_at: datetime | None
    answers_hash: str | None
    receipt_code: str | None


def standing(sitting: Sitting, now: datetime) -> Standing:
    """The sitting as it stands now; nothing is written. An overdue one has timed out at its deadline, with the receipt that closing
    its row will store."""
    held = {entry.name: getattr(sitting, entry.name) for entry in fields(Standing)}
    if is_overdue(sitting.status, sitting.must_submit_by, now):
        ending = ending_of(sitting.id, timed_out(), sitting.must_submit_by, final_answers(sitting.id), now)
        held |= asdict(ending)
    return Standing(**held)


def own_sitting(sitting_id: str, actor: Actor, *, lock: bool = False) -> Sitting:
    """One's own sitting. ``lock`` holds its row until the unit of work ends. Raises NotFound for anybody else's."""
    query = select(Sitting).where(Sitting.id == sitting_id, Sitting.user_id == actor.user_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("SITTING_NOT_FOUND")
    return found


def running_of(user_id: str, now: datetime) -> str | None:
    """The sitting that somebody is in the middle of: begun, not handed in, and its time and grace not over."""
    query = select(Sitting.id).where(Sitting.user_id == user_id, Sitting.status == RUNNING)
    return db.session.scalar(query.where(Sitting.must_submit_by >= now - GRACE).limit(1))


def sitting_of_booking(booking_id: str) -> Sitting | None:
    """The sitting of a booking, once the candidate has checked in."""
    return db.session.scalar(select(Sitting).where(Sitting.booking_id == booking_id))


def window_of(sitting: Sitting | Standing) -> ExamWindow:
    """The window in which the sitting takes place."""
    return db.session.get_one(ExamWindow, sitting.window_id)


def login_id(actor: Actor) -> str:
    """The signed-in device of the actor, by the public id of its login session; empty when there is none."""
    found = db.session.scalar(select(LoginSession.id).where(LoginSession.token_hash == actor.session_hash))
    return found or ""


IN_THE_ROOM = (
    select(Sitting.id, Sitting.paper_id, Sitting.generation, Sitting.must_submit_by)
    .join(LoginSession, LoginSession.id == Sitting.device)
    .where(
        Sitting.id == bindparam("sitting_id", type_=String()),
        Sitting.user_id == bindparam("user_id", type_=String()),
        Sitting.status == RUNNING,
        Sitting.must_submit_by >= bindparam("not_over", type_=UtcDateTime()),
        LoginSession.token_hash == bindparam("session_hash", type_=String()),
    )
)


def in_the_room(sitting_id: str, actor: Actor, now: datetime) -> Any | None:
    """Id, paper, generation and deadline of one's own running sitting on the device that may write; None otherwise, without saying why."""
    given = {
        "sitting_id": sitting_id,
        "user_id": actor.user_id,
        "session_hash": actor.session_hash,
        "not_over": now - GRACE,
    }
    return next(iter(read_hot(IN_THE_ROOM, given)), None)


def holds_lease(sitting: Sitting | Standing, actor: Actor) -> bool:
    """Whether the actor asks from the one device that may write."""
    return bool(sitting.device) and sitting.device == login_id(actor)


_newest = (
    select(Response.item_number, func.max(Response.revision).label("revision"))
    .where(Response.sitting_id == bindparam("sitting_id", type_=String()))
    .group_by(Response.item_number)
    .subquery()
)
ANSWERS = (
    select(Response.item_number, Response.value, Response.revision, Response.received_at)
    .join(
        _newest,
        (_newest.c.item_number == Response.item_number) & (_newest.c.revision == Response.revision),
    )
    .where(Response.sitting_id == bindparam("sitting_id", type_=String()))
    .order_by(Response.item_number)
)


def stored_answers(sitting_id: str) -> Sequence[Any]:
    """Number, stored value (canonical JSON text), revision and time of the newest accepted answer of every item that has one."""
    return read_hot(ANSWERS, {"sitting_id": sitting_id})


def answers(sitting_id: str) -> dict[int, Answer]:
    """The newest accepted answer of every item that has one, by number; a cleared answer has the value None."""
    rows = stored_answers(sitting_id)
    return {row.item_number: Answer(json.loads(row.value), row.revision) for row in rows}


def final_answers(sitting_id: str) -> dict[int, Any]:
    """What counts: the value of the last accepted revision of each item, by number; None for a cleared one."""
    return {number: answer.value for number, answer in answers(sitting_id).items()}


def answered_count(sitting_id: str) -> int:
    """How many items have an answer that was not cleared."""
    return sum(value is not None for value in final_answers(sitting_id).values())


def stored_response(sitting_id: str, item: int, revision: int) -> Response | None:
    """One accepted revision of one answer."""
    return db.session.get(Response, (sitting_id, item, revision))


def stored_revision(sitting_id: str, item: int) -> int:
    """The newest accepted revision of an item; 0 when there is none."""
    query = select(func.max(Response.revision)).where(
        Response.sitting_id == sitting_id, Response.item_number == item
    )
    return db.session.scalar(query) or 0


def events_of(sitting_id: str) -> list[SittingEvent]:
    """What happened to a sitting, oldest first."""
    query = select(SittingEvent).where(SittingEvent.sitting_id == sitting_id).order_by(SittingEvent.id)
    return list(db.session.scalars(query))


def overdue_ids(now: datetime, limit: int = 200) -> list[str]:
    """Running sittings whose time and grace are over."""
    return list(
        db.session.scalars(
            select(Sitting.id)
            .where(Sitting.status == RUNNING, Sitting.must_submit_by < now - GRACE)
            .order_by(Sitting.must_submit_by)
            .limit(limit)
        )
    )


def missed_ids(now: datetime, limit: int = 200) -> list[str]:
    """Sittings that were checked in for and not begun in time."""
    return list(db.session.scalars(_missed(select(Sitting.id), now).order_by(Sitting.id).limit(limit)))


def locked_missed(sitting_id: str, now: datetime) -> Sitting | None:
    """The sitting if it was not begun in time by its window as that is dated now, else None; one statement looks at both rows and
    holds them until the unit of work ends."""
    query = _missed(select(Sitting), now).where(Sitting.id == sitting_id)
    locked = query.with_for_update(of=[ExamWindow, Sitting]).execution_options(populate_existing=True)
    return db.session.scalar(locked)


def _missed(query: Select[Any], now: datetime) -> Select[Any]:
    return (
        query.join(ExamWindow, ExamWindow.id == Sitting.window_id)
        .join(Enrolment, Enrolment.id == Sitting.enrolment_id)
        .where(Sitting.status == READY, is_absent_at(now))
    )


def sittings_of_window(window_id: str, actor: Actor) -> list[Seen]:
    """The sittings of a window that the actor may see: all, or those of the actor's bases. One statement."""
    answered = (
        select(func.count(func.distinct(Response.item_number)))
        .where(Response.sitting_id == Sitting.id)
        .scalar_subquery()
    )
    query = (
        select(Sitting, User.name, TrainingBase.name, answered)
        .join(User, User.id == Sitting.user_id)
        .join(TrainingBase, TrainingBase.id == Sitting.base_id)
        .where(Sitting.window_id == window_id)
        .order_by(User.name, Sitting.id)
    )
    reach = actor.reach(Permission.WINDOW_READ)
    if reach is not None:
        query = query.where(Sitting.base_id.in_(reach))
    return [Seen(*row) for row in db.session.execute(query)]


def paper_name(paper_id: str) -> str:
    """The paper's name as printed on its face."""
    return _opened(paper_id)[0]


def items_json(paper_id: str) -> str:
    """The items as a candidate sees them, as JSON text; made once in a process for each paper, since papers never change."""
    return _opened(paper_id)[1]


@lru_cache(maxsize=SITTINGS_KEPT)
def shapes_of(sitting_id: str) -> dict[int, ItemShape]:
    """The form of an answer to each item of a begun sitting. Kept in the process, so that saving needs no statement for it.

    Raises NotFound while there is no such sitting or it has no paper yet; that is not kept. Not for use inside a unit of work: it lets
    go of the session's connection, because the hot statement that follows takes one of its own.
    """
    try:
        paper_id = db.session.scalar(select(Sitting.paper_id).where(Sitting.id == sitting_id))
        if paper_id is None:
            raise NotFound("SITTING_NOT_FOUND")
        return _opened(paper_id)[2]
    finally:
        db.session.rollback()


@lru_cache(maxsize=PAPERS_KEPT)
def _opened(paper_id: str) -> tuple[str, str, dict[int, ItemShape]]:
    face = exams_queries.face(db.session.get_one(Paper, paper_id))
    text = json.dumps(room_items(face), ensure_ascii=False, separators=(",", ":"))
    return str(face.get("name", "")), text, shapes(face)


def room_items(face: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a face as the room's script reads them: what a candidate may see, and how it looks."""
    return [item | _shown(item) for item in candidate_items(face)]


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    """How the texts of an item look where that is not as they were typed: ``html``, with the options by letter."""
    found: dict[str, Any] = {
        name: rich.html(item[name])
        for name in ("case", "stem")
        if name in item and not rich.is_plain(item[name])
    }
    options = {letter: rich.inline(text) for letter, text in item["options"] if not rich.is_plain(text)}
    if options:
        found["options"] = options
    return {"html": found} if found else {}
