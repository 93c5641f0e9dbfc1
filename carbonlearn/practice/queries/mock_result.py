"""A mock that has ended, marked: every item with its answer, key and points; worked out anew each time, since nothing can change it
but the points that the writer gives the short answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carbonlearn.catalogue.queries import defaults
from carbonlearn.marking.rules.auto_mark import OBJECTIVE, TRUE_FALSE, Answer, Key, MultiplePolicy, auto_mark
from carbonlearn.practice.models import MockSitting
from carbonlearn.practice.queries.mocks import face, final_answers, has_paper, key
from carbonlearn.practice.rules.verdict import Verdict, verdict_of_points


@dataclass(frozen=True, slots=True)
class Marked:
    """One item of a mock. ``points`` is None for a short answer that its writer has not looked at."""

    number: int
    item_id: str
    version_id: str
    type: str
    case: str
    stem: str
    options: dict[str, str]
    key: tuple[Any, ...]
    reference: str
    rubric: Sequence[dict[str, Any]]
    explanation: str
    source: str
    value: Any
    points: int | None
    possible: int
    given: Sequence[int] = ()

    @property
    def is_short(self) -> bool:
        return self.type not in OBJECTIVE

    @property
    def verdict(self) -> Verdict:
        if self.points is None:
            return Verdict.OPEN
        if not self.is_short:
            return Verdict.RIGHT if self.points == self.possible else Verdict.WRONG
        return verdict_of_points(self.points, self.possible)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a type brought, of how much, in hundredths; ``waiting`` short answers are not counted in ``points``."""

    type: str
    points: int
    possible: int
    waiting: int


def marked_items(sitting: MockSitting) -> list[Marked]:
    """Every item of an ended mock, in the order of the paper; none once the paper is no longer kept."""
    if not has_paper(sitting.id):
        return []
    given, entries = final_answers(sitting.id), {entry["n"]: entry for entry in key(sitting.id)}
    return [
        _marked(item, entries[item["n"]], given.get(item["n"]), sitting.own_points)
        for item in face(sitting.id)["items"]
    ]


def _marked(item: dict[str, Any], entry: dict[str, Any], value: Any, own: dict[str, Any]) -> Marked:
    lines = own.get(str(item["n"]), ())
    return Marked(
        number=item["n"],
        item_id=entry["item_id"],
        version_id=entry["version_id"],
        type=item["type"],
        case=item.get("case") or "",
        stem=item["stem"],
        options=dict(item.get("options") or []),
        key=tuple(entry["key"]),
        reference=entry["reference"],
        rubric=entry["rubric"],
        explanation=entry["explanation"],
        source=entry["source"],
        value=value,
        points=_points(item, entry, value, lines),
        possible=item["points"],
        given=lines,
    )


def _points(item: dict[str, Any], entry: dict[str, Any], value: Any, lines: Sequence[int]) -> int | None:
    if item["type"] not in OBJECTIVE:
        return 0 if value is None else sum(lines) if lines else None
    given: Answer = (
        frozenset(value) if isinstance(value, list) else value if isinstance(value, bool) else None
    )
    correct = bool(entry["key"][0]) if item["type"] == TRUE_FALSE else frozenset(entry["key"])
    policy = MultiplePolicy(defaults()["multiple_choice"])
    return auto_mark(item["type"], Key(correct), given, item["points"], policy).points


def sums(items: Sequence[Marked]) -> list[Sum]:
    """What each type brought, in the order of the paper."""
    return [
        Sum(
            name,
            sum(item.points or 0 for item in items if item.type == name),
            sum(item.possible for item in items if item.type == name),
            sum(item.points is None for item in items if item.type == name),
        )
        for name in dict.fromkeys(item.type for item in items)
    ]
