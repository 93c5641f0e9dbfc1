"""Items that give each other away never meet on a paper, whatever the seed and however many there are of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonlearn.exams.rules.assembly import Assembly, assemble
from carbonlearn.exams.rules.blueprint import Blueprint, FunctionWeight, TypeQuota
from carbonlearn.exams.rules.cells import ItemFacts, cells_of, hostile
from carbonlearn.exams.rules.drawing import Drawing
from carbonlearn.exams.rules.proof import proof_of
from carbonlearn.exams.rules.verification import proves
from carbonlearn.infra.solver import solve
from tests.exams.test_rules_assembly import ASKED, bank, ids, with_forms

SMALL = Blueprint(
    (TypeQuota("x", 4, 100), TypeQuota("y", 2, 200)),
    (FunctionWeight("f", 50), FunctionWeight("g", 50)),
    800,
    drawing=Drawing(forms=2, shared_percent=50),
)
STOCK = [
    ItemFacts(f"{function}{kind}{number}", function, kind, 1 + number % 5, number=f"{function}{kind}{number}")
    for function in "fg"
    for kind in "xy"
    for number in range(5)
]
PAIRS = list(combinations([item.id for item in STOCK], 2))
Pair = tuple[str, str]
SPLITS = ((0, 2), (2, 1), (4, 0))


def at_odds(items: Sequence[ItemFacts], pairs: Iterable[Pair], both: bool = True) -> list[ItemFacts]:
    """The items with these pairs as enemies; told of one of the two alone where not ``both``."""
    told = list(pairs)
    told += [(other, one) for one, other in told] if both else []
    return [
        replace(item, enemies=frozenset(other for one, other in told if one == item.id)) for item in items
    ]


def together(made: Assembly, pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs that meet in a form; counted by nothing of the rules."""
    found = []
    for form in made.forms:
        there = {item.id for item in form}
        found += [pair for pair in pairs if {*pair} <= there]
    return found


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(PAIRS), max_size=40), st.binary(min_size=1, max_size=8), st.booleans())
def test_no_two_enemies_meet_in_any_form(pairs: set[Pair], seed: bytes, both: bool) -> None:
    made = assemble(SMALL, at_odds(STOCK, pairs, both), seed, solve)
    assert together(made, pairs) == []
    if made.stands:
        assert proves(made.forms, SMALL) == ()
    else:
        assert made.lacks, "more items without enemies would always do"


def test_without_the_word_of_a_person_the_same_items_do_meet() -> None:
    """The control: chance alone keeps nobody apart."""
    met = [together(assemble(SMALL, STOCK, bytes([seed]), solve), PAIRS[:20]) for seed in range(10)]
    assert sum(map(bool, met)) >= 3


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(PAIRS), min_size=20, max_size=110))
def test_there_are_papers_exactly_where_a_choice_without_enemies_can_be_made(pairs: set[Pair]) -> None:
    """Against trying out every choice of one form: of each function's 400, by how many of the two types."""
    alone = replace(SMALL, drawing=Drawing())
    splits = [[("f", "x", n), ("g", "x", 4 - n), ("f", "y", m), ("g", "y", 2 - m)] for n, m in SPLITS]
    apart = {frozenset(pair) for pair in pairs}
    found = any(_can_be_chosen(split, [], apart) for split in splits)
    assert assemble(alone, at_odds(STOCK, pairs), b"s", solve).stands == found


@pytest.mark.parametrize("start", [0, 20, 40])
def test_a_program_of_many_pairs_is_solved_even_where_it_is_reduced_to_nothing(start: int) -> None:
    """Among these are programs that the solver gives up when it simplifies them first."""
    alone = replace(SMALL, drawing=Drawing())
    for number in range(start, start + 20):
        for count in (60, 70, 80):
            pairs = random.Random(number).sample(PAIRS, count)
            made = assemble(alone, at_odds(STOCK, pairs), b"s", solve)
            assert together(made, pairs) == [] and (made.stands or made.lacks)


