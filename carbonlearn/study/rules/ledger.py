"""What must hold of the rows of the ledger: every total is their sum, no part earns twice, no time is credited twice.

Source: domain paper, "Credited study time", rules 2, 3 and 6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from carbonlearn.study.rules.ground import covered_ms

MILLISECOND = timedelta(milliseconds=1)


Held = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A span as it is stored, with the length of the lesson version that it followed.

    ``says_void`` is what the newest decision about it says; ``day_ends`` the local midnight after it began (None: not looked at);
    ``held`` the stretches of time during which a presence check of the enrolment was open.
    """

    id: int
    lesson_id: str
    from_ms: int
    to_ms: int
    credited_ms: int
    started_at: datetime
    beat_at: datetime
    length_ms: int
    is_void: bool = False
    says_void: bool = False
    day_ends: datetime | None = None
    held: tuple[Held, ...] = ()

    @property
    def held_ms(self) -> int:
        """How much of the span's time a presence check was open."""
        overlaps = (min(self.beat_at, end) - max(self.started_at, start) for start, end in self.held)
        return sum(max(0, overlap // MILLISECOND) for overlap in overlaps)


@dataclass(frozen=True)
class Difference:
    """One thing that does not hold: of which enrolment and what, what was expected and what was found, in milliseconds."""

    enrolment_id: str
    what: str
    where: str
    expected: int
    found: int

    def __str__(self) -> str:
        return f"enrolment {self.enrolment_id}: {self.what} of {self.where}: expected {self.expected} ms, found {self.found} ms"


def differences(enrolment_id: str, rows: Sequence[LedgerRow], shown: Mapping[str, int]) -> list[Difference]:
    """Every difference between the totals ``shown`` by lesson and what the rows (in order of time) can bear."""
    by_lesson: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        by_lesson[row.lesson_id].append(row)
    found = []
    for lesson_id in sorted(by_lesson.keys() | shown.keys()):
        spans = [row for row in by_lesson[lesson_id] if not row.is_void]
        earned, total = sum(row.credited_ms for row in spans), shown.get(lesson_id, 0)
        if total != earned:
            found.append(Difference(enrolment_id, "total shown", f"lesson {lesson_id}", earned, total))
        length = max((row.length_ms for row in spans), default=0)
        ground = covered_ms(((row.from_ms, row.to_ms) for row in spans), length)
        if ground != earned:
            found.append(Difference(enrolment_id, "coverage", f"lesson {lesson_id}", ground, earned))
    return [*found, *_beyond_time(enrolment_id, rows), *_beside_decisions(enrolment_id, rows)]


def _beside_decisions(enrolment_id: str, rows: Sequence[LedgerRow]) -> Iterator[Difference]:
    """Spans whose mark differs from the newest decision about them: amounts that should count, and that do."""
    for row in rows:
        if row.is_void != row.says_void:
            should, does = (0 if mark else row.credited_ms for mark in (row.says_void, row.is_void))
            yield Difference(enrolment_id, "decision", f"span {row.id}", should, does)


def _beyond_time(enrolment_id: str, rows: Sequence[LedgerRow]) -> Iterator[Difference]:
    for row in rows:
        passed = (row.beat_at - row.started_at) // MILLISECOND - row.held_ms
        if row.credited_ms > passed:
            yield Difference(enrolment_id, "time passed", f"span {row.id}", passed, row.credited_ms)
        if row.day_ends is not None and row.beat_at > row.day_ends:
            over = (row.beat_at - row.day_ends) // MILLISECOND
            yield Difference(enrolment_id, "local day", f"span {row.id}", 0, over)
    for before, after in pairwise(rows):
        if after.started_at < before.beat_at:
            overlap = (before.beat_at - after.started_at) // MILLISECOND
            yield Difference(
                enrolment_id, "time credited twice", f"spans {before.id} and {after.id}", 0, overlap
            )
