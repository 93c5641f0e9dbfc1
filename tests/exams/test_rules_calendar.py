from __future__ import annotations

from calendar import FRIDAY
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
import yaml
from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta
from dateutil.rrule import MONTHLY, rrule
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.exams.rules.calendar import (
    WindowFacts,
    WindowPlan,
    days_until,
    is_open,
    plan_windows,
)
from carbonlearn.exams.rules.days import Day, DayKind, HolidayCalendar, after_working_days, postponed_to
from carbonlearn.exams.rules.hours import Defaults
from carbonlearn.exams.rules.series import WEEKDAYS, nth_weekday, rule_days

VECTORS = {
    vector["id"]: vector
    for vector in yaml.safe_load(
        (Path(__file__).parents[1] / "data" / "exam_dates_vectors.yaml").read_text("utf-8")
    )["vectors"]
}
LAST_SATURDAY = VECTORS["gdcpa-2024-printed"]["rule"]
THIRD_SATURDAY = VECTORS["ceca-2024-2027-computed"]["rule"]
LAST_WEEKEND = VECTORS["last-weekend-2024-computed"]["rule"]
CECA = {
    "rule": THIRD_SATURDAY,
    "sessions": [{"slug": "comprehensive", "start": "09:00", "end": "11:00"}],
    "sessions_tentative": False,
    "holiday_policy": {"policy": "postpone"},
    "booking_closes": {"days_before": 7},
    "admission_ticket": {"days_before": 3},
    "results": {"within": 15, "unit": "working_day", "after": "exam"},
    "certificate": {"within": 45, "unit": "working_day", "after": "exam_passed"},
}
GDCPA = {
    "rule": LAST_SATURDAY,
    "sessions": [{"slug": "morning", "start": "09:00", "end": "10:30"}],
    "sessions_tentative": False,
    "holiday_policy": {"policy": "unstated"},
    "booking_closes": None,
    "admission_ticket": None,
    "results": None,
    "certificate": None,
}


def official(first: int, last: int) -> HolidayCalendar:
    days: dict[date, Day] = {}
    day = date(first, 1, 1)
    while day.year <= last:
        off, name = chinese_calendar.get_holiday_detail(day)
        if not off:
            days[day] = Day(DayKind.WORKDAY)
        else:
            days[day] = Day(DayKind.PUBLIC_HOLIDAY, name) if name else Day(DayKind.REST)
        day += timedelta(days=1)
    return HolidayCalendar(days, frozenset(range(first, last + 1)))


HOLIDAYS = official(2012, 2026)
ALL_KNOWN = HolidayCalendar(years=frozenset(range(2000, 2100)))


def plan(
    block: Mapping[str, Any], first: date, last: date, holidays: HolidayCalendar = HOLIDAYS
) -> tuple[WindowPlan, ...]:
    return plan_windows(
        block, first, last, series="x", timezone="Asia/Shanghai", holidays=holidays, defaults=Defaults()
    )


def iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_printed_dates_of_2024_follow_from_the_rule() -> None:
    vector = VECTORS["gdcpa-2024-printed"]
    plans = plan(GDCPA, date(2024, 1, 1), date(2024, 12, 31))
    expected = {entry["date"] for entry in [*vector["dates"], *vector["not_held"]]}
    assert {one.day.isoformat() for one in plans} == expected
    assert not expected & set(vector["not_dates"])
    by_day = {one.day.isoformat(): one for one in plans}
    for entry in vector["dates"]:
        one = by_day[entry["date"]]
        assert (iso(one.starts_at), iso(one.ends_at)) == (entry["start_utc"], entry["end_utc"])


def test_a_date_that_the_published_table_leaves_out_is_tentative() -> None:
    published = GDCPA | {
        "published_dates": [entry["date"] for entry in VECTORS["gdcpa-2024-printed"]["dates"]]
    }
    plans = plan(published, date(2024, 1, 1), date(2025, 1, 31))
    unlisted = [one.day for one in plans if "not_in_published_dates" in one.warnings]
    assert unlisted == [date(2024, 1, 27), date(2024, 2, 24)]
    assert [one.day for one in plans if one.tentative] == unlisted


def test_the_computed_dates_of_2024_to_2027_follow_from_the_rule() -> None:
    vector = VECTORS["ceca-2024-2027-computed"]
    plans = plan(CECA, date(2024, 1, 1), date(2027, 12, 31))
    assert len(plans) == len(vector["dates"])
    for one, entry in zip(plans, vector["dates"], strict=True):
        assert one.day.isoformat() == entry["date"]
        assert (iso(one.starts_at), iso(one.ends_at)) == (entry["start_utc"], entry["end_utc"])
        in_shanghai = timedelta(hours=8)
        assert (one.booking_closes_at + in_shanghai).date().isoformat() == entry["booking_closes"]
        assert (one.ticket_at + in_shanghai).date().isoformat() == entry["admission_ticket"]
        assert one.tentative == (one.day.year == 2027)
        assert ("year_unannounced" in one.warnings) == (one.day.year == 2027)
    third = {entry["third_saturday"] for entry in vector["other_reading"]["differs"]}
    assert third <= {one.day.isoformat() for one in plans}


