"""What a test may look up behind a running installation's back: the cast's password, the key of a paper, rows of the ledger.

The tests' own process opens the same database with the same keys. It reads; the one thing it may write is hours studied
earlier, for stories that begin at the exam.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import Flask
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.cli.seed import PASSWORD_FILE
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import queries as exams_queries
from carbonlearn.exams.models import ExamWindow, Paper
from carbonlearn.factory import create_app
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.sittings import queries as sittings_queries
from carbonlearn.sittings.models import Sitting
from carbonlearn.study import queries as study_queries
from tests.factories.exams import add_credit
from tests.factories.study import right_answer
from tests.support.live_server import LiveServer

DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Solved:
    """An item as the candidate sees it, with the answer that earns its points. ``rubric`` belongs to short answers."""

    n: int
    type: str
    points: int
    answer: Any
    rubric: list[dict[str, Any]]


class Installation:
    """The rows behind a live server, for a test that must know what only the house knows."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server

    @cached_property
    def password(self) -> str:
        """The cast's password as the program printed it."""
        return (self._settings.data_dir / PASSWORD_FILE).read_text().strip()

    @cached_property
    def _settings(self) -> Settings:
        return Settings.from_environment(self.server.environment)

    @cached_property
    def app(self) -> Flask:
        """An application of the tests' process over the server's database."""
        return create_app(self._settings)

    def close(self) -> None:
        """Let go of the database."""
        if "app" in self.__dict__:
            with self.app.app_context():
                db.session.remove()
                db.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A look into the database as it stands now."""
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.rollback()
                db.session.remove()

    @property
    def now(self) -> datetime:
        """The installation's clock."""
        with self.reading():
            return self.app.extensions["carbonlearn_clock"].now()

    def enrolment(self, username: str, programme: str = DEMONSTRATION) -> str:
        """The id of a person's enrolment."""
        with self.reading():
            query = select(Enrolment.id).join(User, User.id == Enrolment.user_id)
            return db.session.scalars(
                query.where(User.username == username, Enrolment.programme_key == programme)
            ).one()

    def credited_ms(self, username: str) -> int:
        """What the ledger of the demonstration enrolment holds."""
        enrolment = self.enrolment(username)
        with self.reading():
            return study_queries.credited_ms(enrolment)

    def right_choice(self, username: str) -> str:
        """What is right for the presence question that waits in the demonstration enrolment."""
        enrolment = self.enrolment(username)
        with self.reading():
            check = study_queries.held_check(enrolment)
            assert check is not None
            return right_answer(check.id)[0]

    def give_hours(self, username: str, minutes: int) -> None:
        """Put so much study of an earlier day into the ledger of the demonstration enrolment."""
        enrolment = self.enrolment(username)
        now = self.now
        with self.app.app_context(), unit_of_work():
            add_credit(db.session.get_one(Enrolment, enrolment), minutes * 60_000, now)

    def window_of(self, sitting_id: str) -> tuple[datetime, datetime]:
        """Start and end of the window of a sitting."""
        with self.reading():
            sitting = db.session.get_one(Sitting, sitting_id)
            window = db.session.get_one(ExamWindow, sitting.window_id)
            return window.starts_at, window.ends_at

    def sitting(self, sitting_id: str) -> tuple[str, datetime | None, datetime | None]:
        """Status, completion time and deadline of a sitting."""
        with self.reading():
            sitting = db.session.get_one(Sitting, sitting_id)
            return sitting.status, sitting.ended_at, sitting.must_submit_by

    def answers(self, sitting_id: str) -> dict[int, Any]:
        """The answers that count, by item number."""
        with self.reading():
            return dict(sittings_queries.final_answers(sitting_id))

    def solved(self, sitting_id: str) -> list[Solved]:
        """The paper of a begun sitting with its key."""
        with self.reading():
            return solved(sitting_id)


def solved(sitting_id: str) -> list[Solved]:
    """The paper of a begun sitting with its key. Runs in an application context."""
    sitting = db.session.get_one(Sitting, sitting_id)
    assert sitting.paper_id is not None, "the sitting has not begun"
    paper = db.session.get_one(Paper, sitting.paper_id)
    keys = {entry["n"]: entry for entry in exams_queries.key(paper)["items"]}
    return [_solved(item, keys[item["n"]]) for item in exams_queries.face(paper)["items"]]


def _solved(item: dict[str, Any], entry: dict[str, Any]) -> Solved:
    kind = item["type"]
    answer: Any = entry["key"]
    if kind == "short-answer":
        answer = entry["reference"] or "；".join(line["text"] for line in entry["rubric"])
    elif kind == "true-false":
        answer = bool(entry["key"][0])
    return Solved(item["n"], kind, item["points"], answer, entry.get("rubric") or [])
