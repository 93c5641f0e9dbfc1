"""The integer program of a paper: how many items of each cell stand in it; and of several forms at once.

An unknown is a cell together with a set of forms: so many of its items stand in exactly these forms. For one form that is one unknown a
cell. Rows are what must hold. Costs put chance last: first nobody meets items again, then forms differ, then functions keep their
proportion, then the seed decides. Its numbers are so many that one answer alone is best, whatever machine looks for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from carbonlearn.core.program import Program
from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.rules.cells import Cell, ItemFacts, hostile_cells, number_of
from carbonlearn.exams.rules.drawing import DIFFICULTIES, most

CHANCE = 1 << 16  # the cost of an item by the seed lies below this
UNEVEN = 1 << 17  # of an item by which a function leaves its share of a type
SHARED = 1 << 18  # of an item that an earlier form has
SEEN = 1 << 20  # of an item that somebody has met
EXCESS = 1 << 26  # of an item over the limit of what one person may meet again
MISSING = 8  # of an item that would have to be written, where nothing else costs
NEAR = 1 << 19  # so much dearer than the best all forms at once may be: less than an item met again
FREE_STEP = 1  # so far from its proportional share a cell may lie before it costs

Forms = tuple[int, ...]
Need = tuple[str, str, int]  # function, type, difficulty
Column = tuple[Cell, int]
Square = tuple[str, str]  # function, type


@dataclass(slots=True)
class Model:
    """The program and what its columns mean: ``placed`` (cell, forms), ``missing`` (function, type, difficulty), ``over`` what somebody
    meets again beyond the limit. ``apart`` are the cells of which a form has one item at most."""

    blueprint: Blueprint
    forms: int
    targets: tuple[int, ...]
    apart: Sequence[tuple[Cell, Cell]] = ()
    program: Program = field(default_factory=Program)
    placed: dict[tuple[Cell, Forms], int] = field(default_factory=dict)
    missing: dict[Need, int] = field(default_factory=dict)
    over: list[int] = field(default_factory=list)
    worth: dict[str, int] = field(default_factory=dict)

    def of_form(self, form: int) -> list[Column]:
        """The columns that put items into a form, with their cells."""
        return [(cell, at) for (cell, forms), at in self.placed.items() if form in forms]


def division(
    blueprint: Blueprint,
    targets: tuple[int, ...],
    stock: Mapping[Cell, Sequence[ItemFacts]],
    seed: bytes,
    letter: int,
) -> tuple[Program, dict[Square, int]]:
    """The small program of how many items of each type every function has, and its columns: proportional but for chance, and from what
    nobody has met and no earlier form has, as far as there is such."""
    program, columns = Program(), {}
    fresh: Counter[Square] = Counter()
    known: Counter[Square] = Counter()
    for cell, content in stock.items():
        (known if cell.met or cell.forms else fresh)[cell.function, cell.type] += len(content)
    functions = list(zip(blueprint.functions, targets, strict=True))
    for quota in blueprint.types:
        for weight, target in functions:
            square = (weight.function, quota.type)
            room = min(quota.count, fresh[square] + known[square])
            at = columns[square] = program.column(
                room, number_of(seed, f"division/{letter}/{square}", CHANCE)
            )
            again = program.column(known[square], SEEN)
            program.row([(at, 1), (again, -1)], high=fresh[square])
            _near(program, [(at, 1)], quota.count * target, blueprint.points, blueprint.count)
        program.row([(columns[w.function, quota.type], 1) for w, _ in functions], quota.count, quota.count)
    for weight, target in functions:
        terms = [(columns[weight.function, quota.type], quota.points) for quota in blueprint.types]
        program.row(terms, target, target)
    return program, columns


def next_form(
    blueprint: Blueprint,
    targets: tuple[int, ...],
    stock: Mapping[Cell, Sequence[ItemFacts]],
    seed: bytes,
    earlier: Sequence[int],
    histories: int,
    divided: Mapping[Square, int] | None = None,
) -> Model:
    """The program of one more form beside earlier ones, whose points times difficulty are given; a cell's ``forms`` are those that have
    its items. With the division of functions and types settled, what is left is all but a flow, and quickly found."""
    model = _model(blueprint, 1, targets, stock)
    for number, (cell, content) in enumerate(stock.items()):
        chance = number_of(seed, f"form/{len(earlier)}/{number}/{cell}", CHANCE)
        cost = chance + SHARED * len(cell.forms) + (SEEN if cell.met else 0)
        model.placed[cell, (0,)] = model.program.column(len(content), cost)
    _must_hold(model)
    columns = model.of_form(0)
    for square, count in (divided or {}).items():
        own = [(at, 1) for cell, at in columns if (cell.function, cell.type) == square]
        model.program.row(own, count, count)
    for place, weighed in enumerate(earlier):
        shared = [(at, 1) for cell, at in columns if place in cell.forms]
        model.program.row(shared, high=most(blueprint.drawing.shared_percent, blueprint.count))
        bound = blueprint.drawing.spread * blueprint.points // 100
        terms = [(at, model.worth[cell.type] * cell.difficulty) for cell, at in columns]
        model.program.row(terms, weighed - bound, weighed + bound)
    _seen(model, 0, histories)
    if divided is None:
        _evenness(model)
    return model


def all_forms(
    blueprint: Blueprint,
    targets: tuple[int, ...],
    stock: Mapping[Cell, Sequence[ItemFacts]],
    seed: bytes = b"",
    histories: int = 0,
) -> Model:
    """The program of all forms at once: whether they can stand at all, and then so that nobody meets more again than must be; among
    such about as the seed has it. To prove the very best would take long where forms are alike, so any will do that is near it."""
    model = _together(blueprint, targets, stock, [])
    for number, (placed, at) in enumerate(model.placed.items()):
        (cell, forms), program = placed, model.program
        again = SHARED * (len(forms) - 1) + (SEEN * len(forms) if cell.met else 0)
        program.costs[at] = again + number_of(seed, f"forms/{number}/{forms}/{cell}", CHANCE)
    for form in range(model.forms):
        _seen(model, form, histories)
    model.program.slack = NEAR
    return model


def shortest(
    blueprint: Blueprint, targets: tuple[int, ...], stock: Mapping[Cell, Sequence[ItemFacts]]
) -> Model:
    """The program of all forms with the least number of items to be written."""
    return _together(blueprint, targets, stock, [*_needs(blueprint)])


def _together(
    blueprint: Blueprint,
    targets: tuple[int, ...],
    stock: Mapping[Cell, Sequence[ItemFacts]],
    needs: Sequence[Need],
) -> Model:
    model = _model(blueprint, blueprint.drawing.forms, targets, stock)
    counts = {cell: len(content) for cell, content in stock.items()}
    counts = {Cell(*need): 0 for need in needs} | counts
    room = model.forms * blueprint.count
    for cell, count in sorted(counts.items()):
        need = (cell.function, cell.type, cell.difficulty)
        grows = cell == Cell(*need) and need in needs
        used = _subsets(model, cell, room if grows else count)
        if grows:
            at = model.missing[need] = model.program.column(room, MISSING + abs(cell.difficulty - 3))
            used.append((at, -1))
        model.program.row(used, high=count)
    _must_hold(model)
    _pairs(model)
    return model


def _model(
    blueprint: Blueprint, forms: int, targets: tuple[int, ...], stock: Mapping[Cell, Sequence[ItemFacts]]
) -> Model:
    worth = {quota.type: quota.points for quota in blueprint.types}
    return Model(blueprint, forms, targets, hostile_cells(stock), worth=worth)


def _needs(blueprint: Blueprint) -> Iterator[Need]:
    """What could be written: of every function and type, each difficulty that the curve has a place for."""
    drawing = blueprint.drawing
    wanted = [one for one in DIFFICULTIES if drawing.band(one, blueprint.count)[1]] if drawing.curve else [3]
    for weight in blueprint.functions:
        for quota in blueprint.types:
            if quota.count:
                yield from ((weight.function, quota.type, difficulty) for difficulty in wanted)


def _subsets(model: Model, cell: Cell, room: int) -> list[tuple[int, int]]:
    used = []
    for size in range(1, model.forms + 1):
        for chosen in combinations(range(model.forms), size):
            at = model.placed[cell, chosen] = model.program.column(room)
            used.append((at, 1))
    return used


def _must_hold(model: Model) -> None:
    for form in range(model.forms):
        columns = model.of_form(form)
        _quotas(model, columns)
        _limits(model, columns)
        _kept_apart(model, columns)


def _quotas(model: Model, columns: Sequence[Column]) -> None:
    """Counts by type, points by function, items by difficulty, items that must be in."""
    by_type, by_function, by_difficulty, by_must = (defaultdict(list) for _ in range(4))
    for cell, at in columns:
        by_type[cell.type].append((at, 1))
        by_function[cell.function].append((at, model.worth[cell.type]))
        by_difficulty[cell.difficulty].append((at, 1))
        by_must[cell.must].append((at, 1))
    blueprint, program = model.blueprint, model.program
    for quota in blueprint.types:
        program.row(by_type[quota.type], quota.count, quota.count)
    for weight, target in zip(blueprint.functions, model.targets, strict=True):
        program.row(by_function[weight.function], target, target)
    for difficulty in sorted({*DIFFICULTIES, *by_difficulty}) if blueprint.drawing.curve else ():
        program.row(by_difficulty[difficulty], *blueprint.drawing.band(difficulty, blueprint.count))
    for number in sorted(set(blueprint.drawing.must)):
        program.row(by_must[number], 1, 1)


def _limits(model: Model, columns: Sequence[Column]) -> None:
    """What may come from the level below, and of one case."""
    by_function, by_case = defaultdict(list), defaultdict(list)
    for cell, at in columns:
        if cell.lower:
            by_function[cell.function].append((at, model.worth[cell.type]))
        if cell.case:
            by_case[cell.case].append((at, 1))
    drawing, targets = model.blueprint.drawing, model.targets
    for weight, target in zip(model.blueprint.functions, targets, strict=True):
        model.program.row(by_function[weight.function], high=most(drawing.lower_percent, target))
    for terms in by_case.values():
        model.program.row(terms, high=drawing.per_case)


def _kept_apart(model: Model, columns: Sequence[Column]) -> None:
    """Of two enemies one at most."""
    own = defaultdict(list)
    for cell, at in columns:
        if cell.alone:
            own[cell].append((at, 1))
    for one, other in model.apart:
        model.program.row([*own[one], *own[other]], high=1)


def _seen(model: Model, form: int, histories: int) -> None:
    """What a person has met; this limit may give way, at a price, since an exam takes place all the same."""
    blueprint = model.blueprint
    for place in range(histories):
        terms = [(at, 1) for cell, at in model.of_form(form) if place in cell.met]
        if terms:
            over = model.program.column(blueprint.count, EXCESS)
            model.over.append(over)
            limit = most(blueprint.drawing.seen_percent, blueprint.count)
            model.program.row([*terms, (over, -1)], high=limit)


def _evenness(model: Model) -> None:
    """A function's items of a type near its share of them: what strays costs, but is not forbidden."""
    blueprint, columns = model.blueprint, model.of_form(0)
    total = blueprint.points or 1
    for weight, target in zip(blueprint.functions, model.targets, strict=True):
        own = [(cell, at) for cell, at in columns if cell.function == weight.function]
        for quota in blueprint.types:
            terms = [(at, 1) for cell, at in own if cell.type == quota.type]
            _near(model.program, terms, quota.count * target, total, blueprint.count)


def _near(program: Program, terms: list[tuple[int, int]], share: int, of: int, room: int) -> None:
    if terms:
        under, over = program.column(room, UNEVEN), program.column(room, UNEVEN)
        program.row([*terms, (under, 1)], low=max(0, share // of - FREE_STEP))
        program.row([*terms, (over, -1)], high=-(-share // of) + FREE_STEP)


def _pairs(model: Model) -> None:
    """Of any two forms: what they share, and how far their difficulty lies apart."""
    program, drawing, blueprint = model.program, model.blueprint.drawing, model.blueprint
    for one, two in combinations(range(model.forms), 2):
        both = [(at, 1) for (_, forms), at in model.placed.items() if {one, two} <= {*forms}]
        program.row(both, high=most(drawing.shared_percent, blueprint.count))
        apart = [
            (at, model.worth[cell.type] * cell.difficulty * (1 if one in forms else -1))
            for (cell, forms), at in model.placed.items()
            if (one in forms) != (two in forms)
        ]
        bound = drawing.spread * blueprint.points // 100
        program.row(apart, -bound, bound)
