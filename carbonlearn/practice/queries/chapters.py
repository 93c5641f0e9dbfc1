"""The chapters of a track: one for each competence function, and one for each lesson that items are tied to; and what answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carbonlearn.enrolment.queries import OwnPlace
from carbonlearn.practice.queries.answers import Stat
from carbonlearn.practice.queries.pool import PoolItem
from carbonlearn.practice.rules.order import Place, Progress, in_order, progress
from carbonlearn.practice.rules.radar import Skill, skill

LESSON = "lesson-"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter with its items in this learner's order. ``key`` is the function's slug, or ``lesson-`` and the lesson's."""

    key: str
    order: tuple[str, ...]
    progress: Progress

    @property
    def lesson(self) -> str | None:
        return self.key.removeprefix(LESSON) if self.key.startswith(LESSON) else None


def chapters(
    place: OwnPlace, items: Sequence[PoolItem], answered: Mapping[str, Stat], owner: str
) -> dict[str, Chapter]:
    """By key: functions in the order of the national table, then those only other levels have, then lessons."""
    found: dict[str, list[PoolItem]] = {
        function: [] for function in functions_of(place, [item.function for item in items])
    }
    for item in items:
        found[item.function].append(item)
    for item in items:
        if item.lesson:
            found.setdefault(LESSON + item.lesson, []).append(item)
    times = {item_id: stat.times for item_id, stat in answered.items()}
    return {key: _chapter(key, held, times, owner) for key, held in found.items() if held}


def functions_of(place: OwnPlace, besides: Sequence[str]) -> list[str]:
    """The functions of a track in the order of its table of weights, then the others in order of appearance."""
    weighed = [function for function, _ in place.rules.weights(place.track)]
    return list(dict.fromkeys([*weighed, *besides]))


def _chapter(key: str, held: Sequence[PoolItem], times: Mapping[str, int], owner: str) -> Chapter:
    order = in_order([Place(item.id, item.case_id) for item in held], owner)
    return Chapter(key, tuple(order), progress(order, times))


def competence(place: OwnPlace, items: Sequence[PoolItem], answered: Mapping[str, Stat]) -> list[Skill]:
    """What the newest answers to each function's items say; answers in mocks count as well."""
    verdicts: dict[str, list[str]] = {}
    for stat in answered.values():
        verdicts.setdefault(stat.function, []).append(stat.verdict)
    available: dict[str, int] = {}
    for item in items:
        available[item.function] = available.get(item.function, 0) + 1
    names = functions_of(place, list(available))
    return [skill(name, verdicts.get(name, []), available.get(name, 0)) for name in names]
