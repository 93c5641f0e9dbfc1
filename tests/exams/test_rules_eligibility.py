from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.exams.rules.eligibility import (
    LINES,
    BookingFacts,
    EligibilityFacts,
    EntitlementFacts,
    LineState,
    decide,
    usable_entitlement,
)
from carbonlearn.exams.rules.forecast import DAILY_LIMIT_SECONDS, AimWindow, forecast

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = 45 * 60
FIRST = EntitlementFacts("first")
USED = EntitlementFacts("first", used=True)
LAPSED = EntitlementFacts("first", NOW)
READY = EligibilityFacts(
    enrolment_status="active",
    access_until=datetime(2027, 2, 25, tzinfo=UTC),
    identity_approved=True,
    credited_seconds=80 * HOUR,
    threshold_seconds=80 * HOUR,
    entitlements=(FIRST,),
    booking=BookingFacts(NOW + 8 * DAY, NOW + 5 * DAY),
)
SHORT = replace(READY, credited_seconds=80 * HOUR - 1507 * 60 - 30)


def states(facts: EligibilityFacts) -> list[str]:
    return [line.state.value for line in decide(facts, NOW).lines]


def test_whoever_meets_all_five_lines_may_sit() -> None:
    result = decide(READY, NOW)
    assert tuple(line.name for line in result.lines) == LINES
    assert (result.met, result.may_book.allowed, result.may_sit.allowed) == (5, True, True)


def test_missing_hours_are_stated_exactly_and_do_not_hinder_booking() -> None:
    result = decide(replace(SHORT, booking=None), NOW)
    hours = result.line("hours")
    assert hours.facts["missing_seconds"] == 1507 * 60 + 30
    assert hours.facts["missing"] == Fraction(33) + Fraction(1, 2)
    assert hours.facts["credited"] == Fraction(93, 2)
    assert result.may_book
    assert result.may_sit.codes == ("hours_missing", "not_booked")
    assert states(replace(SHORT, booking=None)) == ["met", "met", "met", "missing", "next"]


@pytest.mark.parametrize(
    ("change", "lines", "book", "sit"),
    [
        (
            {"enrolment_status": "paid"},
            "missing met met met met",
            ("enrolment_not_active",),
            ("enrolment_not_active",),
        ),
        (
            {"enrolment_status": "withdrawn"},
            "missing met met met met",
            ("enrolment_not_active",),
            ("enrolment_not_active",),
        ),
        ({"access_until": NOW}, "missing met met met met", ("access_lapsed",), ("access_lapsed",)),
        ({"access_until": None}, "met met met met met", (), ()),
        (
            {"identity_approved": False},
            "met missing met met met",
            ("identity_not_approved",),
            ("identity_not_approved",),
        ),
        ({"entitlements": ()}, "met met missing met met", ("entitlement_missing",), ("entitlement_missing",)),
        (
            {"entitlements": (USED,)},
            "met met missing met met",
            ("entitlement_used",),
            ("entitlement_used",),
        ),
        (
            {"entitlements": (LAPSED,)},
            "met met missing met met",
            ("entitlement_expired",),
            ("entitlement_expired",),
        ),
        ({"courses_missing": ("acc-04",)}, "met met met missing met", (), ("courses_missing",)),
        ({"threshold_seconds": None, "credited_seconds": 0}, "met met met met met", (), ()),
        ({"booking": None}, "met met met met next", (), ("not_booked",)),
        (
            {"booking": None, "identity_approved": False},
            "met missing met met missing",
            ("identity_not_approved",),
            ("identity_not_approved", "not_booked"),
        ),
        ({"live_check_required": True}, "met met met met met", (), ("live_check_missing",)),
        ({"live_check_required": True, "live_check_approved": True}, "met met met met met", (), ()),
    ],
)
def test_each_line_says_what_is_missing(
    change: dict[str, object], lines: str, book: tuple[str, ...], sit: tuple[str, ...]
) -> None:
    facts = replace(READY, **change)  # type: ignore[arg-type]
    result = decide(facts, NOW)
    assert states(facts) == lines.split()
    assert (result.may_book.codes, result.may_sit.codes) == (book, sit)


def test_a_retake_reaches_past_the_access_period() -> None:
    retake = replace(
        READY,
        enrolment_status="expired",
        access_until=NOW - 30 * DAY,
        entitlements=(replace(FIRST, used=True), EntitlementFacts("free_retake", NOW + DAY)),
    )
    assert decide(retake, NOW).may_sit
    assert decide(retake, NOW + DAY).may_sit.codes == ("access_lapsed", "entitlement_used")


def test_the_entitlement_that_lapses_first_is_used_first() -> None:
    soon, later = EntitlementFacts("free_retake", NOW + DAY), EntitlementFacts("paid_retake", NOW + 9 * DAY)
    assert usable_entitlement(replace(READY, entitlements=(FIRST, later, soon)), NOW) == soon


def test_a_place_is_lost_when_the_hours_are_not_met_at_the_booking_close() -> None:
    due = NOW + 5 * DAY
    assert decide(SHORT, due - timedelta(microseconds=1)).line("booking").state is LineState.MET
    assert decide(SHORT, due).line("booking").code == "hours_not_met_in_time"
    assert decide(READY, due).may_sit


