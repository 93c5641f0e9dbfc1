"""From a blueprint, the items of the bank and a seed to the forms of a window: same seed and same items, same papers.

The program (``model``) says how many items of each cell; which ones is decided by keyed hash of the seed, never by a random generator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from carbonlearn.core.decision import Reason
from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.rules.cells import Cell, ItemFacts, cells_of, hostile, order_key
from carbonlearn.exams.rules.model import Model, Square, all_forms, division, next_form, shortest
from carbonlearn.exams.rules.targets import Solve, targets_of

Form = tuple[ItemFacts, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """So many items of a function, type and difficulty that would have to be written."""

    function: str
    type: str
    difficulty: int
    count: int


@dataclass(frozen=True, slots=True)
class Assembly:
    """The forms, each in paper order. Without forms where the bank is short: then ``lacks`` says what would do, or ``faults`` why
    nothing would. ``targets`` are the points that each function was to bring."""

    forms: tuple[Form, ...]
    targets: tuple[int, ...]
    lacks: tuple[Lack, ...] = ()
    faults: tuple[Reason, ...] = ()

    @property
    def items(self) -> Form:
        """The first form; nothing where there is none."""
        return self.forms[0] if self.forms else ()

    @property
    def stands(self) -> bool:
        """Whether there are papers."""
        return bool(self.forms)


def assemble(
    blueprint: Blueprint,
    items: Iterable[ItemFacts],
    seed: bytes,
    solve: Solve,
    histories: Sequence[frozenset[str]] = (),
) -> Assembly:
    """All forms of a proved blueprint, or what the bank lacks. ``histories`` are the items that somebody booked has met, a set for each.

    Types come in blueprint order; inside a type, items of one case stand together, and all else follows the keyed hash.
    """
    bank = list({item.id: item for item in items}.values())
    known = tuple(sorted({one for one in histories if one}, key=sorted))
    found = _one_by_one(blueprint, bank, seed, solve, known)
    if blueprint.drawing.forms > 1 and (found is None or found.over):
        found = min(
            (one for one in (found, _at_once(blueprint, bank, seed, solve, known)) if one), default=None
        )
    if found is None:
        return shortage(blueprint, bank, solve)
    ordered = tuple(_ordered(blueprint, form, seed, letter) for letter, form in enumerate(found.forms))
    return Assembly(ordered, targets_of(blueprint, solve))


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    """Forms, and how many items beyond the limit people meet again in them: the fewer the better."""

    over: int
    forms: Sequence[Sequence[ItemFacts]] = field(compare=False)


def _one_by_one(
    blueprint: Blueprint,
    bank: Sequence[ItemFacts],
    seed: bytes,
    solve: Solve,
    histories: Sequence[frozenset[str]],
) -> _Found | None:
    """Each form beside those before it. Quick; but an early form may take what a later one cannot do without."""
    worth = {quota.type: quota.points for quota in blueprint.types}
    targets = targets_of(blueprint, solve)
    forms: list[list[ItemFacts]] = []
    over = 0
    for letter in range(blueprint.drawing.forms):
        taken = [frozenset(item.id for item in form) for form in forms]
        weighed = [sum(worth[item.type] * item.difficulty for item in form) for form in forms]
        stock = cells_of(blueprint, bank, histories, taken)
        best: tuple[int, Sequence[Sequence[ItemFacts]]] | None = None
        for divided in (_divided(blueprint, targets, stock, seed, letter, solve), None):
            model = next_form(blueprint, targets, stock, seed, weighed, len(histories), divided)
            values = solve(model.program)
            if values is not None and (best is None or _over(model, values) < best[0]):
                best = _over(model, values), _dealt(model, stock, values, seed, letter)
            if best is not None and not best[0]:
                break
        if best is None:
            return None
        over, forms = over + best[0], [*forms, *map(list, best[1])]
    return _Found(over, forms)


def _over(model: Model, values: Sequence[int]) -> int:
    return sum(values[at] for at in model.over)


def _divided(
    blueprint: Blueprint,
    targets: tuple[int, ...],
    stock: Mapping[Cell, Sequence[ItemFacts]],
    seed: bytes,
    letter: int,
    solve: Solve,
) -> dict[Square, int] | None:
    """The items of each function and type, settled first; None where they cannot be settled apart from the rest."""
    program, columns = division(blueprint, targets, stock, seed, letter)
    values = solve(program)
    return None if values is None else {square: values[at] for square, at in columns.items()}


def _at_once(
    blueprint: Blueprint,
    bank: Sequence[ItemFacts],
    seed: bytes,
    solve: Solve,
    histories: Sequence[frozenset[str]],
) -> _Found | None:
    """All forms together: exact, where one by one found none, or none without items that somebody met too many of."""
    stock = cells_of(blueprint, bank, histories)
    model = all_forms(blueprint, targets_of(blueprint, solve), stock, seed, len(histories))
    values = solve(model.program)
    return None if values is None else _Found(_over(model, values), _dealt(model, stock, values, seed))


def shortage(blueprint: Blueprint, items: Iterable[ItemFacts], solve: Solve) -> Assembly:
    """The fewest items that would have to be written for the forms to stand; none where the bank has all. What no items could mend
    is named as a fault."""
    bank = list(items)
    vain = _vain(blueprint, bank)
    stock, targets = cells_of(blueprint, bank), targets_of(blueprint, solve)
    model = shortest(blueprint, targets, stock)
    values = None if vain else solve(model.program)
    if values is None:
        return Assembly((), targets, (), vain or (Reason("contradicts"),))
    lacks = [Lack(*need, values[at]) for need, at in model.missing.items() if values[at]]
    return Assembly((), targets, tuple(sorted(lacks, key=lambda one: _place_of(blueprint, one))))


def _vain(blueprint: Blueprint, bank: Sequence[ItemFacts]) -> tuple[Reason, ...]:
    """What is asked of single items in vain: that there must be one which is not live, or two which must not meet."""
    there = {item.number: item for item in bank}
    must = blueprint.drawing.must
    absent = [Reason("must_not_live", {"item": one}) for one in must if one not in there]
    names = {there[number].id: number for number in must if number in there}
    met = hostile(there[number] for number in names.values())
    both = sorted(sorted((names[one], names[other])) for one, other in met)
    return (*absent, *(Reason("must_enemies", {"item": one, "other": other}) for one, other in both))


def _place_of(blueprint: Blueprint, lack: Lack) -> tuple[int, int, int]:
    functions = [weight.function for weight in blueprint.functions]
    types = [quota.type for quota in blueprint.types]
    return functions.index(lack.function), types.index(lack.type), lack.difficulty


def _dealt(
    model: Model,
    stock: Mapping[Cell, Sequence[ItemFacts]],
    values: Sequence[int],
    seed: bytes,
    letter: int = 0,
) -> list[list[ItemFacts]]:
    """The items of every cell in the order of the keyed hash, handed out to the forms as the values say. What settles the choice is no
    hash that settles the order of a paper, else items of full cells would stand in front."""
    forms: list[list[ItemFacts]] = [[] for _ in range(model.forms)]
    by_hash = {
        cell: iter(sorted(content, key=lambda item: order_key(seed, f"deal/{letter}/{item.id}")))
        for cell, content in stock.items()
    }
    for (cell, chosen), at in model.placed.items():
        for _ in range(values[at]):
            item = next(by_hash[cell])
            for form in chosen:
                forms[form].append(item)
    return forms


def _ordered(blueprint: Blueprint, items: Sequence[ItemFacts], seed: bytes, form: int) -> Form:
    """Types in blueprint order; items of one case together, where the case's own hash puts them."""
    place = {quota.type: number for number, quota in enumerate(blueprint.types)}

    def hashed(name: str) -> bytes:
        return order_key(seed, f"order/{form}/{name}")

    def rank(item: ItemFacts) -> tuple[int, bytes, bytes]:
        return place[item.type], hashed(item.case or item.id), hashed(item.id)

    return tuple(sorted(items, key=rank))