def test_the_last_weekends_of_2024_follow_from_the_rule() -> None:
    vector = VECTORS["last-weekend-2024-computed"]
    block = GDCPA | {"rule": LAST_WEEKEND, "sessions": [], "sessions_tentative": True}
    plans = {one.day.isoformat(): one for one in plan(block, date(2024, 1, 1), date(2024, 12, 31))}
    assert set(plans) == {
        day for weekend in vector["weekends"] for day in (weekend["saturday"], weekend["sunday"])
    }
    for weekend in vector["weekends"]:
        assert ("weekend_spans_months" in plans[weekend["sunday"]].warnings) == weekend["ambiguous"]
        assert "weekend_spans_months" not in plans[weekend["saturday"]].warnings
        assert plans[weekend["saturday"]].tentative
        assert "times_unstated" in plans[weekend["saturday"]].warnings


@pytest.mark.parametrize("ordinal", [1, 2, 3, 4, 5, "last"])
@pytest.mark.parametrize("weekday", range(7))
def test_120_months_agree_with_an_independent_oracle(ordinal: int | str, weekday: int) -> None:
    names = (MO, TU, WE, TH, FR, SA, SU)
    position = -1 if ordinal == "last" else int(ordinal)
    oracle = rrule(
        MONTHLY,
        byweekday=names[weekday](position),
        dtstart=datetime(2020, 1, 1, tzinfo=UTC),
        until=datetime(2029, 12, 31, tzinfo=UTC),
    )
    rule = {
        "kind": "nth_weekday_of_month",
        "ordinal": ordinal,
        "weekdays": [WEEKDAYS[weekday]],
        "months": list(range(1, 13)),
    }
    assert rule_days(rule, date(2020, 1, 1), date(2029, 12, 31)) == tuple(found.date() for found in oracle)


@given(st.integers(2000, 2099), st.integers(1, 12))
def test_the_last_saturday_agrees_with_relativedelta(year: int, month: int) -> None:
    assert nth_weekday(year, month, "last", "saturday") == date(year, month, 1) + relativedelta(
        day=31, weekday=SA(-1)
    )


@given(st.dates(date(2015, 1, 1), date(2035, 1, 1)), st.integers(0, 400), st.integers(0, 400))
def test_a_range_split_in_two_gives_the_same_days(first: date, one: int, two: int) -> None:
    middle, last = first + timedelta(days=one), first + timedelta(days=one + two + 1)
    whole = rule_days(LAST_WEEKEND, first, last)
    assert whole == rule_days(LAST_WEEKEND, first, middle) + rule_days(
        LAST_WEEKEND, middle + timedelta(days=1), last
    )


@pytest.mark.parametrize(
    ("rule_date", "held"),
    [
        (date(2013, 9, 21), date(2013, 9, 28)),
        (date(2016, 9, 17), date(2016, 9, 24)),
        (date(2023, 1, 21), date(2023, 1, 28)),
        (date(2021, 9, 18), date(2021, 9, 18)),
        (date(2026, 11, 21), date(2026, 11, 21)),
    ],
)
def test_ceca_moves_past_real_public_holidays_and_nothing_else(rule_date: date, held: date) -> None:
    (one,) = plan(CECA, rule_date, rule_date)
    assert one.day == held
    assert one.moved_from == (None if held == rule_date else rule_date)
    assert bool(one.reason) == (held != rule_date)
    assert one.slot == f"{rule_date} comprehensive"
    assert one.starts_at.date() == held
    assert ("on_make_up_workday" in one.warnings) == (held in {date(2021, 9, 18), date(2023, 1, 28)})


@pytest.mark.parametrize("rule_date", [date(2025, 5, 31), date(2026, 9, 26)])
def test_an_unstated_policy_moves_nothing_but_warns(rule_date: date) -> None:
    (one,) = plan(GDCPA, rule_date, rule_date)
    assert (one.day, one.moved_from) == (rule_date, None)
    assert "on_public_holiday" in one.warnings
    (silent,) = plan(GDCPA | {"holiday_policy": {"policy": "none"}}, rule_date, rule_date)
    assert (silent.day, silent.warnings) == (rule_date, ())


def test_two_holiday_saturdays_in_a_row_are_both_skipped() -> None:
    saturday = date(2026, 1, 17)
    holidays = HolidayCalendar(
        {saturday + timedelta(days=shift): Day(DayKind.PUBLIC_HOLIDAY, "春节") for shift in range(9)}
    )
    assert postponed_to(saturday, holidays) == date(2026, 1, 31)
    assert postponed_to(date(2026, 1, 20), holidays) == date(2026, 1, 31)


def test_silent_sources_get_the_stated_defaults() -> None:
    (one,) = plan(GDCPA, date(2026, 11, 28), date(2026, 11, 28))
    assert iso(one.booking_closes_at) == "2026-11-25T15:59:00Z"
    assert iso(one.ticket_at) == "2026-11-27T01:00:00Z"
    assert iso(one.seal_at) == "2026-11-28T00:00:00Z"
    assert (one.results_due, one.certificate_due, one.tentative, one.warnings) == (None, None, False, ())


