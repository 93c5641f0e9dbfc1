"""Items that a blueprint cannot tell apart, gathered: a cell each. The fewer the cells, the smaller the program.

Source: architecture paper, sections 2 and 3: order and choice by keyed hash of the seed, never by a random generator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as hmac_new

from carbonlearn.exams.rules.blueprint import Blueprint


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What choosing needs to know of an item; the higher ``difficulty``, the harder. ``number`` is how people name it, ``lower`` that
    it is of the level below, ``case`` the case it belongs to."""

    id: str
    function: str
    type: str
    difficulty: int = 3
    lower: bool = False
    case: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """``case`` and ``must`` are named only where the blueprint sets a limit on them; ``met`` are the histories that hold the items,
    ``forms`` the earlier forms of the window that do."""

    function: str
    type: str
    difficulty: int
    lower: bool = False
    case: str = ""
    must: str = ""
    met: tuple[int, ...] = ()
    forms: tuple[int, ...] = ()


def order_key(seed: bytes, name: str) -> bytes:
    """The place of an item under a seed: HMAC-SHA256, so that nobody without the seed can foretell it."""
    return hmac_new(seed, name.encode(), sha256).digest()


def number_of(seed: bytes, name: str, below: int) -> int:
    """A number that seed and name settle, the same on every machine."""
    return int.from_bytes(order_key(seed, name)[:8], "big") % below


def cells_of(
    blueprint: Blueprint,
    items: Iterable[ItemFacts],
    histories: Sequence[frozenset[str]] = (),
    forms: Sequence[frozenset[str]] = (),
) -> dict[Cell, list[ItemFacts]]:
    """The usable items by cell, in the order of the cells; an id that occurs twice counts once."""
    drawing = blueprint.drawing
    functions = {weight.function for weight in blueprint.functions}
    types = {quota.type for quota in blueprint.types if quota.count}
    usable = [
        item
        for item in {item.id: item for item in items}.values()
        if item.function in functions and item.type in types and item.number not in drawing.must_not
        if not item.lower or drawing.lower_percent
    ]
    limited = _large_cases(usable, drawing.per_case)
    found: dict[Cell, list[ItemFacts]] = defaultdict(list)
    for item in usable:
        met = tuple(place for place, history in enumerate(histories) if item.id in history)
        case = item.case if item.case in limited else ""
        must = item.number if item.number in drawing.must else ""
        own = tuple(place for place, form in enumerate(forms) if item.id in form)
        found[Cell(item.function, item.type, item.difficulty, item.lower, case, must, met, own)].append(item)
    return dict(sorted(found.items()))


def _large_cases(items: Iterable[ItemFacts], most: int) -> set[str]:
    counts: dict[str, int] = defaultdict(int)
    for item in items:
        counts[item.case] += 1
    return {case for case, count in counts.items() if case and count > most}
