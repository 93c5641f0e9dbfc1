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


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A span as it is stored, with the length of the lesson version that it followed."""

    id: int
    lesson_id: str
    from_ms: int
    to_ms: int
    credited_ms: int
    started_at: datetime
    beat_at: datetime
    length_ms: int


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
        spans = by_lesson[lesson_id]
        earned, total = sum(row.credited_ms for row in spans), shown.get(lesson_id, 0)
        if total != earned:
            found.append(Difference(enrolment_id, "total shown", f"lesson {lesson_id}", earned, total))
        length = max((row.length_ms for row in spans), default=0)
        ground = covered_ms(((row.from_ms, row.to_ms) for row in spans), length)
        if ground != earned:
            found.append(Difference(enrolment_id, "coverage", f"lesson {lesson_id}", ground, earned))
    return found + list(_beyond_time(enrolment_id, rows))


def _beyond_time(enrolment_id: str, rows: Sequence[LedgerRow]) -> Iterator[Difference]:
    for row in rows:
        passed = (row.beat_at - row.started_at) // MILLISECOND
        if row.credited_ms > passed:
            yield Difference(enrolment_id, "time passed", f"span {row.id}", passed, row.credited_ms)
    for before, after in pairwise(rows):
        if after.started_at < before.beat_at:
            overlap = (before.beat_at - after.started_at) // MILLISECOND
            yield Difference(
                enrolment_id, "time credited twice", f"spans {before.id} and {after.id}", 0, overlap
            )
