"""Cheats with the presence question: not answered, clicked away, answered for others or twice, or dodged."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from carbonlearn.core.permissions import Role
from carbonlearn.enrolment.services import withdraw
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.study.jobs import raise_reviews
from carbonlearn.study.models import StudyReview
from tests.factories.people import actor_of, make_user
from tests.factories.study import right_answer
from tests.study.cheats.catalogue import cheat
from tests.study.cheats.stage import Phone, Stage

DUE_MS = 40_000
CLICK_SECONDS = 0.4
LETTERS = "ABCD"


def until_asked(stage: Stage, phone: Phone | None = None) -> dict[str, Any]:
    """Follow until the question that falls due at 40 seconds is asked; the question."""
    phone = phone or stage.phone
    stage.ask_at(DUE_MS)
    phone.open(stage.lesson)
    question: dict[str, Any] | None = phone.go_on(2)["presence"]
    assert question is not None
    return question


def answers_and_goes_on(stage: Stage) -> None:
    """The honest learner of these stories: is asked after 40 seconds, answers, and is paid for the whole time."""
    stage.phone.say_rightly(until_asked(stage))
    stage.phone.watch(60)


def asked(*, elsewhere: str, tries: str, name: str) -> Any:
    return cheat(name, elsewhere=elsewhere, tries=tries, honest=answers_and_goes_on, pays=100)


@asked(
    name="presence never answered",
    elsewhere="pop-ups that a script kept from appearing, while the hours counted on",
    tries="goes on beating, seen and running, while the question stands unanswered; claims the held time later",
)
def unanswered(stage: Stage) -> None:
    until_asked(stage)
    with stage.nobody():
        reply = stage.phone.go_on(10)
        assert reply["reason"] == "presence_due"
        stage.phone.tell(40_000, 600_000, after=60)


@asked(
    name="presence clicked away",
    elsewhere='"still there?" buttons that scripts pressed within seconds',
    tries="answers each question after 0.4 seconds, one option after another; a review is raised, nothing is taken away",
)
def clicked_away(stage: Stage) -> None:
    question: dict[str, Any] | None = until_asked(stage)
    guesses = iter("ACDB")  # B is right in every question of these lessons
    with stage.nobody():
        while question is not None:
            stage.phone.tell(40_000, 600_000, after=CLICK_SECONDS)
            question = stage.phone.say(question["check"], [next(guesses)]).json["presence"]
    stage.phone.tell(40_000, 600_000, after=5)
    assert [(check.attempt, check.correct) for check in stage.checks()] == [
        (1, False), (2, False), (3, False), (4, True),
    ]  # fmt: skip
    assert_flagged_and_not_punished(stage)


def assert_flagged_and_not_punished(stage: Stage) -> None:
    """Instant answers bring a person to look, and take nothing away."""
    before = stage.earned_ms()
    raise_reviews(stage.clock.now())
    (review,) = db.session.scalars(select(StudyReview).where(StudyReview.user_id == stage.learner.id))
    assert (review.signal, review.status) == ("instant_answers", "open")
    assert review.evidence == {"answers": 4, "fastest_ms": 400}
    assert stage.earned_ms() == before


@asked(
    name="another learner's question",
    elsewhere="answers posted for classmates with nothing but the number of the question",
    tries="answers the question of a neighbour, and has the neighbour answer one's own",
)
def anothers_question(stage: Stage) -> None:
    neighbour = stage.neighbour()
    theirs, mine = until_asked(neighbour), until_asked(stage)
    for phone, question in ((stage.phone, theirs), (neighbour.phone, mine)):
        assert phone.say(question["check"], right_answer(question["check"])).status_code == 404
    with stage.nobody():
        stage.phone.go_on(3)
    assert neighbour.phone.go_on(2)["reason"] == "presence_due"
    assert neighbour.earned_ms() == DUE_MS


@asked(
    name="an answer given twice",
    elsewhere="quizzes where the wrong answer showed the key and could be sent anew",
    tries="answers wrongly, learns the key, and answers the same question again",
)
def answered_twice(stage: Stage) -> None:
    question = until_asked(stage)
    right = right_answer(question["check"])
    wrong = next(letter for letter in LETTERS if letter not in right)
    said = stage.phone.say(question["check"], [wrong]).json
    assert (said["correct"], said["key"]) == (False, right)
    again = stage.phone.say(question["check"], right).json
    assert (again["correct"], again["presence"]["check"]) == (False, said["presence"]["check"])
    with stage.nobody():
        stage.phone.go_on(5)


@asked(
    name="a question of a place that has ended",
    elsewhere="open questions that could be answered after the course was over, to go on",
    tries="answers the open question of an enrolment that was withdrawn, and goes on in its session",
)
def ended_place(stage: Stage) -> None:
    question = until_asked(stage)
    clerk = make_user(Role.BASE_ADMIN, base_id=stage.learner_base(), now=stage.clock.now())
    actor = actor_of(clerk, stage.clock.now())
    with unit_of_work():
        withdraw(stage.enrolment, "本人申请", actor=actor, now=stage.clock.now())
    with stage.nobody():
        stage.phone.say(question["check"], right_answer(question["check"]))
        stage.phone.go_on(5)
        assert stage.phone.client.post("/study/sessions", json={"lesson": stage.lesson}).status_code == 403


@asked(
    name="presence dodged by opening anew",
    elsewhere="a check whose timer began again with each reload of the page",
    tries="closes and opens the lesson before each question and after it, on the way to 40 seconds and past it",
)
def opening_anew(stage: Stage) -> None:
    stage.ask_at(DUE_MS)
    for number in range(4):
        stage.phone.open(stage.lesson)
        stage.phone.at = number * 10_000
        stage.phone.tell(number * 10_000, number * 10_000 + 10_000, after=10)
        stage.phone.close()
    with stage.nobody():
        for _ in range(3):
            stage.phone.open(stage.lesson)
            stage.phone.at = DUE_MS
            stage.phone.go_on(2)


@asked(
    name="presence dodged elsewhere",
    elsewhere="checks that belonged to one page, so that the next lesson or device was free of them",
    tries="leaves the question open and goes on in another lesson, and on another device",
)
def opening_elsewhere(stage: Stage) -> None:
    until_asked(stage)
    other, tablet = stage.add_lesson(), stage.add_phone()
    with stage.nobody():
        for phone, lesson in ((stage.phone, other), (tablet, stage.lesson), (tablet, other)):
            assert phone.open(lesson)["reason"] == "presence_due"
            phone.at = DUE_MS
            phone.go_on(2)
