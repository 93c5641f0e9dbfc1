"""Texts that are alike are found, whatever the order of ten thousand of them."""

from __future__ import annotations

import random

import pytest
from rapidfuzz import fuzz

from carbonlearn.question_bank.queries import shipped_items
from carbonlearn.question_bank.rules.likeness import NEAR, bare, pairs_to_compare


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("某厂 燃煤 10 t，排放多少？", "某厂燃煤10t,排放多少"),
        ("ＣＯ２的ＧＷＰ是１", "co2的gwp是1"),
    ],
)
def test_spaces_punctuation_and_width_make_no_other_text(one: str, other: str) -> None:
    assert bare(one) == bare(other)


def test_other_figures_make_another_text() -> None:
    assert bare("燃煤 10 t") != bare("燃煤 11 t")
    assert bare("甲+乙") != bare("甲-乙")


def test_a_stem_changed_in_one_tenth_of_its_characters_is_compared_with_the_one_it_came_from() -> None:
    chance = random.Random(20261121)
    stems = {item["id"]: bare(item["stem"]) for item in shipped_items()}
    changed = {f"changed {name}": _changed(stem, chance) for name, stem in stems.items() if len(stem) >= 20}
    pairs = set(pairs_to_compare(stems | changed, changed))
    alike = [name for name, stem in changed.items() if fuzz.ratio(stem, stems[name[8:]]) >= NEAR]
    found = [name for name in alike if (name, name[8:]) in pairs]
    assert len(alike) > 100
    assert len(found) >= 0.99 * len(alike)


def test_few_of_all_pairs_are_compared() -> None:
    stems = {item["id"]: bare(item["stem"]) for item in shipped_items()}
    pairs = list(pairs_to_compare(stems, stems))
    assert len(pairs) < 0.1 * len(stems) ** 2


def _changed(stem: str, chance: random.Random) -> str:
    letters = list(stem)
    for place in chance.sample(range(len(letters)), max(1, len(letters) // 10)):
        letters[place] = "变"
    return "".join(letters)
