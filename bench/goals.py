"""What is measured and what counts as met. Goals that the design states as a rate are kept as the share of the floor that this
rate was on the machine of the design, since rates of different machines cannot be compared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """One benchmark: what is asked, by how many at once, against which floor, and the bounds (milliseconds at a percentile)."""

    name: str
    what: str
    clients: int
    floor: str  # save: a durable upsert; hello: a bare page
    ratio: float
    percentile: int
    bound_ms: dict[str, float]

    def text(self, engine: str) -> str:
        return f"ratio >= {self.ratio}, p{self.percentile} <= {self.bound_ms[engine]:g} ms, 0 errors"


@dataclass(frozen=True, slots=True)
class PaperGoal:
    """What the assembly of papers is held to, track by track: from so many seeds, each paper within so many milliseconds by the wall."""

    seeds: int
    bound_ms: float

    def text(self) -> str:
        return f"{self.seeds} seeds, each paper <= {self.bound_ms:g} ms, 0 broken, 0 missing"

    def missed(self, seeds: int, slowest_ms: float, broken: int, without: int) -> list[str]:
        """Every part of the goal that was not reached, in words; empty: all were."""
        parts = [
            (seeds < self.seeds, f"{seeds} seeds of {self.seeds}"),
            (slowest_ms > self.bound_ms, f"slowest {slowest_ms:.0f} ms"),
            (broken > 0, f"{broken} broken promises"),
            (without > 0, f"{without} seeds without a paper"),
        ]
        return [words for is_so, words in parts if is_so]


def _both(milliseconds: float) -> dict[str, float]:
    return {"sqlite": milliseconds, "pg": milliseconds}


SAVE = Goal("B1", "save one answer", 32, "save", 0.6, 99, {"sqlite": 40, "pg": 30})
BEAT = Goal("B2", "study beat", 32, "save", 0.6, 99, _both(30))
START = Goal("B3", "open the sealed paper, sitting durable (design: 900/s)", 8, "save", 0.31, 95, _both(20))
PAGE = Goal(
    "B4", "the paper of 96 items with 96 saved answers (design: 1000/s)", 8, "hello", 0.08, 95, _both(20)
)
ROOM = Goal("B4-room", "the exam room's page around it", 8, "hello", 0.08, 95, _both(20))
SUBMIT = Goal("B5", "hand in 96 answers, receipt (design: 600/s)", 8, "save", 0.21, 95, _both(30))
PAPERS = PaperGoal(500, 200)
PUBLIC = Goal("B7", "public certificate page", 32, "hello", 0.5, 95, _both(30))
