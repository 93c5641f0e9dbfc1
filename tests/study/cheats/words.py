"""Cheats that say what is not so: seconds, completion, positions, other people's places, numbers that are none."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table, select

from carbonlearn.infra.db import db
from carbonlearn.study.models import (
    PresenceCheck,
    StudyLease,
    StudyPresence,
    StudyRefusal,
    StudySession,
    StudySpan,
)
from tests.study.cheats.catalogue import cheat
from tests.study.cheats.stage import Stage

HOUR_MS = 3_600_000
TABLES = [
    cast(Table, model.__table__)
    for model in (StudyLease, StudySession, StudySpan, StudyPresence, PresenceCheck, StudyRefusal)
]
ODD: tuple[Any, ...] = (
    -1, -(10**18), 10**12, 10**30, 2**63, 1.5, 1e308, float("inf"), float("nan"), "20000", "", "\x00", None, True, [], [20_000],
    {}, {"ms": 1},
)  # fmt: skip
BODIES = (
    b"",
    b"null",
    b"[]",
    b"7",
    b'"beat"',
    b"{",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"seq": ' + b"9" * 5000 + b"}",
)


@cheat(
    "forged seconds",
    elsewhere="a campus course whose page uploaded the seconds studied every five seconds; posting an hour instead ended it at once",
    tries="adds seconds, duration and studied time to each beat",
)
def forged_seconds(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    for name in ("seconds", "duration", "watch_time", "credited_ms", "elapsed_ms"):
        assert phone.tell(0, HOUR_MS, after=20, **{name: HOUR_MS}).status_code == 422
    phone.tell(0, 20_000, after=0)


@cheat(
    "forged completion",
    elsewhere="learning systems in which a posted progress=100 or a finished flag completed a course and issued its certificate",
    tries="sends completed, progress and status with beats, openings and closings",
)
def forged_completion(stage: Stage) -> None:
    phone = stage.phone
    assert (
        phone.client.post("/study/sessions", json={"lesson": stage.lesson, "completed": True}).status_code
        == 422
    )
    phone.open(stage.lesson)
    for lie in ({"completed": True}, {"progress": 100}, {"status": "completed"}, {"reason": "counting"}):
        assert phone.tell(0, 600_000, after=1, **lie).status_code == 422
    stage.diary.believed_ms += 600_000
    phone.client.post(f"/study/sessions/{phone.session}/closure", json={"completed": True})


@cheat(
    "the whole lesson in one post",
    elsewhere="a training platform that finished a lesson when one posted duration reached its length",
    tries="opens a lesson and claims all of it at once, then again a second later",
)
def whole_lesson(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.tell(0, 600_000)
    phone.tell(0, 600_000, after=1)
    phone.close()


@cheat(
    "far ahead",
    elsewhere="scripts that set a player to sixteen times its speed, or hurry the page's timers",
    tries="reports 320 seconds of ground every 20 seconds",
)
def far_ahead(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.tell(0, 20_000, after=20)
    phone.tell(20_000, 50_000, after=20)  # the usual beat, only a little too far
    for start in (40_000, 320_000):
        phone.tell(start, start + 320_000, after=20)
    phone.tell(0, 600_000, after=20)


@cheat(
    "positions dragged",
    elsewhere="systems that store the player's position and call 95 % of it complete: drag the bar to the end",
    tries="jumps over the lesson and reports the end of it, with the start left out",
)
def dragged(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.tell(0, 1_000, after=1)
    phone.tell(1_000, 599_000, after=1)
    phone.tell(599_000, 600_000, after=1)


@cheat(
    "the clock of the phone",
    elsewhere="pages that took the phone's own time for the time studied",
    tries="moves the phone's clock on by hours: dates in headers, and times in the body, which are refused",
)
def phone_clock(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.client.environ_base["HTTP_DATE"] = "Tue, 03 Nov 2026 09:00:00 GMT"
    phone.client.environ_base["HTTP_X_CLIENT_TIME"] = "1793696400"
    for name in ("client_ts", "at", "now", "started_at"):
        assert phone.tell(0, 600_000, after=1, **{name: "2026-11-03T09:00:00Z"}).status_code == 422
    phone.tell(0, 600_000, after=16)


@cheat(
    "numbers that are none",
    elsewhere="a field set to zero or to a word, which a server took for no limit at all",
    tries="huge, negative, broken and missing values in every field of every operation: refused, no row changed, never a fault",
)
def odd_numbers(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.go_on(1)
    before = rows()
    for name in ("seq", "from", "to", "nonce", "playing", "visible"):
        for value in (odd for odd in ODD if odd is not True or name not in ("playing", "visible")):
            assert phone.tell(20_000, 40_000, **{name: value}).status_code == 422, (name, value)
    for address in (
        f"/study/sessions/{phone.session}/beats",
        "/study/sessions",
        f"/study/presence/{'0' * 26}/answer",
    ):
        for body in BODIES:
            answer = phone.client.post(address, data=body, content_type="application/json")
            assert answer.status_code == 422, (address, body[:20], answer.status_code)
    for value in ODD:
        assert phone.client.post("/study/sessions", json={"lesson": value}).status_code in (404, 422)
        assert phone.say("0" * 26, value).status_code == 422
    assert rows() == before


def rows() -> list[list[tuple[Any, ...]]]:
    """Every row of the study record as it stands."""
    db.session.rollback()
    return [[tuple(row) for row in db.session.execute(select(table))] for table in TABLES]


@cheat(
    "in the name of another",
    elsewhere="a learning system that took the learner's name from the posted body: progress for anybody, certificates unearned",
    tries="opens lessons on a neighbour's place, and beats in a neighbour's session with the neighbour's nonce",
)
def in_anothers_name(stage: Stage) -> None:
    other = stage.neighbour()
    other.phone.open(other.lesson)
    asked = {"lesson": other.lesson, "enrolment": other.enrolment}
    assert stage.phone.client.post("/study/sessions", json=asked).status_code == 404
    stage.phone.session, stage.phone.nonce = other.phone.session, other.phone.nonce
    assert stage.phone.tell(0, 20_000, after=20).status_code == 404
    assert other.earned_ms() == 0
    other.phone.watch(20)
    assert other.earned_ms() == 20_000  # the neighbour's own beat, undisturbed
