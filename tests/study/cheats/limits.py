"""Cheats with the day's cap and with quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.study.cheats.catalogue import cheat
from tests.study.cheats.stage import Stage

CAP: dict[str, Any] = {"daily_cap_hours": 1}
CAP_MS = 3_600_000
MINUTES = 60
QUIET: dict[str, Any] = {"quiet_hours": {"from": "23:00", "until": "06:00"}}
ZONE = ZoneInfo("Asia/Shanghai")


def until_wall_time(stage: Stage, wall: time) -> None:
    """Let the clock of the place come round to this time of day, today or tomorrow."""
    now = stage.clock.now().astimezone(ZONE)
    then = datetime.combine(now.date(), wall, ZONE)
    stage.clock.set((then if then > now else then + timedelta(days=1)).astimezone(UTC))


def fills_the_day(stage: Stage) -> None:
    """The honest learner under a cap of an hour: follows for an hour and five minutes, and is paid the hour."""
    until_wall_time(stage, time(9))
    stage.phone.open(stage.lesson)
    stage.phone.go_on(65, seconds=MINUTES)


@cheat(
    "past the day's cap",
    elsewhere="limits kept by the page, or for each lesson and device by itself",
    tries="goes on past the cap in the same session, in another lesson, on another device and in another enrolment",
    limits=CAP,
    honest=fills_the_day,
    pays=3600,
    length_ms=3 * CAP_MS,
)
def past_the_cap(stage: Stage) -> None:
    until_wall_time(stage, time(9))
    stage.phone.open(stage.lesson)
    assert stage.phone.go_on(60, seconds=MINUTES)["reason"] == "daily_cap"
    programme, place = stage.add_place(CAP)
    third = stage.add_lesson(programme=programme)
    with stage.nobody():
        stage.phone.go_on(2)
        for lesson, more in ((stage.add_lesson(), {}), (stage.lesson, {}), (third, {"enrolment": place})):
            tablet = stage.add_phone()
            assert tablet.open(lesson, **more)["reason"] == "daily_cap"
            tablet.at = CAP_MS
            tablet.go_on(2)


@cheat(
    "the cap at midnight",
    elsewhere="a day's limit that began anew for a session kept open over midnight, before midnight had come",
    tries="fills the cap before midnight and claims the minutes before midnight with the first beat after it",
    limits=CAP,
    honest=fills_the_day,
    pays=3600,
    length_ms=3 * CAP_MS,
)
def cap_at_midnight(stage: Stage) -> None:
    until_wall_time(stage, time(22, 58))
    stage.phone.open(stage.lesson)
    stage.phone.go_on(60, seconds=MINUTES)  # to 23:58: the cap
    with stage.nobody():
        stage.phone.go_on(5)  # to 23:59:40, nothing
        stage.phone.tell(CAP_MS + 100_000, 2 * CAP_MS, after=20)  # the stroke of midnight
    stage.phone.at = CAP_MS + 100_000
    stage.phone.go_on(60, seconds=MINUTES)
    with stage.nobody():
        stage.phone.go_on(2)


def follows_until_the_quiet(stage: Stage) -> None:
    """The honest learner before quiet hours: a hundred seconds to eleven o'clock, and some after."""
    until_wall_time(stage, time(22, 58, 20))
    stage.phone.open(stage.lesson)
    stage.phone.watch(140)


@cheat(
    "in quiet hours",
    elsewhere="scripts left running overnight",
    tries="goes on through the beginning of quiet hours, opens anew within them, and claims the night in the morning",
    limits=QUIET,
    honest=follows_until_the_quiet,
)
def quiet_hours(stage: Stage) -> None:
    until_wall_time(stage, time(22, 58, 20))
    stage.phone.open(stage.lesson)
    stage.phone.go_on(5)
    with stage.nobody():
        stage.phone.go_on(4)
        assert stage.add_phone().open(stage.lesson)["reason"] == "quiet_hours"
        stage.phone.open(stage.lesson)
        stage.phone.at = 100_000
        stage.phone.go_on(3)
        until_wall_time(stage, time(5, 59, 40))
        stage.phone.tell(100_000, 600_000)
        stage.phone.tell(100_000, 600_000, after=20)
