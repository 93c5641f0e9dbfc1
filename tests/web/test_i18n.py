from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.web import i18n

NINE = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
EVE = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
"""Half past midnight of the first of January 2027 in Shanghai."""


@pytest.fixture
def reading(app: Flask) -> Iterator[Callable[[str], None]]:
    """Read in a language, on 2 November 2026."""
    with app.test_request_context():
        g.now = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)

        def choose(language: str) -> None:
            g.language = language

        yield choose


@pytest.mark.parametrize(
    ("language", "shown"),
    [("zh", "11月28日（周六）09:00"), ("en", "Sat 28 Nov, 09:00")],
)
def test_an_instant_is_told_in_the_zone_of_the_programmes(
    reading: Callable[[str], None], language: str, shown: str
) -> None:
    reading(language)
    assert i18n.day_time(NINE) == shown


@pytest.mark.parametrize(("language", "shown"), [("zh", "2027年1月1日（周五）"), ("en", "Fri 1 Jan 2027")])
def test_a_day_of_another_year_carries_its_year(
    reading: Callable[[str], None], language: str, shown: str
) -> None:
    reading(language)
    assert i18n.day(EVE) == i18n.day(date(2027, 1, 1)) == shown


def test_year_and_weekday_can_be_asked_for_or_left_out(reading: Callable[[str], None]) -> None:
    reading("zh")
    assert i18n.day(NINE, year=True, weekday=False) == "2026年11月28日"
    assert i18n.day(EVE, year=False, weekday=False) == "1月1日"
    reading("en")
    assert i18n.day(NINE, weekday=False) == "28 Nov"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0"),
        (2699, "0.9"),
        (2700, "1.0"),
        (2969, "1.0"),
        (2970, "1.1"),
        (80 * 2700 - 1, "79.9"),
        (80 * 2700, "80.0"),
    ],
)
def test_class_hours_are_rounded_down(seconds: int, shown: str) -> None:
    assert i18n.class_hours(seconds) == shown


@given(st.integers(0, 10**7), st.sampled_from([40, 45, 50, 60]))
def test_class_hours_never_show_more_than_was_reached(seconds: int, minutes: int) -> None:
    shown, true = Fraction(i18n.class_hours(seconds, minutes)), Fraction(seconds, minutes * 60)
    assert shown <= true < shown + Fraction(1, 10)


@pytest.mark.parametrize(
    ("hundredths", "shown"),
    [(0, "0"), (50, "0.5"), (150, "1.5"), (6000, "60"), (10000, "100"), (8625, "86.25")],
)
def test_points_are_written_as_people_write_them(hundredths: int, shown: str) -> None:
    assert i18n.points(hundredths) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "00:00"),
        (999, "00:00"),
        (61_000, "01:01"),
        (3_599_999, "59:59"),
        (3_600_000, "1:00:00"),
        (5_400_000, "1:30:00"),
    ],
)
def test_a_duration_is_told_in_minutes_and_seconds(milliseconds: int, shown: str) -> None:
    assert i18n.minutes_seconds(milliseconds) == shown


def test_of_a_pair_of_texts_the_readers_is_taken_else_the_other(reading: Callable[[str], None]) -> None:
    reading("zh")
    assert (i18n.pick("核算", "Accounting"), i18n.pick(None, "Accounting"), i18n.pick(None, None)) == (
        "核算", "Accounting", "",
    )  # fmt: skip
    reading("en")
    assert (i18n.pick("核算", "Accounting"), i18n.pick("核算", None), i18n.pick("核算", "")) == (
        "Accounting", "核算", "核算",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "cookie", "expected"),
    [
        ("", "", "zh"),
        ("", "en", "en"),
        ("?lang=en", "", "en"),
        ("?lang=zh", "en", "zh"),
        ("?lang=fr", "en", "zh"),
    ],
)
def test_the_address_then_the_cookie_then_chinese_decide_the_language(
    app: Flask, query: str, cookie: str, expected: str
) -> None:
    headers = {"Cookie": f"lang={cookie}"} if cookie else {}
    with app.test_request_context(f"/{query}", headers=headers):
        assert i18n.language() == expected


def test_outside_a_request_the_language_is_chinese() -> None:
    assert i18n.language() == "zh"
