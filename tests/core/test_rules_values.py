from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.core import errors
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.decision import YES, Decision, Reason, decided, no
from carbonlearn.core.job import Job
from carbonlearn.core.money import Money, read_amount
from carbonlearn.core.windows import TimeWindow, days_left, local_day, local_instant, window_on

integers = st.integers(-(2**53) + 1, 2**53 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(values)
def test_canonical_bytes_are_json_and_mean_the_same(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(texts, integers, min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


def test_canonical_form_has_sorted_keys_no_spaces_and_plain_chinese() -> None:
    text = canonical_json({"b": [1, True, None], "a": "碳", "": "\n\u007f"})
    assert text == '{"":"\\n\u007f","a":"碳","b":[1,true,null]}'.encode()


def test_keys_sort_by_utf_16_as_rfc_8785_says() -> None:
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize("value", [1.0, float("nan"), {"a": [0.5]}, {1: "x"}, date(2026, 1, 1), {"x"}, b"x"])
def test_refuses_what_has_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800"])
def test_refuses_what_others_would_read_differently(value: object) -> None:
    with pytest.raises(ValueError, match=r"2\*\*53|surrogates"):
        canonical_json(value)


def test_an_error_keeps_its_code_and_facts_and_is_of_one_kind() -> None:
    error = errors.Late("WINDOW_CLOSED", closed_at="2026-11-28")
    assert (error.code, error.facts, error.message_key) == (
        "WINDOW_CLOSED",
        {"closed_at": "2026-11-28"},
        "error.window_closed",
    )
    assert str(error) == "WINDOW_CLOSED(closed_at='2026-11-28')"
    kinds = [errors.Invalid, errors.Refused, errors.NotFound, errors.Conflict, errors.Late]
    assert len({kind.kind for kind in kinds}) == 5
    with pytest.raises(ValueError, match="UPPER_SNAKE"):
        errors.Invalid("not stable")


def test_a_decision_without_a_reason_cannot_refuse() -> None:
    with pytest.raises(ValueError, match="reasons"):
        Decision(False)
    with pytest.raises(ValueError, match="reasons"):
        Decision(True, (Reason("full"),))


def test_a_refusal_raises_its_first_reason() -> None:
    refused = decided([Reason("full", {"capacity": 30}), Reason("cancelled")])
    assert not refused
    assert refused.codes == ("full", "cancelled")
    with pytest.raises(errors.Conflict) as raised:
        refused.require(errors.Conflict)
    assert (raised.value.code, raised.value.facts) == ("FULL", {"capacity": 30})
    YES.require()
    assert decided([]) == YES
    assert no("full").codes == ("full",)


def test_wall_time_in_shanghai_becomes_utc() -> None:
    window = window_on(date(2026, 11, 28), "09:00", "10:30", "Asia/Shanghai")
    assert window == TimeWindow(
        datetime(2026, 11, 28, 1, tzinfo=UTC), datetime(2026, 11, 28, 2, 30, tzinfo=UTC)
    )
    assert window.duration == timedelta(minutes=90)
    assert window.contains(window.start)
    assert not window.contains(window.end)


@pytest.mark.parametrize(
    ("day", "wall", "utc"),
    [
        (date(2026, 11, 25), "24:00", datetime(2026, 11, 25, 16, tzinfo=UTC)),
        (date(1988, 7, 1), "09:00", datetime(1988, 7, 1, 0, tzinfo=UTC)),  # summer time was in force in China
        (date(2024, 12, 31), "24:00", datetime(2024, 12, 31, 16, tzinfo=UTC)),
    ],
)
def test_local_instants_of_unusual_days(day: date, wall: str, utc: datetime) -> None:
    assert local_instant(day, wall, "Asia/Shanghai") == utc


@pytest.mark.parametrize("wall", ["9:00", "24:01", "09:60", "0900", ""])
def test_refuses_a_time_of_day_of_another_form(wall: str) -> None:
    with pytest.raises(ValueError, match="HH:MM"):
        local_instant(date(2026, 1, 1), wall, "Asia/Shanghai")


def test_the_day_of_an_instant_is_that_of_the_place() -> None:
    assert local_day(datetime(2026, 11, 27, 16, tzinfo=UTC), "Asia/Shanghai") == date(2026, 11, 28)
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime(2026, 11, 27), "Asia/Shanghai")  # noqa: DTZ001


def test_windows_that_only_touch_do_not_overlap() -> None:
    morning = window_on(date(2026, 1, 3), "09:00", "10:30", "Asia/Shanghai")
    later = window_on(date(2026, 1, 3), "10:30", "12:00", "Asia/Shanghai")
    assert not morning.overlaps(later)
    assert morning.overlaps(window_on(date(2026, 1, 3), "10:29", "12:00", "Asia/Shanghai"))
    with pytest.raises(ValueError, match="ends after"):
        TimeWindow(morning.start, morning.start)


@given(st.integers(-(10**12), 10**12))
def test_an_amount_survives_writing_and_reading(minor: int) -> None:
    assert read_amount(str(Money(minor))) == Money(minor)


def test_amounts_add_up_in_one_currency_only() -> None:
    assert read_amount(1280) + Money(50) == Money(128050)
    assert str(Money(128050) - Money(128055)) == "-0.05"
    assert Money(10000) * 3 == read_amount("300.00")
    with pytest.raises(ValueError, match="add up"):
        Money(1) + Money(1, "USD")
    for text in ("12.345", "1e3", "", " 5"):
        with pytest.raises(ValueError, match="not an amount"):
            read_amount(text)


def test_a_job_has_a_plain_name_and_a_sensible_pace() -> None:
    job = Job("sittings.close_overdue", timedelta(seconds=20), lambda now: now)
    assert job.sweep(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match=r"feature\.deed"):
        Job("close", timedelta(seconds=20), print)
    with pytest.raises(ValueError, match="second"):
        Job("a.b", timedelta(0), print)


def test_days_left_are_counted_in_local_midnights_and_never_below_none() -> None:
    until = datetime(2026, 12, 20, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    assert days_left(until, datetime(2026, 11, 21, 8, 0, tzinfo=UTC), "Asia/Shanghai") == 30
    assert days_left(until, datetime(2026, 12, 20, 15, 59, tzinfo=UTC), "Asia/Shanghai") == 1
    assert days_left(until, datetime(2026, 12, 25, tzinfo=UTC), "Asia/Shanghai") == 0
