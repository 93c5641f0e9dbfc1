"""The limits of earning study time: what a programme file states, else our defaults.

Source: domain paper, "Credited study time", rules 4 and 5, and "Everything that differs between programmes is data with dates".
No programme's document states these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MS_A_SECOND = 1_000
MS_AN_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class StudyLimits:
    """How far apart presence checks fall due (whole seconds of credit, from and to), the day's cap in milliseconds (None: none), the
    quiet hours as two wall times (None: none), and the percentage covered at which a lesson is complete.
    """

    presence_seconds: tuple[int, int]
    daily_cap_ms: int | None
    quiet_hours: tuple[str, str] | None
    completion_percent: int


def study_limits_of(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> StudyLimits:
    """The limits that hold for a programme version."""
    held = {**defaults["study"], **(data.get("study") or {})}
    low, high = held["presence_seconds"]
    cap, quiet = held["daily_cap_hours"], held["quiet_hours"]
    return StudyLimits(
        presence_seconds=(int(low), int(high)),
        daily_cap_ms=None if cap is None else int(cap) * MS_AN_HOUR,
        quiet_hours=None if quiet is None else (str(quiet["from"]), str(quiet["until"])),
        completion_percent=int(held["completion_percent"]),
    )


def ours_of_study(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Field, Chinese and English of every limit that is ours because the programme does not state it."""
    stated, ours = data.get("study") or {}, defaults["study"]
    if "presence_seconds" not in stated:
        low, high = (_minutes(seconds) for seconds in ours["presence_seconds"])
        yield (
            "study.presence_seconds",
            f"每计入 {low} 至 {high} 分钟随堂核验一次",
            f"a presence question after every {low} to {high} minutes credited",
        )
    if "daily_cap_hours" not in stated and ours["daily_cap_hours"] is not None:
        hours = ours["daily_cap_hours"]
        yield "study.daily_cap_hours", f"每天最多计入 {hours} 小时", f"at most {hours} hours credited a day"
    if "quiet_hours" not in stated:
        yield _ours_of_quiet(ours["quiet_hours"])
    if "completion_percent" not in stated:
        percent = ours["completion_percent"]
        yield (
            "study.completion_percent",
            f"一讲计入 {percent}% 即算学完",
            f"a lesson is complete when {percent} % of it is credited",
        )


def _ours_of_quiet(quiet: Mapping[str, str] | None) -> tuple[str, str, str]:
    if quiet is None:
        return "study.quiet_hours", "夜间也可以计入", "study counts at night as well"
    begin, end = quiet["from"], quiet["until"]
    return "study.quiet_hours", f"{begin} 至 {end} 不计入", f"nothing is credited from {begin} to {end}"


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:g}"
