"""The independent reckoning sees every broken promise: each is broken on purpose here, and nothing else is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from carbonlearn.exams.rules.assembly import assemble
from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota
from carbonlearn.exams.rules.cells import ItemFacts
from carbonlearn.exams.rules.verification import proves
from carbonlearn.infra.solver import solve
from tests.exams.test_rules_assembly import ASKED, bank, with_forms
from tests.exams.test_rules_blueprint import GDCPA, types

TWO = with_forms(2, tolerance=10, spread=20)
FORMS = tuple(list(form) for form in assemble(with_forms(2), bank(), b"verified", solve).forms)
"""Made under narrower limits than they are held to here, so that one broken promise breaks no other by the way."""
Forms = list[list[ItemFacts]]


def forms() -> Forms:
    return [list(form) for form in FORMS]


def at(form: list[ItemFacts], **wanted: object) -> int:
    """The place of the first item that is so."""
    return next(
        place
        for place, item in enumerate(form)
        if all(getattr(item, name) == value for name, value in wanted.items())
    )


def change(form: list[ItemFacts], place: int, **to: object) -> None:
    form[place] = replace(form[place], **to)  # type: ignore[arg-type]


def drop(made: Forms) -> None:
    del made[0][0]


def repeat(made: Forms) -> None:
    made[0][1] = replace(made[0][1], id=made[0][0].id)


def other_function(made: Forms) -> None:
    place = at(made[0], function="basic-knowledge", type="single-choice")
    change(made[0], place, function="professional-ethics")


def no_function(made: Forms) -> None:
    change(made[0], 0, function="somewhere-else")


def other_type(made: Forms) -> None:
    change(made[0], at(made[0], type="short-answer"), type="single-choice")


def harder(made: Forms) -> None:
    for place, item in enumerate(made[0]):
        change(made[0], place, difficulty=min(5, item.difficulty + 1))


def from_below(made: Forms) -> None:
    for place, item in enumerate(made[0]):
        change(made[0], place, lower=item.function == "basic-knowledge")


def one_case(made: Forms) -> None:
    for place in range(3):
        change(made[0], place, case="a-case")


def torn_case(made: Forms) -> None:
    change(made[0], 0, case="a-case")
    change(made[0], 2, case="a-case")


def scattered(made: Forms) -> None:
    made[0][0], made[0][-1] = made[0][-1], made[0][0]


def at_odds(made: Forms) -> None:
    change(made[0], 3, enemies=frozenset((made[0][90].id, "nowhere")))


def the_same_twice(made: Forms) -> None:
    made[1] = list(made[0])


def one_form(made: Forms) -> None:
    del made[1]


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (drop, {"type", "total", "function"}),
        (repeat, {"item_twice"}),
        (other_function, {"function"}),
        (no_function, {"function_unknown", "function"}),
        (other_type, {"type", "total", "function", "type_scattered"}),
        (harder, {"difficulty", "spread"}),
        (from_below, {"lower"}),
        (one_case, {"case"}),
        (torn_case, {"case_scattered"}),
        (scattered, {"type_scattered"}),
        (at_odds, {"enemies"}),
        (the_same_twice, {"shared"}),
        (one_form, {"forms"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_promise_is_seen(spoil: Callable[[Forms], None], codes: set[str]) -> None:
    made = forms()
    assert proves(made, TWO) == ()
    spoil(made)
    assert {fault.code for fault in proves(made, TWO)} == codes


def test_items_forced_in_and_kept_out_are_looked_for() -> None:
    asked = with_forms(2, tolerance=10, spread=20, must=("absent",), must_not=(FORMS[0][0].number,))
    assert {fault.code for fault in proves(forms(), asked)} == {"must", "must_not"}


@pytest.mark.parametrize(("met", "codes"), [(19, set()), (20, {"seen"})])
def test_a_person_may_have_met_a_fifth_and_no_more(met: int, codes: set[str]) -> None:
    history = frozenset(item.id for item in FORMS[0][:met]) - {item.id for item in FORMS[1]}
    rest = [item.id for item in FORMS[0] if item.id not in {one.id for one in FORMS[1]} | history]
    history |= set(rest[: met - len(history)])
    assert {fault.code for fault in proves(forms(), TWO, (history,))} == codes


@pytest.mark.parametrize(("shared", "codes"), [(19, set()), (20, {"shared"})])
def test_forms_may_share_a_fifth_and_no_more(shared: int, codes: set[str]) -> None:
    made = forms()
    common = len({item.id for item in made[0]} & {item.id for item in made[1]})
    own = [place for place, item in enumerate(made[1]) if item.id not in {one.id for one in made[0]}]
    twins = [item.id for item in made[0] if item.id not in {one.id for one in made[1]}]
    for place, twin in list(zip(own, twins, strict=False))[: shared - common]:
        change(made[1], place, id=twin)
    assert {fault.code for fault in proves(made, TWO)} == codes


def test_a_weight_that_items_cannot_make_may_be_rounded_by_less_than_a_step() -> None:
    weights = (FunctionWeight("a", 35), FunctionWeight("b", 65))
    asked = Blueprint(types((10, 1000)), weights, 10_000)
    paper = [ItemFacts(str(place), "a" if place < 4 else "b", "t0") for place in range(10)]
    assert proves([paper], asked) == ()
    paper[4] = replace(paper[4], function="a")
    assert {fault.code for fault in proves([paper], asked)} == {"function"}


def test_no_mistake_in_sharing_points_out_is_taken_for_agreed() -> None:
    """Nothing that helped to choose says what functions were to bring: half and half is not nine to one."""
    asked = Blueprint(types((10, 1000)), (FunctionWeight("a", 50), FunctionWeight("b", 50)), 10_000)
    paper = [ItemFacts(str(place), "a" if place < 9 else "b", "t0") for place in range(10)]
    assert {fault.code for fault in proves([paper], asked)} == {"function"}


@pytest.mark.parametrize(("xs", "ys", "codes"), [(1, 0, set()), (0, 1, set()), (1, 1, {"function"})])
def test_where_items_cannot_make_a_weight_it_is_missed_by_a_step_or_two(
    xs: int, ys: int, codes: set[str]
) -> None:
    """A tenth of ten points is what no items of two and three points make: two are near enough, and three, five are not."""
    asked = Blueprint(
        (TypeQuota("x", 2, 200), TypeQuota("y", 2, 300)),
        (FunctionWeight("a", 10), FunctionWeight("b", 90)),
        1000,
    )
    kinds = ["x", "x", "y", "y"]
    small = {
        place
        for place, kind in enumerate(kinds)
        if (kind == "x" and place < xs) or (kind == "y" and place < 2 + ys)
    }
    paper = [ItemFacts(str(n), "a" if n in small else "b", kind) for n, kind in enumerate(kinds)]
    assert {fault.code for fault in proves([paper], asked)} == codes


def test_a_blueprint_without_limits_asks_counts_and_points_alone() -> None:
    assert proves(forms()[:1], GDCPA) == ()
    assert ASKED.drawing.band(1, 96) == (10, 19)
