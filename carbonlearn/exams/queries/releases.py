"""Who agreed that a sealed paper be printed, and whether it may be printed now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.queries import current_rules, rules_of
from carbonlearn.core.errors import NotFound
from carbonlearn.exams.models import ExamWindow, Paper, PaperRelease
from carbonlearn.infra.db import db

PAPER, ANSWERS = "paper", "answers"
BOOKS = (PAPER, ANSWERS)
PEOPLE = 2
LATE_ANSWERS = timedelta(minutes=10)  # after the last deadline: what was answered in time may still arrive


@dataclass(frozen=True, slots=True)
class Released:
    """One person's word: who and when."""

    user_id: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BookState:
    """A paper or its answer book: who released it, and from when it may be printed."""

    book: str
    released: tuple[Released, ...]
    opens_at: datetime

    def by(self, user_id: str) -> bool:
        """Whether this person has released it."""
        return any(one.user_id == user_id for one in self.released)

    @property
    def agreed(self) -> bool:
        """Whether two people have released it."""
        return len(self.released) >= PEOPLE


def paper_by_id(paper_id: str, *, lock: bool = False) -> Paper:
    """One sealed paper. ``lock`` holds its row until the unit of work ends. Raises NotFound."""
    found = db.session.get(Paper, paper_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound("PAPER_NOT_FOUND")
    return found


def book_states(paper_id: str, now: datetime) -> dict[str, BookState]:
    """The states of a paper and of its answer book. Raises NotFound."""
    paper = paper_by_id(paper_id)
    rows = db.session.execute(
        select(PaperRelease, User.name)
        .join(User, User.id == PaperRelease.user_id)
        .where(PaperRelease.paper_id == paper_id)
        .order_by(PaperRelease.at)
    ).all()
    found = {}
    for book in BOOKS:
        people = tuple(Released(row.user_id, name, row.at) for row, name in rows if row.book == book)
        found[book] = BookState(book, people, opens_at(paper, book, now))
    return found


def opens_at(paper: Paper, book: str, now: datetime) -> datetime:
    """From when a book may be printed: the paper once it is sealed, the answers when the programme says. The end is that of the last
    sitting, when no answer of anybody can come in any more."""
    window = db.session.get_one(ExamWindow, paper.window_id)
    version = paper.programme_version_id
    rules = rules_of(version) if version else current_rules(window.programme_key, now)
    if book == PAPER or rules.answers_from == "sealed":
        return paper.sealed_at
    if rules.answers_from == "start":
        return window.starts_at
    return window.ends_at + rules.exam_day.start_jitter + LATE_ANSWERS
