"""Cheats with the beats themselves: too many, twice, in another order, with a wrong nonce, after a silence, over ground covered before."""

from __future__ import annotations

from tests.study.cheats.catalogue import cheat
from tests.study.cheats.stage import Stage


@cheat(
    "sends without spacing",
    elsewhere="a reading platform where points depended on the number of sends only, not on the time between them",
    tries="sends sixty beats of 20 seconds of ground each within a minute, some in the same instant",
)
def without_spacing(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    for number in range(30):
        phone.tell(number * 20_000, (number + 1) * 20_000, after=2)
        phone.tell(number * 20_000, (number + 1) * 20_000)


@cheat(
    "a beat replayed",
    elsewhere="recorded requests of a course page, sent again in a loop overnight",
    tries="sends one good beat again and again, 20 seconds apart, then goes on as if all of them had counted",
)
def replayed(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.go_on(1)
    stage.clock.advance(seconds=20)
    body = phone.claim(20_000, 40_000)
    for _ in range(12):
        phone.send(body)
        stage.clock.advance(seconds=20)
    phone.tell(40_000, 300_000)


@cheat(
    "beats in another order",
    elsewhere="servers that added up whatever arrived, late beats as well as early ones",
    tries="holds beats back and sends them later, the newest first, then all of them again backwards",
)
def reordered(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    bodies = []
    for number in range(4):
        stage.clock.advance(seconds=20)
        bodies.append(phone.claim(number * 20_000, (number + 1) * 20_000))
        answer = phone.send(bodies[-1])
        phone.seq, phone.nonce = answer.json["seq"], answer.json["nonce"]
    for body in reversed(bodies):
        stage.clock.advance(seconds=5)
        phone.send(body | {"to": 600_000})


@cheat(
    "a skipped number",
    elsewhere="a counter in the request that the page could set to any value",
    tries="leaves numbers out, to be far down the chain at once",
)
def skipped(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    for seq in (2, 3, 30, 2**31 - 1):
        assert phone.tell(0, 600_000, after=5, seq=seq).status_code == 422
    phone.tell(0, 20_000)


@cheat(
    "a stale nonce",
    elsewhere="tokens that stayed good after their use",
    tries="uses the nonce of the beat before for the next, and nonces of its own making",
)
def stale_nonce(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    spent = phone.nonce
    phone.go_on(1)
    for nonce in (spent, "0" * 32, spent[::-1]):
        assert phone.tell(20_000, 600_000, after=10, nonce=nonce).status_code == 422


@cheat(
    "the nonce of another session",
    elsewhere="one token harvested on one page and spent on many",
    tries="opens sessions on two devices and spends the nonces of the one that earns in the one that does not",
)
def borrowed_nonce(stage: Stage) -> None:
    first, second = stage.phone, stage.add_phone()
    first.open(stage.lesson)
    second.open(stage.lesson)
    for number in range(3):
        stage.clock.advance(seconds=20)
        refused = first.send(first.claim(300_000, 600_000, seq=second.seq + 1, nonce=second.nonce))
        assert refused.status_code == 422
        second.tell(number * 20_000, (number + 1) * 20_000)


@cheat(
    "the silence claimed",
    elsewhere="log analysis that fills every gap below an hour with study time, whether anybody was there or not",
    tries="says nothing for an hour, or just longer than two lost beats, and claims all of it with the next beat",
)
def silence(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    phone.go_on(1)
    phone.tell(20_000, 600_000, after=3600)
    phone.tell(20_000, 86_001, after=66)
    phone.tell(86_001, 106_001, after=20)


@cheat(
    "covered ground again",
    elsewhere="a course that paid for each viewing of the same minute",
    tries="follows the first minute of a lesson in a loop",
)
def again(stage: Stage) -> None:
    phone = stage.phone
    phone.open(stage.lesson)
    for _ in range(4):
        for start in (0, 20_000, 40_000):
            phone.tell(start, start + 20_000, after=20)
