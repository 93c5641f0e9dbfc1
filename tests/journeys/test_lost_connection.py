"""The network goes and comes back: nothing is credited twice, nothing is lost that was acknowledged."""

from __future__ import annotations

from tests.journeys.conftest import Town, answer, beat
from tests.journeys.test_exam_day import candidate

BEAT = 20_000


def test_beats_with_gaps_repeats_and_a_second_device_credit_no_more_than_time_passed(town: Town) -> None:
    lin, place = town.enter("lin"), town.enrolment("lin")
    lesson = lin.get(f"/study/lessons?enrolment={place}")["lessons"][0]["slug"]
    opened = lin.post("/study/sessions", {"lesson": lesson, "enrolment": place})
    path = f"/study/sessions/{opened['session']}/beats"
    town.clock.advance(seconds=20)
    first = lin.post(path, body := beat(opened, 0, BEAT))
    assert first["credited_ms_enrolment"] == BEAT
    repeated = lin.post(path, body)
    assert (repeated["credited_ms_enrolment"], repeated["nonce"]) == (BEAT, first["nonce"])
    town.clock.advance(seconds=60)
    bridged = lin.post(path, beat(first, BEAT, 3 * BEAT))
    assert bridged["credited_ms_enrolment"] == 4 * BEAT
    town.clock.advance(seconds=300)
    gap = lin.post(path, beat(bridged, 4 * BEAT, 15 * BEAT))
    assert gap["reason"] == "gap"
    assert gap["credited_ms_enrolment"] <= 4 * BEAT + 65_000
    elsewhere = town.enter("lin")
    other = elsewhere.post("/study/sessions", {"lesson": lesson, "enrolment": place})
    town.say_present(elsewhere, other)  # its moment is drawn by chance
    town.clock.advance(seconds=20)
    lost = lin.post(path, beat(gap, 10 * BEAT, BEAT))
    assert lost["reason"] == "lease_lost"
    assert lost["credited_ms_enrolment"] == gap["credited_ms_enrolment"]
    start = max(end for _begin, end in other["covered"])
    going_on = elsewhere.post(f"/study/sessions/{other['session']}/beats", beat(other, start, BEAT))
    assert going_on["credited_ms_enrolment"] == gap["credited_ms_enrolment"] + BEAT


def test_answers_sent_again_after_the_network_returns_are_stored_once_and_the_newest_wins(town: Town) -> None:
    lin = candidate(town, "lin")
    booking, starts_at = town.book_next(lin, town.enrolment("lin"))
    sitting = town.sit_down(lin, booking, starts_at)
    path = f"/sittings/{sitting}/responses"
    first = lin.post(path, answer(1, ["A"]))
    again = lin.post(path, answer(1, ["A"]))
    assert again["receipt"] == first["receipt"]
    lin.post(path, answer(1, ["B"], revision=3))
    stale = lin.post(path, answer(1, ["C"], revision=2), status=409)
    assert stale["error"]["code"] == "STALE_REVISION"
    assert stale["error"]["facts"]["stored"] == 3
    tablet = town.enter("lin")
    taken = tablet.post(f"/sittings/{sitting}/takeover", {"generation": 1})
    refused = lin.post(path, answer(2, ["D"]), status=409)
    assert refused["error"]["code"] == "LEASE_LOST"
    tablet.post(path, answer(2, ["D"], generation=taken["generation"]))
    paper = tablet.get(f"/sittings/{sitting}/paper")
    held = paper["answers"]
    assert {n: one["value"] for n, one in held.items()} == {"1": ["B"], "2": ["D"]}
    assert paper["last_item"] == 2
