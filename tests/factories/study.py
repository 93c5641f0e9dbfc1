"""Learners who study: an opened account, lessons of any length, and a device that opens lessons and sends beats over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.models import Lesson, LessonPlacement, LessonVersion
from carbonlearn.catalogue.queries import current_version
from carbonlearn.core.permissions import Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.question_bank.services import load_items
from carbonlearn.study.models import PresenceCheck, StudyPresence
from carbonlearn.study.queries import item_of
from carbonlearn.study.rules.presence import key_letters
from tests.factories.people import make_base, make_user, sign_in

DEMONSTRATION = "demonstration"
_numbers = count(1)


def make_lesson(
    length_ms: int, now: datetime, *, course: str = "acc-01-role", programme: str = DEMONSTRATION
) -> str:
    """The slug of a lesson of this length in a course of the programme, in two equal parts."""
    slug, half = f"made-{next(_numbers)}", length_ms // 2
    with unit_of_work():
        lesson = Lesson(slug=slug, kind="article", title="试讲", en="Made lesson", length_ms=length_ms)
        db.session.add(lesson)
        db.session.flush()
        version = LessonVersion(
            lesson_id=lesson.id,
            number=1,
            sha256="0" * 64,
            summary="",
            html='<h2 id="part-1">1 甲</h2><p>正文</p><h2 id="part-2">2 乙</h2><p>正文</p>',
            outline=[
                {"title": "甲", "anchor": "part-1", "from_ms": 0, "to_ms": half},
                {"title": "乙", "anchor": "part-2", "from_ms": half, "to_ms": length_ms},
            ],
            media={},
            meta={"sources": ["无"], "review_by": "2027-01-31"},
            length_ms=length_ms,
            published_at=now,
        )
        db.session.add(version)
        db.session.flush()
        lesson.current_version_id = version.id
        db.session.add(
            LessonPlacement(programme_key=programme, course_slug=course, lesson_id=lesson.id, position=9)
        )
    return slug


def open_place(
    user: User, now: datetime, *, programme: str = DEMONSTRATION, access: timedelta | None = None
) -> str:
    """The id of an active enrolment in accounting, level 4, whose access runs from now."""
    base_id = make_base(now=now)
    with unit_of_work():
        enrolment = Enrolment(
            user_id=user.id,
            base_id=base_id,
            programme_key=programme,
            programme_version_id=current_version(programme, now).id,
            job_type="accounting",
            level="4",
            status="active",
            created_at=now,
            access_from=now,
            access_until=now + (access or timedelta(days=30)),
        )
        db.session.add(enrolment)
        db.session.flush()
        return enrolment.id


def make_learner(now: datetime, **more: Any) -> tuple[User, str]:
    """A learner with an active place in the demonstration programme: the account and the enrolment's id."""
    user = make_user(Role.LEARNER, now=now, base_id=make_base(now=now))
    return user, open_place(user, now, **more)


def make_question(lesson: str, now: datetime, *, part: int = 1, type: str = "single-choice") -> str:
    """The external id of one more live presence question on a part of a lesson; B is right, or that the statement is true."""
    number = next(_numbers)
    choices = {letter: f"{letter} 的说法 {number}" for letter in "ABCD"} if type == "single-choice" else {}
    entry = {
        "id": f"presence-made-{number}", "pool": "presence", "job_type": "", "level": "", "function": "", "difficulty": 1,
        "source": "", "lesson_slug": lesson, "part": part, "type": type, "stem": f"第 {number} 题：这一节怎么说？",
        "options": choices, "key": ["B"] if choices else [True], "explanation": "这一节第一句就是这样写的。",
    }  # fmt: skip
    with unit_of_work():
        load_items([entry], now)
    return str(entry["id"])


def right_answer(check_id: str) -> list[str]:
    """What would be right for a check, read where no learner can."""
    check = db.session.get_one(PresenceCheck, check_id)
    item, version = item_of(check.item_version_id)
    return key_letters(item.type, version.key)


def set_due(enrolment_id: str, due_ms: int) -> None:
    """Let the next presence check fall due at this total."""
    with unit_of_work():
        db.session.merge(StudyPresence(enrolment_id=enrolment_id, due_ms=due_ms))


def lesson_id(slug: str) -> str:
    return db.session.execute(select(Lesson.id).where(Lesson.slug == slug)).scalar_one()


class Device:
    """A phone: opens lessons and sends beats, keeping seq and nonce as a page of ours does."""

    def __init__(self, client: FlaskClient, user: User, clock: SettableClock) -> None:
        self.client, self.clock = sign_in(client, user, clock.now()), clock
        self.session, self.seq, self.nonce, self.at = "", 0, "", 0

    def open(self, lesson: str, **more: Any) -> dict[str, Any]:
        answer = self.client.post("/study/sessions", json={"lesson": lesson, **more})
        assert answer.status_code == 200, answer.text
        opened: dict[str, Any] = answer.json
        self.session, self.seq, self.nonce, self.at = opened["session"], 0, opened["nonce"], 0
        return opened

    def claim(self, from_ms: int, to_ms: int, **over: Any) -> dict[str, Any]:
        """The next beat's body, with some fields changed."""
        body = {"seq": self.seq + 1, "nonce": self.nonce, "playing": True, "visible": True}
        return {**body, "from": from_ms, "to": to_ms, **over}

    def send(self, body: dict[str, Any]) -> Any:
        """Send a body as it is; the response."""
        return self.client.post(f"/study/sessions/{self.session}/beats", json=body)

    def beat(self, from_ms: int, to_ms: int, *, after: float = 0, **over: Any) -> dict[str, Any]:
        """Let ``after`` seconds pass, send the next beat, and take the answer over."""
        self.clock.advance(seconds=after)
        answer = self.send(self.claim(from_ms, to_ms, **over))
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json
        self.seq, self.nonce = reply["seq"], reply["nonce"]
        return reply

    def answer(self, check_id: str, choice: list[str]) -> dict[str, Any]:
        """Answer a presence question; what the server says to it."""
        answer = self.client.post(f"/study/presence/{check_id}/answer", json={"choice": choice})
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json
        return said

    def follow(self, seconds: int, step: int = 20) -> dict[str, Any]:
        """Follow the lesson honestly from where this device stands."""
        reply: dict[str, Any] = {}
        for _ in range(seconds // step):
            reply = self.beat(self.at, self.at + step * 1000, after=step)
            self.at += step * 1000
        return reply
