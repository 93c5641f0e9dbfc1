"""A town with the demonstration's cast: people with browsers of their own, a clock that obeys, sweeps that run when told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.cli import seed
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra import runner
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db
from tests.factories.items import ACCOUNTING
from tests.factories.study import right_answer

JSON = {"Accept": "application/json"}
DEMONSTRATION = "demonstration"


class Person:
    """One of the cast with a browser. ``get`` and ``post`` speak JSON; ``page`` and ``send`` are what a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(path, headers=JSON)
        assert answer.status_code == status, answer.text
        return answer.json

    def post(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        answer = self.client.post(path, json=body or {}, headers=JSON)
        assert answer.status_code == status, answer.text
        return answer.json

    def page(self, path: str) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, path: str, status: int = 303, **fields: Any) -> Any:
        answer = self.client.post(path, data=fields)
        assert answer.status_code == status, answer.text
        return answer


@dataclass
class Town:
    """Everybody, and the time of day."""

    app: Flask
    clock: SettableClock
    password: str
    make_client: Callable[[], FlaskClient]

    def enter(self, username: str, password: str = "") -> Person:
        """Signed in through the form, with a browser of their own."""
        person = Person(self.make_client())
        person.send("/sign-in", login=username, password=password or self.password)
        return person

    def stranger(self) -> Person:
        """Somebody without a cookie."""
        return Person(self.make_client())

    def sweep(self, **later: float) -> None:
        """Let so much time pass, then run every job once, as the scheduler would."""
        self.clock.advance(**later)
        with self.app.app_context():
            runner.run_all(self.app.extensions["carbonlearn_jobs"], self.clock.now())
            db.session.remove()

    def enrolment(self, username: str, programme: str = DEMONSTRATION) -> str:
        """The id of somebody's place in a programme."""
        query = select(Enrolment.id).join(User, User.id == Enrolment.user_id)
        with self.app.app_context():
            return db.session.scalars(
                query.where(User.username == username, Enrolment.programme_key == programme)
            ).one()

    # ------------------------------------------------------------------ what people do more than once

    def study(self, person: Person, enrolment: str, wanted_ms: int) -> int:
        """Follow lesson after lesson, beat by beat, until so much is credited; the milliseconds of time that it took."""
        began = self.clock.now()
        for lesson in person.get(f"/study/lessons?enrolment={enrolment}")["lessons"]:
            opened = person.post("/study/sessions", {"lesson": lesson["slug"], "enrolment": enrolment})
            credited = self._follow(person, opened, wanted_ms)
            if credited >= wanted_ms:
                break
        return (self.clock.now() - began) // timedelta(milliseconds=1)

    def _follow(self, person: Person, opened: dict[str, Any], wanted_ms: int) -> int:
        reply, at = opened, 0
        while at < opened["length_ms"] and reply["credited_ms_enrolment"] < wanted_ms:
            told = reply["interval_s"]
            self.clock.advance(seconds=told)
            reply = person.post(f"/study/sessions/{opened['session']}/beats", beat(reply, at, told * 1000))
            at += told * 1000
            self.say_present(person, reply)
        return int(reply["credited_ms_enrolment"])

    def say_present(self, person: Person, reply: dict[str, Any]) -> None:
        """Answer the question of presence in a reply, if there is one, at once and rightly."""
        if reply["presence"]:
            check_id = reply["presence"]["check"]
            with self.app.app_context():
                choice = right_answer(check_id)
            assert person.post(f"/study/presence/{check_id}/answer", {"choice": choice})["correct"]

    def book_next(self, person: Person, enrolment: str) -> tuple[str, datetime]:
        """Take the first place on offer; the booking and the start of its window."""
        windows = person.get(f"/exams?enrolment={enrolment}")["windows"]
        offered = next(window for window in windows if window["offered"])
        answer = person.client.post(
            f"/exams/windows/{offered['id']}/bookings", data={"enrolment": enrolment}, headers=JSON
        )
        assert answer.status_code == 201, answer.text
        return answer.json["booking"]["id"], datetime.fromisoformat(offered["starts_at"])

    def sit_down(self, person: Person, booking: str, starts_at: datetime) -> str:
        """Check in a minute before, and begin when the door opens; the sitting."""
        self.clock.set(max(self.clock.now(), starts_at - timedelta(seconds=50)))
        self.sweep()
        sitting = str(person.post(f"/exams/bookings/{booking}/check-in")["sitting_id"])
        self.clock.set(max(self.clock.now(), starts_at))
        person.post(f"/sittings/{sitting}/start")
        return sitting

    def step_up(self, person: Person) -> None:
        """Give the password again."""
        person.send("/confirm", password=self.password, next="/desk")


def beat(before: dict[str, Any], at: int, length: int, **over: Any) -> dict[str, Any]:
    """The beat that follows a reply, claiming so many milliseconds from a place in the lesson."""
    claim = {
        "seq": before["seq"] + 1, "nonce": before["nonce"], "playing": True, "visible": True,
        "from": at, "to": at + length,
    }  # fmt: skip
    return claim | over


def answer(item: int, value: Any, revision: int = 1, generation: int = 1, **over: Any) -> dict[str, Any]:
    """An answer as the exam room's script sends it."""
    body = {
        "item": item, "revision": revision, "generation": generation,
        "operation_id": f"op-{item}-{revision}", "value": value,
    }  # fmt: skip
    return body | over


@pytest.fixture
def shipped() -> list[dict[str, Any]]:
    """The items that the town's bank holds: those of the demonstration's track, since a whole bank is long to load."""
    return ACCOUNTING


@pytest.fixture
def town(
    app: Flask,
    clock: SettableClock,
    settings: Settings,
    make_client: Callable[[], FlaskClient],
    shipped: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Town:
    """The demonstration base, freshly seeded; the first windows and entitlements are there."""
    monkeypatch.setattr(seed, "shipped_items", lambda: shipped)
    with app.app_context():
        seed.seed(settings, clock.now())
        db.session.remove()
    found = Town(app, clock, seed.demo_password(settings), make_client)
    found.sweep()
    return found
