"""A small HTTP load generator: keep-alive connections on one event loop, each with a conversation of its own.

A conversation is a generator: it yields the bytes of a request and receives (status, body) of the answer; when it
returns, the connection ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

Answer = tuple[int, bytes]
Conversation = Generator[bytes, Answer, None]
HEAD_END = b"\r\n\r\n"
SLOWEST_SECONDS = 20.0


@dataclass
class Outcome:
    """What one run measured: answers by status, latencies in seconds, and the seconds it took."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if not 200 <= status < 400)

    def percentile(self, percent: float) -> float:
        """Latency in milliseconds below which ``percent`` of the answers came."""
        return percentile(self.latencies, percent)

    def note(self, status: int) -> None:
        """Count one answer; status 0 stands for a connection that broke."""
        self.statuses[status] = self.statuses.get(status, 0) + 1


def percentile(latencies: Iterable[float], percent: float) -> float:
    """Milliseconds below which ``percent`` of the latencies (seconds) lie; 0 when there are none."""
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else 0.0


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + HEAD_END + body


def run(port: int, seconds: float, conversations: list[Conversation]) -> Outcome:
    """Hold all conversations at once for so many seconds (or until all have ended)."""
    return asyncio.run(_run(port, seconds, conversations))


async def _run(port: int, seconds: float, conversations: list[Conversation]) -> Outcome:
    outcome, loop = Outcome(), asyncio.get_running_loop()
    ends = [loop.create_future() for _ in conversations]
    started = time.perf_counter()
    for conversation, end in zip(conversations, ends, strict=True):
        await loop.create_connection(
            _holder(conversation, started + seconds, outcome, end), "127.0.0.1", port
        )
    _done, hanging = await asyncio.wait(ends, timeout=seconds + SLOWEST_SECONDS)
    for _ in hanging:
        outcome.note(0)
    outcome.seconds = time.perf_counter() - started
    return outcome


def _holder(
    conversation: Conversation, deadline: float, outcome: Outcome, end: asyncio.Future[None]
) -> Callable[[], _Connection]:
    return lambda: _Connection(conversation, deadline, outcome, end)


class _Connection(asyncio.Protocol):
    """One connection: sends what the conversation yields, one request at a time, and times the answers."""

    def __init__(
        self, conversation: Conversation, deadline: float, outcome: Outcome, end: asyncio.Future[None]
    ) -> None:
        self._conversation, self._deadline, self._outcome, self._end = conversation, deadline, outcome, end
        self._buffer = b""
        self._begun = 0.0
        self._waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._go_on(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        found = _complete(self._buffer)
        if found is None:
            return
        self._buffer, self._waiting = b"", False
        self._outcome.latencies.append(time.perf_counter() - self._begun)
        self._outcome.note(found[0])
        self._go_on(found)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._waiting:
            self._outcome.note(0)
        if not self._end.done():
            self._end.set_result(None)

    def _go_on(self, answer: Answer | None) -> None:
        try:
            wanted = next(self._conversation) if answer is None else self._conversation.send(answer)
        except StopIteration:
            self._transport.close()
            return
        if time.perf_counter() >= self._deadline:
            self._transport.close()
            return
        self._begun, self._waiting = time.perf_counter(), True
        self._transport.write(wanted)


def _complete(buffer: bytes) -> Answer | None:
    """Status and body once all of the answer is here. Every answer that is measured states its length."""
    head, end, body = buffer.partition(HEAD_END)
    if not end:
        return None
    status, lowered = int(head[9:12]), head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at < 0:
        return (status, b"") if status == 304 else _without_length(lowered, body, status)
    length = int(lowered[at + 17 :].split(b"\r\n", 1)[0])
    return (status, body) if len(body) >= length else None


def _without_length(head: bytes, body: bytes, status: int) -> Answer | None:
    if b"transfer-encoding: chunked" not in head:
        raise ValueError(f"an answer without length: {head!r}")
    return (status, body) if body.endswith(b"0\r\n\r\n") else None
