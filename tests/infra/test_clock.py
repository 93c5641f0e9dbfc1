from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask

from carbonlearn.factory import create_app
from carbonlearn.infra.clock import OffsetClock, SettableClock, SystemClock, stopwatch
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.ops.services import set_clock_offset
from tests.conftest import START

A_MINUTE = timedelta(minutes=1)


def test_the_machines_clock_is_aware_and_moves_on() -> None:
    clock = SystemClock()
    first = clock.now()
    assert first.utcoffset() == timedelta(0)
    assert first > START - timedelta(days=365)
    assert clock.now() >= first
    assert clock.skew == timedelta(0)


def test_a_reference_decides_over_the_machines_clock() -> None:
    clock = SystemClock(lambda: START)
    assert timedelta(0) <= clock.now() - START < A_MINUTE


def test_the_reference_is_not_asked_for_every_instant() -> None:
    looks: list[int] = []

    def reference() -> datetime:
        looks.append(1)
        return START

    clock = SystemClock(reference)
    readings = [clock.now() for _ in range(100)]
    assert len(looks) == 1
    assert readings == sorted(readings)


def test_how_far_the_machine_stands_off_is_known() -> None:
    clock = SystemClock(lambda: SystemClock().now() - timedelta(seconds=90))
    clock.now()
    assert timedelta(seconds=89) < clock.skew < timedelta(seconds=91)


def test_the_tests_clock_stands_still_until_it_is_moved() -> None:
    clock = SettableClock(START)
    assert clock.now() == clock.now() == START
    assert clock.advance(minutes=40) == clock.now() == START + timedelta(minutes=40)


def test_the_tests_clock_takes_any_zone_but_no_naive_instant() -> None:
    clock = SettableClock(START.astimezone(timezone(timedelta(hours=8))))
    assert clock.now() == START
    assert clock.now().utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="aware"):
        clock.set(datetime(2026, 11, 2))  # noqa: DTZ001 - a naive one is what is tried


def test_an_offset_clock_runs_ahead_by_what_it_is_told_each_time() -> None:
    offset = timedelta(days=1)
    clock = OffsetClock(SettableClock(START), lambda: offset)
    assert clock.now() == START + timedelta(days=1)
    offset = timedelta(days=2)
    assert clock.now() == START + timedelta(days=2)


def test_every_process_of_a_test_installation_sees_the_moved_clock(app: Flask, settings: Settings) -> None:
    first, second = create_app(settings), create_app(settings)
    before = second.extensions["carbonlearn_clock"].now()
    with first.app_context(), unit_of_work():
        set_clock_offset(timedelta(days=3))
    moved = second.extensions["carbonlearn_clock"].now() - before
    for process in (first, second):
        with process.app_context():
            database.engine.dispose()
    assert timedelta(days=3) <= moved < timedelta(days=3, minutes=1)


def test_a_stopwatch_never_runs_backwards() -> None:
    readings = [stopwatch() for _ in range(1000)]
    assert readings == sorted(readings)