def test_due_dates_are_counted_in_chinese_working_days() -> None:
    (one,) = plan(CECA, date(2026, 1, 17), date(2026, 1, 17))
    # 19 Jan to 6 Feb are fifteen working days; the Spring Festival takes 15 to 23 Feb, and 14 and 28 Feb are worked.
    assert one.results_due == date(2026, 2, 6)
    oracle = list(chinese_calendar.get_workdays(date(2026, 1, 18), date(2026, 6, 30)))
    assert one.results_due == oracle[14]
    assert one.certificate_due == oracle[44]


@given(st.dates(date(2013, 1, 1), date(2025, 12, 31)), st.integers(0, 60))
def test_working_days_agree_with_the_official_calendar(day: date, count: int) -> None:
    found = after_working_days(day, count, HOLIDAYS)
    worked = chinese_calendar.get_workdays(day + timedelta(days=1), found) if found > day else []
    assert len(worked) == count
    assert found == day or chinese_calendar.is_workday(found)


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        after_working_days(date(2026, 1, 1), -1, HOLIDAYS)


def test_an_unknown_year_counts_plain_weekdays() -> None:
    assert after_working_days(date(2031, 10, 3), 1, HOLIDAYS) == date(2031, 10, 6)
    assert date(2031, 10, 3).weekday() == FRIDAY


REHEARSAL = {
    "rule": {
        "kind": "every_n_minutes",
        "minutes": 15,
        "offset_minutes": 5,
        "duration_minutes": 10,
        "ticket_minutes_before": 2,
    }
}


def test_rehearsal_windows_come_every_n_minutes_of_the_local_day() -> None:
    plans = plan(REHEARSAL, date(2026, 11, 21), date(2026, 11, 22))
    assert len(plans) == 2 * 24 * 4
    first, second = plans[:2]
    assert iso(first.starts_at) == "2026-11-20T16:05:00Z"
    assert second.starts_at - first.starts_at == timedelta(minutes=15)
    assert first.ends_at - first.starts_at == timedelta(minutes=10)
    assert [first.starts_at - at for at in (first.booking_closes_at, first.ticket_at, first.seal_at)] == [
        timedelta(minutes=minutes) for minutes in (3, 2, 1)
    ]
    assert len({one.slot for one in plans}) == len(plans)
    assert first.slot == "2026-11-21 rehearsal-0005"
    assert not first.tentative


def test_a_rehearsal_without_a_step_is_refused_and_so_is_an_unknown_rule() -> None:
    with pytest.raises(ValueError, match="positive"):
        plan({"rule": REHEARSAL["rule"] | {"minutes": 0}}, date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(ValueError, match="unknown calendar rule"):
        plan({"rule": {"kind": "full_moon"}}, date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(ValueError, match="ordinal"):
        nth_weekday(2026, 1, 0, "monday")


def test_a_standard_without_a_rule_has_no_windows() -> None:
    assert plan({"rule": None, "sessions": []}, date(2026, 1, 1), date(2026, 12, 31)) == ()


CLOSES = datetime(2026, 11, 25, 15, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "shift", "codes"),
    [
        (WindowFacts(CLOSES, 30, 31), -1, ()),
        (WindowFacts(CLOSES, 31, 31), -1, ("full",)),
        (WindowFacts(CLOSES, 31, None), -1, ()),
        (WindowFacts(CLOSES), 0, ("booking_closed",)),
        (WindowFacts(CLOSES, booking_opens_at=CLOSES - timedelta(seconds=1)), -2, ("booking_not_open",)),
        (WindowFacts(CLOSES, booking_opens_at=CLOSES - timedelta(seconds=1)), -1, ()),
        (WindowFacts(CLOSES, 1, 1, cancelled=True), 0, ("cancelled", "booking_closed", "full")),
    ],
)
def test_a_window_takes_bookings_or_says_why_not(
    facts: WindowFacts, shift: int, codes: tuple[str, ...]
) -> None:
    assert is_open(facts, CLOSES + timedelta(seconds=shift)).codes == codes


def test_a_countdown_counts_local_days() -> None:
    start = datetime(2026, 11, 28, 1, tzinfo=UTC)
    assert days_until(start, datetime(2026, 11, 27, 15, 59, tzinfo=UTC), "Asia/Shanghai") == 1
    assert days_until(start, datetime(2026, 11, 27, 16, 0, tzinfo=UTC), "Asia/Shanghai") == 0


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu"])
def test_sessions_keep_their_wall_time_in_every_zone(zone: str) -> None:
    from zoneinfo import ZoneInfo

    for one in plan_windows(
        GDCPA,
        date(2026, 1, 1),
        date(2026, 12, 31),
        series="x",
        timezone=zone,
        holidays=ALL_KNOWN,
        defaults=Defaults(),
    ):
        local = one.starts_at.astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute, local.date()) == (9, 0, one.day)
