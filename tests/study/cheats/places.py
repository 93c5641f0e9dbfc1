"""Cheats with tabs, devices, lessons and accounts, and with pages that nobody looks at."""

from __future__ import annotations

from datetime import timedelta

from carbonlearn.accounts.services import disable
from carbonlearn.core.permissions import Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db, unit_of_work
from tests.factories.people import actor_of, make_user
from tests.study.cheats.catalogue import cheat
from tests.study.cheats.stage import Phone, Stage


@cheat(
    "two tabs of one lesson",
    elsewhere="video lessons opened in many tabs, each of them paid",
    tries="plays one lesson in two tabs side by side, at different places",
)
def two_tabs(stage: Stage) -> None:
    tabs = [stage.phone, stage.phone_again()]
    for tab in tabs:
        tab.open(stage.lesson)
    side_by_side(stage, tabs, (0, 300_000))


@cheat(
    "two lessons at once",
    elsewhere="course systems that counted each course for itself, ten of them overnight",
    tries="plays two lessons side by side on two devices",
)
def two_lessons(stage: Stage) -> None:
    devices = [stage.phone, stage.add_phone()]
    for device, lesson in zip(devices, (stage.lesson, stage.add_lesson()), strict=True):
        device.open(lesson)
    side_by_side(stage, devices, (0, 0))


def side_by_side(stage: Stage, phones: list[Phone], places: tuple[int, int]) -> None:
    """Both say to go on, 20 seconds at a time, for two minutes."""
    for number in range(6):
        stage.clock.advance(seconds=20)
        for phone, place in zip(phones, places, strict=True):
            phone.tell(place + number * 20_000, place + (number + 1) * 20_000)


@cheat(
    "two places at once",
    elsewhere="hours of one evening handed in to two courses",
    tries="studies in two enrolments at the same time, a lesson of each",
)
def two_enrolments(stage: Stage) -> None:
    first, second = stage.phone, stage.add_phone()
    programme, place = stage.add_place()
    other = stage.add_lesson(programme=programme)
    first.open(stage.lesson)
    second.open(other, enrolment=place)
    side_by_side(stage, [first, second], (0, 0))


@cheat(
    "devices in turns",
    elsewhere="a lease that each device could take back, the time since its own last word included",
    tries="takes the lesson over from one device to the other at each beat, and claims all the time since its last turn",
)
def in_turns(stage: Stage) -> None:
    phones = [stage.phone, stage.add_phone()]
    for number in range(12):
        phone = phones[number % 2]
        phone.open(stage.lesson)
        phone.tell(number * 10_000, number * 10_000 + 40_000, after=10)


@cheat(
    "a hidden page",
    elsewhere="hours logged for a document that was minimised all the time",
    tries="goes on while its page is hidden, then claims the hidden minutes with the first visible beat",
)
def hidden(stage: Stage) -> None:
    stage.phone.open(stage.lesson)
    stage.phone.go_on(1)
    stage.phone.go_on(6, visible=False)
    stage.phone.tell(20_000, 600_000, after=5)


@cheat(
    "a paused player",
    elsewhere="timers that ran on while the film stood still",
    tries="goes on while the player is paused, then claims the pause with the first playing beat",
)
def paused(stage: Stage) -> None:
    stage.phone.open(stage.lesson)
    stage.phone.go_on(1)
    stage.phone.go_on(6, playing=False)
    stage.phone.tell(20_000, 600_000, after=5)


@cheat(
    "a closed session",
    elsewhere="sessions that could be fed after they had ended",
    tries="closes the session and goes on beating in it; closes it again and again",
)
def closed_session(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.go_on(1)
    phone.close()
    with stage.nobody():
        for _ in range(3):
            phone.go_on(1)
            phone.close()


@cheat(
    "a lesson outside the track",
    elsewhere="hours of the easiest course handed in for another",
    tries="opens a lesson that the own programme does not teach, and beats for it in a session of another lesson",
)
def outside_track(stage: Stage) -> None:
    neighbour = stage.neighbour()
    elsewhere = [stage.add_lesson(course="tra-04-trading"), neighbour.lesson, "no-such-lesson"]
    for slug in elsewhere:
        assert stage.phone.client.post("/study/sessions", json={"lesson": slug}).status_code == 404
    stage.phone.open(stage.lesson)
    stage.phone.tell(0, 20_000, after=1)
    assert stage.phone.tell(1_000, 600_000, after=1, lesson=elsewhere[0]).status_code == 422


@cheat(
    "after the access has ended",
    elsewhere="hours added after the period that was paid for",
    tries="goes on in a live session past the end of access, and opens a new one",
)
def after_access(stage: Stage) -> None:
    phone = stage.phone
    with unit_of_work():
        place = db.session.get_one(Enrolment, stage.enrolment)
        place.access_until = stage.clock.now() + timedelta(seconds=50)
    phone.open(stage.lesson)
    phone.go_on(2)
    with stage.nobody():
        phone.go_on(3)
        assert phone.client.post("/study/sessions", json={"lesson": stage.lesson}).status_code == 403


@cheat(
    "a closed account",
    elsewhere="accounts whose open devices went on after the account was closed",
    tries="goes on beating on a device that was signed in when an administrator closed the account",
)
def closed_account(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.go_on(2)
    admin = make_user(Role.SYSTEM_ADMIN, now=stage.clock.now())
    actor = actor_of(admin, stage.clock.now())
    with unit_of_work():
        disable(stage.learner.id, "冒名学习", actor=actor, now=stage.clock.now())
    with stage.nobody():
        for number in range(2, 5):
            answer = phone.tell(number * 20_000, (number + 1) * 20_000, after=20)
            assert answer.status_code == 401
