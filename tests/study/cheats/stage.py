"""What a cheat has in hand: a learner, lessons, signed-in phones, time that passes, and a diary of what was claimed when.

The diary knows nothing of the server's rules. It notes each claim with the time that passed before it, as long as somebody could have
followed a lesson in it: on the device that opened a lesson last, seen and running, and not while the story says that nobody studies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.services import load_programme
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.study.models import PresenceCheck, StudySpan
from tests.factories.enrolment import programme_file
from tests.factories.study import (
    DEMONSTRATION,
    Device,
    make_learner,
    make_lesson,
    make_question,
    open_place,
    right_answer,
    set_due,
)
from tests.study.cheats.oracle import Claim, most_ms

TEN_MINUTES = 600_000
DAY_MS = 86_400_000
BEAT = 20
"""Seconds between two beats of these phones; what the server asks for lies between 16 and 21."""

_numbers = count(1)


@dataclass
class Diary:
    """Of one learner: claims that somebody could have followed, and all that was ever claimed."""

    clock: SettableClock
    claims: list[Claim] = field(default_factory=list)
    lengths: dict[str, int] = field(default_factory=dict)
    believed_ms: int = 0
    holder: object = None
    somebody: bool = True

    @property
    def now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def note(self, phone: Phone, body: dict[str, Any], *, followed: bool) -> None:
        """One beat as it is sent. A server that believed positions would credit all of it."""
        start, end = body.get("from"), body.get("to")
        if not (isinstance(start, int) and isinstance(end, int)):
            return
        self.believed_ms += min(max(0, end - start), DAY_MS)
        if followed and self.somebody and self.holder is phone:
            self.claims.append(Claim(phone.lesson, phone.heard_ms, self.now_ms, start, end))

    def most_ms(self) -> int:
        return most_ms(self.claims, self.lengths)


class Phone(Device):
    """A device that keeps the learner's diary while it does as it is told."""

    def __init__(self, client: FlaskClient, user: User, clock: SettableClock, diary: Diary) -> None:
        if client.get_cookie("carbonlearn") is None:
            super().__init__(client, user, clock)
        else:  # one more tab: the sign-in is there
            self.client, self.clock = client, clock
            self.session, self.seq, self.nonce, self.at = "", 0, "", 0
        self.diary, self.lesson, self.heard_ms, self.opened = diary, "", diary.now_ms, dict[str, Any]()

    def open(self, lesson: str, **more: Any) -> dict[str, Any]:
        """Open a lesson here: from now on this is the one device that somebody may be following."""
        self.opened = super().open(lesson, **more)
        self.lesson, self.heard_ms, self.diary.holder = lesson, self.diary.now_ms, self
        return self.opened

    def send(self, body: dict[str, Any], *, to: str = "") -> Any:
        """Send a beat as it is, to this phone's session or another's address."""
        followed = body.get("visible") is True and body.get("playing") is True
        self.diary.note(self, body, followed=followed)
        answer = self.client.post(f"/study/sessions/{to or self.session}/beats", json=body)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 200 and self.seq < body["seq"] == (answer.json or {}).get("seq"):
            self.heard_ms = self.diary.now_ms  # the next beat speaks of the time from here on
        return answer

    def tell(self, from_ms: int, to_ms: int, *, after: float = 0, **over: Any) -> Any:
        """Let time pass and send the next beat, whatever comes back; the nonce and the number are taken over when there are any."""
        self.clock.advance(seconds=after)
        answer = self.send(self.claim(from_ms, to_ms, **over))
        if answer.status_code == 200:
            self.seq, self.nonce = answer.json["seq"], answer.json["nonce"]
        return answer

    def go_on(self, beats: int, *, seconds: int = BEAT, **over: Any) -> dict[str, Any]:
        """Beat after beat from where this phone stands, as a page would that follows the lesson; the last answer."""
        reply: dict[str, Any] = {}
        for _ in range(beats):
            answer = self.tell(self.at, self.at + seconds * 1000, after=seconds, **over)
            reply, self.at = answer.json or {}, self.at + seconds * 1000
        return reply

    def close(self) -> Any:
        """Close the session, as a page does that is left."""
        return self.client.post(f"/study/sessions/{self.session}/closure")

    def say(self, check_id: str, choice: list[str]) -> Any:
        """Answer a presence question, anybody's, whatever comes back. Nothing is followed meanwhile."""
        answer = self.client.post(f"/study/presence/{check_id}/answer", json={"choice": choice})
        assert answer.status_code < 500, answer.text
        self.heard_ms = self.diary.now_ms
        return answer

    def say_rightly(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer as somebody who has read the lesson."""
        said: dict[str, Any] = self.say(question["check"], right_answer(question["check"])).json
        assert said["correct"], said
        return said

    def watch(self, seconds: int) -> None:
        """Follow the lesson for so long, answering what is asked; the time to answer is none here."""
        for _ in range(seconds // BEAT):
            reply = self.beat(self.at, self.at + BEAT * 1000, after=BEAT)
            self.at += BEAT * 1000
            if reply["presence"]:
                self.say_rightly(reply["presence"])


class Stage:
    """One learner with an open account in a programme with these limits, one lesson, and one phone."""

    def __init__(
        self,
        make_client: Callable[[], FlaskClient],
        clock: SettableClock,
        limits: dict[str, Any] | None = None,
        length_ms: int = TEN_MINUTES,
    ) -> None:
        self.make_client, self.clock = make_client, clock
        self.programme = practice_programme(clock.now(), limits or {})
        self.learner, self.enrolment = make_learner(clock.now(), programme=self.programme)
        self.diary = Diary(clock)
        self.lesson = self.add_lesson(length_ms)
        self.phone = self.add_phone()

    def add_lesson(self, length_ms: int = TEN_MINUTES, **more: Any) -> str:
        """One more lesson of the learner's track."""
        slug = make_lesson(length_ms, self.clock.now(), **({"programme": self.programme} | more))
        self.diary.lengths[slug] = length_ms
        return slug

    def add_phone(self) -> Phone:
        """One more device of the same learner, signed in by itself."""
        return Phone(self.make_client(), self.learner, self.clock, self.diary)

    def phone_again(self) -> Phone:
        """One more tab on the same device, with the same sign-in."""
        return Phone(self.phone.client, self.learner, self.clock, self.diary)

    def add_place(self, limits: dict[str, Any] | None = None) -> tuple[str, str]:
        """One more enrolment of the same learner, in a programme of its own: the programme's key and the enrolment."""
        programme = practice_programme(self.clock.now(), limits or {})
        return programme, open_place(self.learner, self.clock.now(), programme=programme)

    def learner_base(self) -> str:
        """The base that the learner's place belongs to."""
        return db.session.get_one(Enrolment, self.enrolment).base_id

    def neighbour(self) -> Stage:
        """Another learner, with a place, a lesson and a phone of their own."""
        return Stage(self.make_client, self.clock)

    def ask_at(self, credited_ms: int, questions: int = 6) -> None:
        """Let presence be checked when so much is credited, with so many questions about the lesson."""
        for number in range(questions):
            make_question(self.lesson, self.clock.now(), part=1 + number % 2)
        set_due(self.enrolment, credited_ms)

    def checks(self) -> list[PresenceCheck]:
        """The learner's presence checks, oldest first."""
        query = select(PresenceCheck).where(PresenceCheck.user_id == self.learner.id)
        return list(db.session.scalars(query.order_by(PresenceCheck.asked_at, PresenceCheck.attempt)))

    @contextmanager
    def nobody(self) -> Iterator[None]:
        """The story says: from here to the end of this block nobody studies, or nothing may be credited."""
        self.diary.somebody = False
        yield
        self.diary.somebody = True

    def earned_ms(self) -> int:
        """What the server has credited to the learner, in all places; the totals that it shows say the same."""
        total = select(func.sum(StudySpan.credited_ms)).where(StudySpan.user_id == self.learner.id)
        shown = self.add_phone().client.get(f"/study/totals?enrolment={self.enrolment}")
        earned = int(db.session.scalar(total) or 0)
        if shown.status_code == 200:
            other = db.session.scalar(total.where(StudySpan.enrolment_id != self.enrolment))
            assert (shown.json or {})["credited_ms"] == earned - int(other or 0)
        return earned


def practice_programme(now: datetime, limits: dict[str, Any]) -> str:
    """The key of a programme like the demonstration's, with these limits of study."""
    key = f"practice-{next(_numbers)}"
    data = programme_file(DEMONSTRATION)
    with unit_of_work():
        load_programme(data | {"key": key, "study": data["study"] | limits}, now)
    return key
