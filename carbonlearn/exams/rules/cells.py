"""Items that a blueprint cannot tell apart, gathered: a cell each. The fewer the cells, the smaller the program.

An item that must not meet another on a paper (its enemy) is a cell by itself, so that the program can name the two.

Source: architecture paper, sections 2 and 3: order and choice by keyed hash of the seed, never by a random generator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac_new

from carbonlearn.exams.rules.blueprint import Blueprint


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What choosing needs to know of an item; the higher ``difficulty``, the harder. ``number`` is how people name it, ``lower`` that
    it is of the level below, ``case`` the case it belongs to, ``enemies`` the ids of the items that it must not stand beside."""

    id: str
    function: str
    type: str
    difficulty: int = 3
    lower: bool = False
    case: str = ""
    number: str = ""
    enemies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """``case`` and ``must`` are named only where the blueprint sets a limit on them; ``met`` are the histories that hold the items,
    ``forms`` the earlier forms of the window that do. ``alone`` is the item that has a cell to itself; chance does not hear of it."""

    function: str
    type: str
    difficulty: int
    lower: bool = False
    case: str = ""
    must: str = ""
    met: tuple[int, ...] = ()
    forms: tuple[int, ...] = ()
    alone: str = field(default="", repr=False)


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
    apart = {item_id for pair in hostile(usable) for item_id in pair}
    found: dict[Cell, list[ItemFacts]] = defaultdict(list)
    for item in usable:
        met = tuple(place for place, history in enumerate(histories) if item.id in history)
        case = item.case if item.case in limited else ""
        must = item.number if item.number in drawing.must else ""
        own = tuple(place for place, form in enumerate(forms) if item.id in form)
        alone = item.id if item.id in apart else ""
        cell = Cell(item.function, item.type, item.difficulty, item.lower, case, must, met, own, alone)
        found[cell].append(item)
    return dict(sorted(found.items()))


def hostile(items: Iterable[ItemFacts]) -> list[tuple[str, str]]:
    """The ids of every two of these items that must not stand on one paper, each pair once and in order."""
    there = {item.id: item for item in items}
    pairs = {(item.id, enemy) for item in there.values() for enemy in item.enemies & there.keys()}
    return sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})


def hostile_cells(stock: Mapping[Cell, Sequence[ItemFacts]]) -> list[tuple[Cell, Cell]]:
    """The cells of those pairs: one item each."""
    home = {cell.alone: cell for cell in stock if cell.alone}
    pairs = hostile(item for cell in home.values() for item in stock[cell])
    return [(home[one], home[other]) for one, other in pairs]


def _large_cases(items: Iterable[ItemFacts], most: int) -> set[str]:
    counts: dict[str, int] = defaultdict(int)
    for item in items:
        counts[item.case] += 1
    return {case for case, count in counts.items() if case and count > most}
