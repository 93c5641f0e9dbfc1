"""A small HTTP load generator: keep-alive connections on one event loop, each with a conversation of its own.

A conversation is a generator: it yields the bytes of a request and receives (status, body) of the answer; when it
returns, the connection ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

Answer = tuple[int, bytes]
Conversation = Generator[bytes, Answer, None]


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
        if not self.latencies:
            return 0.0
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


def request(method: str, path: str, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(port: int, seconds: float, conversations: list[Callable[[], Conversation]]) -> Outcome:
    """Hold all conversations at once for so many seconds (or until all have ended)."""
    return asyncio.run(_run(port, seconds, conversations))


async def _run(port: int, seconds: float, conversations: list[Callable[[], Conversation]]) -> Outcome:
    outcome = Outcome()
    started = time.perf_counter()
    deadline = started + seconds
    await asyncio.gather(*(_hold(port, deadline, make(), outcome) for make in conversations))
    outcome.seconds = time.perf_counter() - started
    return outcome


async def _hold(port: int, deadline: float, conversation: Conversation, outcome: Outcome) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        wanted = next(conversation)
        while time.perf_counter() < deadline:
            begun = time.perf_counter()
            writer.write(wanted)
            status, body = await _answer(reader)
            outcome.latencies.append(time.perf_counter() - begun)
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
            wanted = conversation.send((status, body))
    except StopIteration:
        pass
    except (ConnectionError, asyncio.IncompleteReadError):
        outcome.statuses[0] = outcome.statuses.get(0, 0) + 1
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        lowered = name.lower()
        if lowered == b"content-length":
            length = int(value)
        elif lowered == b"transfer-encoding" and b"chunked" in value:
            return status, await _chunked(reader)
    body = await reader.readexactly(length) if length and status != 304 else b""
    return status, body


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readline()).strip() or b"0", 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