def _can_be_chosen(split: list[tuple[str, str, int]], chosen: list[str], apart: set[frozenset[str]]) -> bool:
    if any(frozenset(pair) in apart for pair in combinations(chosen, 2)):
        return False
    if not split:
        return True
    (function, kind, count), *rest = split
    own = [item.id for item in STOCK if (item.function, item.type) == (function, kind)]
    return any(_can_be_chosen(rest, [*chosen, *some], apart) for some in combinations(own, count))


def test_a_whole_paper_keeps_many_pairs_apart_and_says_so() -> None:
    items = bank()
    pairs = list(zip([i.id for i in items[::9]], [i.id for i in items[4::9]], strict=False))
    for seed in range(5):
        made = assemble(with_forms(2), at_odds(items, pairs), bytes([seed]), solve)
        assert together(made, pairs) == [] and proves(made.forms, with_forms(2)) == ()
        chosen = {*ids(made)}
        told = proof_of(with_forms(2), made)["enemies"]
        assert told == {"most": 0, "met": 0, "kept_out": sum(len(chosen & {*pair}) == 1 for pair in pairs)}
        assert told["kept_out"] > 0


def test_the_same_seed_makes_the_same_paper_in_whatever_order_items_come() -> None:
    items = at_odds(
        bank(), list(zip([i.id for i in bank()[::7]], [i.id for i in bank()[3::7]], strict=False))
    )
    assert assemble(ASKED, items, b"seed", solve) == assemble(ASKED, items[::-1], b"seed", solve)


def test_enemies_of_items_that_no_paper_may_use_change_nothing() -> None:
    items = bank()
    barred = with_forms(1, must_not=(items[0].number,))
    at_odds_with_it = at_odds(items, [(items[0].id, items[1].id), ("gone", items[2].id)])
    assert [*cells_of(barred, at_odds_with_it)] == [*cells_of(barred, items)]
    assert ids(assemble(barred, at_odds_with_it, b"s", solve)) == ids(assemble(barred, items, b"s", solve))


def test_an_enemy_of_an_item_that_must_be_in_stays_out() -> None:
    items = bank()
    must, others = items[0], [item.id for item in items[1:12]]
    asked = with_forms(2, must=(must.number,))
    made = assemble(asked, at_odds(items, [(must.id, other) for other in others]), b"seed", solve)
    assert made.stands and not any({*others} & {*ids(made, form)} for form in (0, 1))


def test_two_enemies_that_must_both_be_in_are_named() -> None:
    items = bank()
    asked = with_forms(1, must=(items[3].number, items[0].number, items[9].number))
    made = assemble(asked, at_odds(items, [(items[3].id, items[0].id)]), b"seed", solve)
    one, other = sorted((items[0].number, items[3].number))
    assert not made.stands and made.lacks == ()
    assert [(fault.code, fault.facts) for fault in made.faults] == [
        ("must_enemies", {"item": one, "other": other})
    ]


def test_what_lacks_for_want_of_items_that_may_meet_is_told_exactly() -> None:
    """Of ten short answers that all give each other away one alone can stand in a paper: three would have to be written."""
    short = [item for item in bank(2) if item.type == "short-answer"]
    pairs = list(combinations([item.id for item in short], 2))
    rest = [item for item in bank() if item.type != "short-answer"]
    made = assemble(ASKED, at_odds([*rest, *short], pairs), b"seed", solve)
    assert not made.stands and sum(lack.count for lack in made.lacks) == 3
    assert {lack.type for lack in made.lacks} == {"short-answer"}


def test_a_pair_is_told_once_from_whichever_side_it_is_named() -> None:
    one, other = STOCK[0], STOCK[1]
    assert hostile(at_odds([one, other], [(other.id, one.id)], both=False)) == [(one.id, other.id)]
    assert hostile(at_odds([one, other], [(one.id, other.id)])) == [(one.id, other.id)]
    assert hostile([replace(one, enemies=frozenset((one.id, "gone")))]) == []
