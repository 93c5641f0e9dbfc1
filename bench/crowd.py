"""A crowd of learners, each on a phone that keeps its connection and reports on its own time: an open loop, so a slow answer holds
nobody else back. Latency counts from the instant at which a report was due.

Positions follow the clock. A few reports in a hundred are out of the ordinary (pauses, hidden pages, jumps) and are judged at length.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import time
from dataclasses import dataclass, field
from typing import Any

from bench.conversations import Form, Phone
from bench.filled import BEGUN_MS
from bench.load import HEAD_END, Answer

TIMEOUT_SECONDS = 15.0  # less than the shortest interval between two reports
PAUSES, HIDDEN, JUMPS = 0.02, 0.01, 0.02
JUMP_MS = (60_000, 300_000)
RETRY_SECONDS = 20.0
FIRST_MS = 1_000  # what the first beat claims, for no interval has been told yet
BROKEN, LATE = "broken", "timeout"


@dataclass(frozen=True, slots=True)
class Report:
    """One beat: when it was due (seconds of the machine's steady clock), how long its answer took, and what came of it: the reason
    that the server gave, or an error's kind."""

    due: float
    seconds: float
    usual: bool
    status: int
    outcome: str

    @property
    def is_error(self) -> bool:
        return self.status != 200


@dataclass
class Heard:
    """All that the crowd sent, and by session the credit (ms) that each learner was told last."""

    learners: int
    reports: list[Report] = field(default_factory=list)
    told_ms: dict[str, int] = field(default_factory=dict)


def attend(port: int, form: Form, people: list[dict[str, Any]], gather: float, seconds: float) -> Heard:
    """Let everybody begin within ``gather`` seconds and study until ``seconds`` after that."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return asyncio.run(_attend(port, form, people, gather, seconds))


async def _attend(
    port: int, form: Form, people: list[dict[str, Any]], gather: float, seconds: float
) -> Heard:
    heard, began = Heard(len(people)), time.perf_counter()
    learners = [
        Learner(port, Phone(port, form, one["cookie"]), one, random.Random(number))
        for number, one in enumerate(people)
    ]
    step = gather / max(1, len(learners))
    await asyncio.gather(
        *(
            learner.study(began + number * step, began + gather + seconds, heard)
            for number, learner in enumerate(learners)
        )
    )
    return heard


class Line:
    """A kept connection; opened anew when the server has closed it meanwhile."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, wanted: bytes) -> Answer:
        """Status and body. Raises OSError or EOFError when the connection breaks before the answer is whole."""
        if self._ends is None or self._ends[0].at_eof() or self._ends[1].is_closing():
            self._ends = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._ends
        writer.write(wanted)
        head = (await reader.readuntil(HEAD_END)).lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0])
        return int(head[9:12]), await reader.readexactly(length)

    def close(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


class Learner:
    """One learner: the chain of numbers and nonces, and the place in the lesson."""

    def __init__(self, port: int, phone: Phone, person: dict[str, Any], chance: random.Random) -> None:
        self._line, self._phone, self._chance = Line(port), phone, chance
        self._session, self._seq, self._nonce = person["session"], 1, person["nonce"]
        self._at_ms = BEGUN_MS
        self._interval = 0.0

    async def study(self, due: float, until: float, heard: Heard) -> None:
        """Beat after beat, each when the server wished to hear it."""
        while due < until:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            heard.reports.append(await self._beat(due, heard))
            due += self._interval or RETRY_SECONDS
        self._line.close()

    async def _beat(self, due: float, heard: Heard) -> Report:
        usual, claim = self._claim()
        wanted = self._phone.post(f"/study/sessions/{self._session}/beats", claim)
        status, outcome = 0, BROKEN
        try:
            status, body = await asyncio.wait_for(self._line.ask(wanted), TIMEOUT_SECONDS)
            outcome = self._hear(status, body, heard)
        except TimeoutError:
            outcome = LATE
        except (OSError, EOFError):
            pass
        if not status:
            self._line.close()
        return Report(due, time.perf_counter() - due, usual, status, outcome)

    def _hear(self, status: int, body: bytes, heard: Heard) -> str:
        if status != 200:
            return f"{status // 100}xx"
        reply = json.loads(body)
        self._seq, self._nonce, self._interval = reply["seq"] + 1, reply["nonce"], float(reply["interval_s"])
        heard.told_ms[self._session] = reply["credited_ms_enrolment"]
        return str(reply["reason"])

    def _claim(self) -> tuple[bool, dict[str, Any]]:
        """Whether the beat is of the usual kind, and what it says."""
        drawn, passed = self._chance.random(), round(self._interval * 1000) or FIRST_MS
        paused, hidden = drawn < PAUSES, PAUSES <= drawn < PAUSES + HIDDEN
        jumped = PAUSES + HIDDEN <= drawn < PAUSES + HIDDEN + JUMPS
        if jumped:
            self._at_ms += self._chance.randint(*JUMP_MS)
        begin = self._at_ms
        self._at_ms += 0 if paused else passed
        usual = not (paused or hidden or jumped)
        return usual, {
            "seq": self._seq, "nonce": self._nonce, "playing": not paused, "visible": not hidden, "from": begin,
            "to": self._at_ms,
        }  # fmt: skip
