from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.audit.rules import GENESIS, Break, Entry, first_break, link_hash


def make_chain(count: int) -> list[Entry]:
    entries: list[Entry] = []
    previous = GENESIS
    for seq in range(1, count + 1):
        fields = {"seq": seq, "action": f"sitting:submit:{seq}", "facts": {"n": seq}}
        entries.append(Entry(seq, fields, previous, link_hash(previous, fields)))
        previous = entries[-1].hash
    return entries


CHAIN = make_chain(12)


def test_the_hash_is_what_an_outsider_computes() -> None:
    expected = sha256(f'["{GENESIS}",{{"a":1,"b":"证"}}]'.encode()).hexdigest()
    assert link_hash(GENESIS, {"b": "证", "a": 1}) == expected


def test_an_untouched_chain_holds_and_so_does_any_tail_of_it() -> None:
    assert first_break(CHAIN) is None
    assert first_break([]) is None
    assert first_break(CHAIN[4:], after=(4, CHAIN[3].hash), head=(12, CHAIN[-1].hash)) is None


@given(st.integers(0, 11), st.sampled_from(["fields", "hash", "prev_hash"]))
def test_any_change_of_one_entry_is_found_there_or_at_the_next(place: int, what: str) -> None:
    changed = list(CHAIN)
    value = {"fields": {"action": "nothing happened"}, "hash": "f" * 64, "prev_hash": "f" * 64}[what]
    changed[place] = replace(changed[place], **{what: value})  # type: ignore[arg-type]
    assert first_break(changed) == Break(place + 1, "unlinked" if what == "prev_hash" else "altered")


@given(st.integers(0, 11))
def test_rewriting_an_entry_with_its_own_hash_breaks_the_next_link(place: int) -> None:
    forged = list(CHAIN)
    fields = {"action": "forged"}
    forged[place] = replace(forged[place], fields=fields, hash=link_hash(forged[place].prev_hash, fields))
    found = first_break(forged, head=(12, CHAIN[-1].hash))
    assert found == (Break(place + 2, "unlinked") if place < 11 else Break(12, "cut"))


@given(st.integers(0, 10))
def test_a_missing_entry_is_named(place: int) -> None:
    assert first_break(CHAIN[:place] + CHAIN[place + 1 :]) == Break(place + 1, "missing")


@pytest.mark.parametrize("kept", range(12))
def test_entries_cut_off_at_the_end_show_against_the_published_head(kept: int) -> None:
    assert first_break(CHAIN[:kept]) is None
    assert first_break(CHAIN[:kept], head=(12, CHAIN[-1].hash)) == Break(kept + 1, "cut")


def test_two_swapped_entries_are_noticed() -> None:
    assert first_break([CHAIN[1], CHAIN[0], *CHAIN[2:]]) == Break(1, "missing")
