from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.accounts.rules.lockout import ACCOUNT_LIMIT, ADDRESS_LIMIT, WINDOW, locked_until
from carbonlearn.accounts.rules.password import COMMON, MIN_LENGTH, faults

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("紫荆花开在五月的江边", []),
        ("tricky-otter-48", []),
        ("", ["too_short", "too_uniform"]),
        ("k3#vR9!qz", ["too_short"]),
        ("1234567890", ["too_common"]),
        ("Password123", ["too_common"]),
        ("ababababababab", ["too_uniform"]),
        ("Lin.Zhiyuan1!", ["like_user_name"]),
        ("lin.zhiyuan rides a green bus", []),
        ("tricky-otter-" * 10, ["too_long"]),
    ],
)
def test_a_password_will_do_or_every_fault_is_named(password: str, found: list[str]) -> None:
    assert faults(password, "lin.zhiyuan") == found


@given(st.sampled_from(sorted(COMMON)), st.booleans())
def test_no_common_password_will_do_in_either_case(word: str, upper: bool) -> None:
    assert len(word) >= MIN_LENGTH
    assert "too_common" in faults(word.upper() if upper else word, "")


def ago(*seconds: int) -> list[datetime]:
    return [NOW - timedelta(seconds=second) for second in seconds]


def test_the_fifth_failure_locks_the_account_until_the_first_is_old() -> None:
    assert locked_until(ago(800, 60, 30, 10), [], NOW) is None
    assert locked_until(ago(10, 800, 60, 30, 20), [], NOW) == NOW + timedelta(seconds=100)
    assert locked_until(ago(900, 60, 30, 20, 10), [], NOW) is None


def test_a_classroom_behind_one_address_has_thirty_and_the_later_end_holds() -> None:
    assert locked_until([], ago(*range(29)), NOW) is None
    assert locked_until(ago(1, 1, 1, 1, 1), ago(*range(30)), NOW) == NOW + WINDOW - timedelta(seconds=1)


@given(st.lists(st.integers(0, 1000), max_size=40), st.booleans())
def test_the_lock_opens_exactly_at_the_time_it_names(ages: list[int], by_account: bool) -> None:
    buckets = (ago(*ages), []) if by_account else ([], ago(*ages))
    until = locked_until(*buckets, NOW)
    limit = ACCOUNT_LIMIT if by_account else ADDRESS_LIMIT
    assert (until is not None) == (sum(age < 900 for age in ages) >= limit)
    if until is not None:
        assert until > NOW
        assert locked_until(*buckets, until) is None
        assert locked_until(*buckets, until - TICK) is not None
