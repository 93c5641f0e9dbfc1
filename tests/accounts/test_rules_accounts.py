from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.accounts.rules.lockout import LIMITS, SPAN, Bucket, decide
from carbonlearn.accounts.rules.password import COMMON, SHORTEST, fold, may_use

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("紫荆花开在五月的江边", ()),
        ("tricky-otter-48", ()),
        ("", ("password_too_short", "password_common")),
        ("k3#vR9!qz", ("password_too_short",)),
        ("1234567890", ("password_common",)),
        ("Woaini5201314", ("password_common",)),
        ("ＱＷＥＲＴＹＵＩＯＰ", ("password_common",)),
        ("ababababababab", ("password_common",)),
        ("lin.zhiyuan", ("password_own",)),
        ("nauyihz.nil", ("password_own",)),
        ("Lin.Zhiyuan1!", ("password_own",)),
        ("lin.zhiyuan rides a green bus", ()),
        ("13800138000x", ("password_own",)),
        ("x" * 100 + "yz" * 15, ("password_too_long",)),
    ],
)
def test_a_password_is_allowed_or_every_fault_is_named(password: str, codes: tuple[str, ...]) -> None:
    assert may_use(password, ["lin.zhiyuan", "林志远", "13800138000"]).codes == codes


def test_the_list_of_common_passwords_holds_only_what_the_length_lets_through() -> None:
    assert [word for word in COMMON if fold(word) != word] == []
    assert sum(len(word) < SHORTEST for word in COMMON) == 0


@given(st.sampled_from(sorted(COMMON)), st.booleans())
def test_no_common_password_is_allowed_in_either_case(word: str, upper: bool) -> None:
    assert "password_common" in may_use(word.upper() if upper else word).codes


def ago(*seconds: int) -> list[datetime]:
    return [NOW - timedelta(seconds=second) for second in seconds]


def test_the_fifth_failure_locks_the_account_until_the_first_is_old() -> None:
    assert decide({Bucket.ACCOUNT: ago(800, 60, 30, 10)}, NOW).decision
    locked = decide({Bucket.ACCOUNT: ago(10, 800, 60, 30, 20)}, NOW)
    assert locked.decision.codes == ("locked_account",)
    assert locked.retry_at == NOW + timedelta(seconds=100)
    assert decide({Bucket.ACCOUNT: ago(900, 60, 30, 20, 10)}, NOW).decision


def test_a_classroom_behind_one_address_has_thirty() -> None:
    assert decide({Bucket.ADDRESS: ago(*range(29))}, NOW).decision
    both = decide({Bucket.ADDRESS: ago(*range(30)), Bucket.ACCOUNT: ago(1, 1, 1, 1, 1)}, NOW)
    assert both.decision.codes == ("locked_account", "locked_address")
    assert both.retry_at == NOW + SPAN - timedelta(seconds=1)


@given(st.lists(st.integers(0, 1000), max_size=40), st.sampled_from(Bucket))
def test_the_lock_opens_exactly_at_the_time_it_names(ages: list[int], bucket: Bucket) -> None:
    failures = {bucket: ago(*ages)}
    result = decide(failures, NOW)
    assert result.decision.allowed == (sum(age < 900 for age in ages) < LIMITS[bucket])
    if result.retry_at is not None:
        assert result.retry_at > NOW
        assert decide(failures, result.retry_at).decision
        assert not decide(failures, result.retry_at - TICK).decision
