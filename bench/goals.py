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
PUBLIC = Goal("B7", "public certificate page", 32, "hello", 0.5, 95, _both(30))
