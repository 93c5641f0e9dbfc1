"""When a place is over, what holds it open past its period, and which place a page is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from carbonlearn.enrolment.rules.admission import Status
from carbonlearn.enrolment.rules.expiry import (
    BOOKED,
    LONGEST_EXTENSION,
    RESULT,
    RETAKE,
    SITTING,
    extension_fault,
    may_expire,
    may_withdraw,
)
from carbonlearn.enrolment.rules.standing import Standing, shown_place, standing_of

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_place_is_over_at_the_instant_its_period_ends_and_not_before() -> None:
    assert may_expire(Status.ACTIVE, NOW, (), NOW)
    assert may_expire(Status.ACTIVE, NOW + SECOND, (), NOW).codes == ("access_open",)
    assert may_expire(Status.ACTIVE, None, (), NOW).codes == ("access_open",)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ACTIVE])
def test_only_an_active_place_expires(status: Status) -> None:
    assert may_expire(status, NOW, (), NOW).codes == ("enrolment_status",)


@pytest.mark.parametrize("word", [BOOKED, RETAKE, SITTING, RESULT])
def test_whatever_reaches_past_the_period_keeps_the_place_open(word: str) -> None:
    assert may_expire(Status.ACTIVE, NOW - timedelta(days=100), {word}, NOW).codes == ("pending",)


def test_what_was_sat_for_forbids_a_withdrawal_and_nothing_else_does() -> None:
    assert may_withdraw({BOOKED, RETAKE})
    for word in (SITTING, RESULT):
        assert may_withdraw({word, BOOKED}).codes == ("withdrawal_unreleased",)


@pytest.mark.parametrize(
    ("before", "until", "fault"),
    [
        (NOW - timedelta(days=9), NOW + SECOND, None),
        (NOW - timedelta(days=9), NOW, "EXTENSION_NOT_LATER"),
        (NOW + timedelta(days=9), NOW + timedelta(days=9), "EXTENSION_NOT_LATER"),
        (NOW + timedelta(days=9), NOW + timedelta(days=9) + SECOND, None),
        (None, NOW + LONGEST_EXTENSION, None),
        (None, NOW + LONGEST_EXTENSION + SECOND, "EXTENSION_TOO_LONG"),
    ],
)
def test_an_extension_ends_later_than_now_and_than_before_and_within_a_year(
    before: datetime | None, until: datetime, fault: str | None
) -> None:
    assert extension_fault(before, until, NOW) == fault


def test_time_ends_a_period_before_the_record_does() -> None:
    assert standing_of("active", NOW + SECOND, NOW) is Standing.OPEN
    assert standing_of("active", NOW, NOW) is Standing.LAPSED
    assert standing_of("paid", None, NOW) is Standing.WAITING
    for end in ("expired", "completed", "withdrawn"):
        assert standing_of(end, NOW + SECOND, NOW) == end


@dataclass(frozen=True)
class APlace:
    id: str
    standing: Standing


def test_a_page_is_about_what_can_be_gone_on_with_unless_the_address_names_another() -> None:
    own = [APlace(standing.value, standing) for standing in Standing]
    for order in permutations(own, 3):
        open_one = next((one for one in order if one.standing is Standing.OPEN), None)
        shown = shown_place(order, None)
        assert shown is not None and (open_one is None or shown is open_one)
        assert shown_place(order, order[2].id) is order[2]
        assert shown_place(order, "somebody's else") is shown
    assert shown_place([], "x") is None


def test_of_equals_the_newest_is_shown() -> None:
    newest, older = APlace("b", Standing.OPEN), APlace("a", Standing.OPEN)
    assert shown_place([newest, older], None) is newest
