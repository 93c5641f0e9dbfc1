"""Release a sealed paper for printing: two different people, each by their own act; and every print told to the audit chain."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, NotFound
from carbonlearn.core.permissions import Actor
from carbonlearn.exams.models import Paper, PaperRelease
from carbonlearn.exams.queries.releases import BOOKS, PEOPLE, BookState, book_states, paper_by_id
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.infra.db import db


def release_paper(paper_id: str, book: str, *, actor: Actor, now: datetime) -> int:
    """One person agrees that a paper, or its answer book, be printed; how many have now. Raises NotFound; Conflict: WINDOW_CANCELLED,
    PAPER_RELEASED_BY_YOU, PAPER_RELEASED."""
    paper, state = _state(paper_id, book, now, lock=True)
    if state.by(actor.user_id):
        raise Conflict("PAPER_RELEASED_BY_YOU")
    if state.agreed:
        raise Conflict("PAPER_RELEASED")
    db.session.add(PaperRelease(paper_id=paper_id, book=book, user_id=actor.user_id, at=now))
    db.session.flush()
    count = len(state.released) + 1
    _note("paper:release", paper, book, actor, now, people=count)
    return count


def printable(paper_id: str, book: str, now: datetime, *, lock: bool = False) -> Paper:
    """The paper, if it may be printed now; ``lock``: and as long as this unit of work lasts.

    Raises NotFound; Conflict: WINDOW_CANCELLED, PAPER_NEEDS_TWO, PAPER_PRINT_NOT_YET."""
    paper, state = _state(paper_id, book, now, lock)
    if not state.agreed:
        raise Conflict("PAPER_NEEDS_TWO", people=len(state.released), needed=PEOPLE)
    if now < state.opens_at:
        raise Conflict("PAPER_PRINT_NOT_YET", at=state.opens_at.isoformat())
    return paper


def print_paper(paper_id: str, book: str, *, actor: Actor, now: datetime) -> Paper:
    """The paper to print, and the entry that it was. Raises what ``printable`` raises."""
    paper = printable(paper_id, book, now, lock=True)
    _note("paper:print", paper, book, actor, now)
    return paper


def _state(paper_id: str, book: str, now: datetime, lock: bool) -> tuple[Paper, BookState]:
    """The window is held first, as whoever calls it off holds it, then the paper: two who release at once come one after the other."""
    if book not in BOOKS:
        raise NotFound("PAPER_NOT_FOUND")
    window = window_by_id(paper_by_id(paper_id).window_id, lock=lock)
    paper = paper_by_id(paper_id, lock=lock)
    if window.cancelled_at is not None:
        raise Conflict("WINDOW_CANCELLED", reason=window.reason)
    return paper, book_states(paper_id, now)[book]


def _note(action: str, paper: Paper, book: str, actor: Actor, now: datetime, **more: int) -> None:
    facts = {"book": book, "window": paper.window_id, "form": paper.form, "sha256": paper.sha256, **more}
    record(action, ("paper", paper.id), now=now, actor_id=actor.user_id, facts=facts)
