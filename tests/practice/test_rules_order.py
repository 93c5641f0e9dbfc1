from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.practice.rules.order import Place, after, in_order, progress

PLACES = st.lists(
    st.builds(Place, st.uuids().map(str), st.sampled_from(["", "", "case-1", "case-2"])),
    max_size=30,
    unique_by=lambda place: place.id,
)


@given(PLACES, st.text(min_size=1))
def test_the_order_holds_every_item_once_and_stays_whatever_order_they_come_in(
    places: list[Place], owner: str
) -> None:
    order = in_order(places, owner)
    assert Counter(order) == Counter(place.id for place in places)
    assert in_order(reversed(places), owner) == order


@given(PLACES)
def test_items_of_a_case_stand_together(places: list[Place]) -> None:
    case_of = {place.id: place.case_id for place in places}
    cases = [case_of[one] for one in in_order(places, "lin")]
    for case in ("case-1", "case-2"):
        where = [number for number, name in enumerate(cases) if name == case]
        assert where == list(range(where[0], where[0] + len(where))) if where else True


def test_two_learners_have_two_orders() -> None:
    places = [Place(str(number)) for number in range(20)]
    assert in_order(places, "lin") != in_order(places, "zhang")


def test_a_walk_through_a_chapter_asks_each_once_a_round_and_finds_back() -> None:
    order = in_order([Place(letter) for letter in "abcde"], "lin")
    times: Counter[str] = Counter()
    asked = []
    for _turn in range(12):
        found = progress(order, times)
        assert found.next_id is not None
        assert progress(order, dict(times)) == found
        asked.append(found.next_id)
        times[found.next_id] += 1
    assert asked == (order * 3)[:12]


def test_progress_tells_round_done_and_ever_seen() -> None:
    order = ["a", "b", "c"]
    begun = progress(order, {"a": 1})
    assert (begun.done, begun.seen, begun.round, begun.next_id) == (1, 1, 1, "b")
    second = progress(order, {"a": 2, "b": 1, "c": 1})
    assert (second.done, second.seen, second.round, second.next_id) == (1, 3, 2, "b")
    assert progress([], {}).next_id is None


def test_answers_to_items_that_left_the_chapter_do_not_count() -> None:
    assert progress(["a"], {"gone": 9}).seen == 0


def test_after_the_last_comes_the_first_and_after_the_only_one_nothing() -> None:
    assert after(["a", "b"], "b") == "a"
    assert after(["a", "b"], "unknown") == "a"
    assert after(["a"], "a") is None
    assert after([], "a") is None
