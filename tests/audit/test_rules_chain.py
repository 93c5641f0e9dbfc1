from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.audit.rules import GENESIS, first_break, link_hash

Link = tuple[Mapping[str, Any], str, str]


def make_chain(count: int) -> list[Link]:
    links: list[Link] = []
    previous = GENESIS
    for seq in range(1, count + 1):
        fields = {"seq": seq, "action": "sitting:submit", "facts": {"n": seq}}
        links.append((fields, previous, link_hash(previous, fields)))
        previous = links[-1][2]
    return links


CHAIN = make_chain(12)
places = st.integers(0, 11)


def test_the_hash_is_what_an_outsider_computes() -> None:
    assert (
        link_hash(GENESIS, {"b": "证", "a": 1})
        == sha256(f'{GENESIS}\n{{"a":1,"b":"证"}}'.encode()).hexdigest()
    )


def test_an_untouched_chain_holds() -> None:
    assert first_break(CHAIN) is None
    assert first_break([]) is None


@given(places, st.integers(0, 2))
def test_any_change_of_one_entry_is_found_at_that_entry(place: int, part: int) -> None:
    fields, previous, own = CHAIN[place]
    changed: list[Link] = [
        (fields | {"action": "x"}, previous, own),
        (fields, "f" * 64, own),
        (fields, previous, "f" * 64),
    ]  # type: ignore[operator]
    assert first_break([*CHAIN[:place], changed[part], *CHAIN[place + 1 :]]) == place + 1


@given(st.integers(0, 10))
def test_rewriting_an_entry_with_its_own_hash_breaks_the_next_link(place: int) -> None:
    fields, previous, _ = CHAIN[place]
    forged = dict(fields) | {"action": "forged"}
    chain = [*CHAIN[:place], (forged, previous, link_hash(previous, forged)), *CHAIN[place + 1 :]]
    assert first_break(chain) == place + 2


@given(st.integers(0, 10))
def test_a_missing_entry_is_named(place: int) -> None:
    assert first_break(CHAIN[:place] + CHAIN[place + 1 :]) == place + 1


def test_two_swapped_entries_are_noticed() -> None:
    assert first_break([CHAIN[1], CHAIN[0], *CHAIN[2:]]) == 1
