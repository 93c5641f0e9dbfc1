"""The oracle itself, on cases that can be counted on fingers; the honest figures and the cheated ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.study.cheats.oracle import Claim, most_ms

LENGTHS = {"a": 600, "b": 600}


@pytest.mark.parametrize(
    ("claims", "most"),
    [
        ([], 0),
        ([Claim("a", 0, 20, 0, 20), Claim("a", 20, 40, 20, 40)], 40),  # followed as time passed
        ([Claim("a", 0, 20, 0, 320)], 20),  # played faster than time
        ([Claim("a", 0, 20, 0, 20), Claim("a", 20, 40, 0, 20)], 20),  # the same ground twice
        ([Claim("a", 0, 20, 0, 20), Claim("b", 0, 20, 0, 20)], 20),  # two lessons in the same time
        ([Claim("a", 0, 20, 0, 20), Claim("b", 10, 30, 0, 20)], 30),
        ([Claim("a", 0, 20, 0, 30), Claim("a", 20, 40, 0, 20)], 30),  # it takes a choice to find the most
        ([Claim("a", 0, 20, 590, 700)], 10),  # past the end of the lesson
        ([Claim("a", 0, 0, 0, 600)], 0),  # no time at all
        ([Claim("a", 0, 66_000, 0, 600)], 0),  # a silence too long
    ],
)
def test_finds_the_most_that_time_and_ground_allow(claims: list[Claim], most: int) -> None:
    assert most_ms(claims, LENGTHS) == most


SMALL = st.integers(0, 6)
CLAIMS = st.lists(
    st.builds(
        lambda lesson, began, lasted, start, far: Claim(lesson, began, began + lasted, start, start + far),
        st.sampled_from("ab"), SMALL, SMALL, SMALL, SMALL,
    ),
    max_size=5,
)  # fmt: skip


@given(claims=CLAIMS, more=CLAIMS)
def test_never_exceeds_time_or_ground_and_never_falls_with_more_claims(
    claims: list[Claim], more: list[Claim]
) -> None:
    seconds = {second for one in claims for second in range(one.began, one.ended)}
    ground = {(one.lesson, place) for one in claims for place in range(one.from_ms, one.to_ms)}
    most = most_ms(claims, LENGTHS)
    assert 0 <= most <= min(len(seconds), len(ground))
    assert most <= most_ms([*claims, *more], LENGTHS)


@given(claims=CLAIMS)
def test_is_the_size_of_the_greatest_matching_of_seconds_and_places(claims: list[Claim]) -> None:
    """Another way to the same figure: match single seconds with single places, one after the other (Kuhn)."""
    fits: dict[int, set[tuple[str, int]]] = {}
    for one in claims:
        for second in range(one.began, one.ended):
            fits.setdefault(second, set()).update(
                (one.lesson, place) for place in range(one.from_ms, one.to_ms)
            )
    # A claim pays no more than its own time: seconds and places of one claim are all joined, so a matching says the same.
    taken: dict[tuple[str, int], int] = {}

    def match(second: int, tried: set[tuple[str, int]]) -> bool:
        for place in fits[second] - tried:
            tried.add(place)
            if place not in taken or match(taken[place], tried):
                taken[place] = second
                return True
        return False

    assert sum(match(second, set()) for second in fits) == most_ms(claims, LENGTHS)
