"""When a learner is asked whether they are there, what about, and what the answer is worth.

Source: domain paper, "Credited study time", rule 5: a content question on what was just studied, at a moment that the server picks.
Chance comes in as an argument or is left to the caller; amounts are milliseconds of credit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carbonlearn.study.rules.ground import Stretch

TRUE_FALSE = "true-false"
TRUTHS = {"true": "正确", "false": "错误"}
LATE_MS = 600_000  # the ground of the last ten minutes is what was just studied


@dataclass(frozen=True, slots=True)
class Ground:
    """A lesson of which something was followed; ``parts`` are the numbers of its headings, None where they have no length."""

    lesson: str
    parts: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that could be asked: about which lesson and part (None: the whole of it), and how often it was asked before."""

    item_id: str
    lesson: str
    part: int | None
    asked: int = 0


def next_due(total_ms: int, seconds: int) -> int:
    """The credited total at which the next check falls due, so many seconds of credit from now."""
    return total_ms + seconds * 1000


def is_due(total_ms: int, due_ms: int) -> bool:
    """Whether the credited total has reached the check."""
    return total_ms >= due_ms


def newest_ground(stretches: Sequence[Stretch], within_ms: int = LATE_MS) -> list[Stretch]:
    """The last ``within_ms`` of ground, of stretches given newest first; each was followed from its start to its end."""
    found: list[Stretch] = []
    for start, end in stretches:
        if within_ms <= 0:
            break
        begin = max(start, end - within_ms)
        found.append((begin, end))
        within_ms -= end - begin
    return found


def parts_met(outline: Sequence[Stretch], stretches: Sequence[Stretch]) -> frozenset[int]:
    """The numbers (from 1) of the outline's parts that some stretch lies in."""
    return frozenset(
        number
        for number, (first, last) in enumerate(outline, 1)
        if any(start < last and end > first for start, end in stretches)
    )


def choosable(
    tiers: Sequence[Ground], candidates: Collection[Candidate], last_item_id: str | None
) -> list[Candidate]:
    """The questions among which chance decides. ``tiers`` is what was studied, the nearest first.

    A question not asked before wins over any that was, however near; the one asked last is never asked again. Of questions that were
    asked, the ones asked least.
    """
    allowed = [one for one in candidates if one.item_id != last_item_id]
    for fresh in (True, False):
        for tier in tiers:
            found = [one for one in allowed if (one.asked == 0) is fresh and _is_about(one, tier)]
            if found:
                least = min(one.asked for one in found)
                return [one for one in found if one.asked == least]
    return []


def _is_about(candidate: Candidate, ground: Ground) -> bool:
    if candidate.lesson != ground.lesson:
        return False
    return ground.parts is None or candidate.part is None or candidate.part in ground.parts


def offered(item_type: str, options: Mapping[str, str]) -> dict[str, str]:
    """What a learner chooses between, by letter; a statement is right or wrong."""
    return dict(TRUTHS) if item_type == TRUE_FALSE else dict(options)


def key_letters(item_type: str, key: Sequence[Any]) -> list[str]:
    """The key in the letters of ``offered``."""
    return [str(one).lower() for one in key] if item_type == TRUE_FALSE else [str(one) for one in key]


def is_right(choice: Sequence[str], key: Sequence[str]) -> bool:
    """Whether what was chosen is exactly the key."""
    return sorted(choice) == sorted(key)
