"""One benchmark: the floor, the product, the floor again, within the same minute; the outcome as one JSON line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.conversations import floor_hello, floor_saves
from bench.goals import Goal
from bench.load import Conversation, Outcome, run
from bench.servers import Server

WARM_SECONDS = 0.3
Make = Callable[[], list[Conversation]]


@dataclass(frozen=True, slots=True)
class Leg:
    """What one server did in one stretch of time (of the machine's steady clock), with the CPU time of its workers for one answer."""

    outcome: Outcome
    cpu_ms: float
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Bench:
    """Both servers of one engine, and how long a leg lasts."""

    engine: str
    floor: Server
    product: Server
    seconds: float

    def measure(self, goal: Goal, make: Make, warm: bool = True) -> None:
        """Print the line of one benchmark. ``warm`` False: what is asked can be asked once, so nothing is spent on warming up."""
        own, before, after = self.legs(goal, make, warm)
        print(json.dumps(self.line(goal, own, before, after), ensure_ascii=False), flush=True)

    def legs(self, goal: Goal, make: Make, warm: bool = True) -> tuple[Leg, Leg, Leg]:
        """The product's leg, and the floor's before and after it."""
        if warm:
            run(self.product.port, WARM_SECONDS, make())
        run(self.floor.port, WARM_SECONDS, self._floor(goal))
        before = self._leg(self.floor, self._floor(goal))
        own = self._leg(self.product, make())
        return own, before, self._leg(self.floor, self._floor(goal))

    def _floor(self, goal: Goal) -> list[Conversation]:
        port = self.floor.port
        if goal.floor == "hello":
            return [floor_hello(port) for _ in range(goal.clients)]
        return [floor_saves(port, attempt) for attempt in range(goal.clients)]

    def _leg(self, server: Server, conversations: list[Conversation]) -> Leg:
        began, used = time.perf_counter(), server.cpu_ms()
        outcome = run(server.port, self.seconds, conversations)
        cpu_ms = (server.cpu_ms() - used) / max(1, len(outcome.latencies))
        return Leg(outcome, cpu_ms, began, time.perf_counter())

    def line(self, goal: Goal, own: Leg, before: Leg, after: Leg) -> dict[str, Any]:
        """The outcome as it is printed."""
        floor_rate = (before.outcome.rate + after.outcome.rate) / 2
        ratio = own.outcome.rate / floor_rate if floor_rate else 0.0
        in_time = own.outcome.percentile(goal.percentile) <= goal.bound_ms[self.engine]
        return {
            "id": f"{goal.name}-{self.engine}",
            "what": goal.what,
            "ratio": round(ratio, 3),
            "goal": goal.text(self.engine),
            "met": ratio >= goal.ratio and in_time and own.outcome.errors == 0,
            "rate": round(own.outcome.rate),
            "floor_rate": round(floor_rate),
            **{f"p{p}_ms": round(own.outcome.percentile(p), 1) for p in (50, 95, 99)},
            "floor_p99_ms": round(max(before.outcome.percentile(99), after.outcome.percentile(99)), 1),
            "errors": own.outcome.errors,
            "cpu_ms": round(own.cpu_ms, 3),
            "floor_cpu_ms": round((before.cpu_ms + after.cpu_ms) / 2, 3),
            "answers": len(own.outcome.latencies),
        }