entitlements = st.builds(
    EntitlementFacts,
    st.sampled_from(["first", "free_retake"]),
    st.sampled_from([None, NOW - DAY, NOW + DAY]),
    st.booleans(),
)
facts_strategy = st.builds(
    EligibilityFacts,
    enrolment_status=st.sampled_from(["active", "expired", "paid", "draft"]),
    access_until=st.sampled_from([None, NOW - DAY, NOW + DAY]),
    identity_approved=st.booleans(),
    credited_seconds=st.integers(0, 400_000),
    threshold_seconds=st.none() | st.integers(0, 400_000),
    courses_missing=st.sampled_from([(), ("a",)]),
    entitlements=st.lists(
        st.builds(
            EntitlementFacts,
            st.sampled_from(["first", "free_retake"]),
            st.sampled_from([None, NOW - DAY, NOW + DAY]),
            st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    booking=st.sampled_from(
        [None, BookingFacts(NOW + DAY, NOW - DAY), BookingFacts(NOW + 3 * DAY, NOW + DAY)]
    ),
    live_check_required=st.booleans(),
    live_check_approved=st.booleans(),
)


@given(facts_strategy)
def test_may_sit_means_five_ticks_and_may_book_means_the_first_three(facts: EligibilityFacts) -> None:
    result = decide(facts, NOW)
    live = not facts.live_check_required or facts.live_check_approved
    assert result.may_sit.allowed == (result.met == 5 and live)
    assert result.may_book.allowed == all(line.state is LineState.MET for line in result.lines[:3])


@given(facts_strategy, st.integers(0, 100_000))
def test_more_credit_never_takes_a_right_away(facts: EligibilityFacts, more: int) -> None:
    better = replace(facts, credited_seconds=facts.credited_seconds + more)
    assert decide(better, NOW).may_sit.allowed >= decide(facts, NOW).may_sit.allowed


ZONE = "Asia/Shanghai"
TODAY = date(2026, 11, 20)
NOVEMBER = AimWindow("nov", datetime(2026, 11, 28, 1, tzinfo=UTC), datetime(2026, 11, 25, 15, 59, tzinfo=UTC))
DECEMBER = AimWindow("dec", datetime(2026, 12, 26, 1, tzinfo=UTC), datetime(2026, 12, 23, 15, 59, tzinfo=UTC))


def test_the_pace_of_four_weeks_says_when_and_which_window() -> None:
    daily = {TODAY - timedelta(days=age): 3600 for age in range(28)}
    result = forecast(daily, NOW, 26 * 3600, [DECEMBER, NOVEMBER], ZONE)
    assert (result.weekly_pace_seconds, result.expected_on, result.aimed) == (
        7 * 3600,
        date(2026, 12, 16),
        DECEMBER,
    )
    assert forecast(daily, NOW, 5 * 3600, [DECEMBER, NOVEMBER], ZONE).aimed == NOVEMBER
    assert forecast(daily, NOW, 5 * 3600 + 1, [DECEMBER, NOVEMBER], ZONE).aimed == DECEMBER
    assert forecast(daily, NOW, 90 * 3600, [DECEMBER, NOVEMBER], ZONE).aimed is None


def test_study_older_than_four_weeks_is_forgotten() -> None:
    daily = {TODAY - timedelta(days=28): 99_999, TODAY: 700}
    assert forecast(daily, NOW, 1000, [], ZONE).weekly_pace_seconds == 700


def test_idle_for_seven_days_gives_the_daily_pace_instead() -> None:
    daily = {TODAY - timedelta(days=7): 3600}
    result = forecast(daily, NOW, 6 * 3600 + 1, [NOVEMBER, DECEMBER], ZONE)
    assert (result.expected_on, result.aimed, result.daily_seconds) == (None, NOVEMBER, 3601)
    too_much = forecast(daily, NOW, 6 * DAILY_LIMIT_SECONDS + 1, [NOVEMBER, DECEMBER], ZONE)
    assert (too_much.aimed, too_much.daily_seconds) == (DECEMBER, -(-(6 * DAILY_LIMIT_SECONDS + 1) // 34))
    assert forecast({}, NOW, 10, [], ZONE).daily_seconds is None


def test_nothing_missing_is_expected_today_and_closed_windows_are_not_aimed_at() -> None:
    result = forecast({}, NOVEMBER.hours_due_at, 0, [NOVEMBER, DECEMBER], ZONE)
    assert (result.expected_on, result.aimed) == (date(2026, 11, 25), DECEMBER)


@given(st.dictionaries(st.integers(0, 27), st.integers(1, 30_000), min_size=1), st.integers(1, 500_000))
def test_the_expected_day_is_the_first_on_which_the_pace_suffices(ages: dict[int, int], missing: int) -> None:
    daily = {TODAY - timedelta(days=age): seconds for age, seconds in ages.items()}
    result = forecast(daily, NOW, missing, [], ZONE)
    if min(ages) >= 7:
        assert result.expected_on is None
        return
    span = max(7, max(ages) + 1)
    assert result.expected_on is not None
    days = (result.expected_on - TODAY).days
    total = sum(ages.values())
    assert total * days >= missing * span
    assert total * (days - 1) < missing * span
