"""The limits of an exam day and of marking: what a programme file states, else our defaults.

Source: domain paper, "Everything that differs between programmes is data with dates". No programme's document states these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

WORDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("check_in_opens_minutes", "check_in_closes_minutes"),
        "开考前 %(check_in_opens_minutes)s 分钟至开考后 %(check_in_closes_minutes)s 分钟签到",
        "check-in from %(check_in_opens_minutes)s minutes before to %(check_in_closes_minutes)s minutes after the start",
    ),
    (
        ("absent_after_minutes",),
        "开考 %(absent_after_minutes)s 分钟起不能再进入，记缺考",
        "no entry from %(absent_after_minutes)s minutes after the start, which counts as absent",
    ),
    (
        ("start_jitter_seconds",),
        "开卷时系统耽误的时间，场次结束后最多补 %(start_jitter_seconds)s 秒",
        "up to %(start_jitter_seconds)s seconds after the window's end make good what the system took to open the paper",
    ),
    (
        ("marking_tolerance_percent",),
        "两位阅卷人相差超过该题 %(marking_tolerance_percent)s% 时由第三人裁定",
        "a third marker decides where two differ by more than %(marking_tolerance_percent)s% of the item",
    ),
)  # fmt: skip

AFTER_THE_START = ("check_in_closes_minutes", "absent_after_minutes")


@dataclass(frozen=True, slots=True)
class ExamDay:
    """Check-in and entry around a window's start, the longest delay made good at its end, and how far two markers may differ."""

    check_in_opens: timedelta
    check_in_closes: timedelta
    absent_after: timedelta
    start_jitter: timedelta
    marking_tolerance_percent: int


def exam_day_of(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> ExamDay:
    """The limits that hold for a programme version."""
    held = {**defaults["exam_day"], **(data.get("exam_day") or {})}
    return ExamDay(
        check_in_opens=timedelta(minutes=held["check_in_opens_minutes"]),
        check_in_closes=timedelta(minutes=held["check_in_closes_minutes"]),
        absent_after=timedelta(minutes=held["absent_after_minutes"]),
        start_jitter=timedelta(seconds=held["start_jitter_seconds"]),
        marking_tolerance_percent=int(held["marking_tolerance_percent"]),
    )


def ours_of_exam_day(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Field, Chinese and English of every limit that is ours because the programme states none of it.

    A limit that lies after the start is said no later than the exam's own end, at which every way in closes.
    """
    stated = data.get("exam_day") or {}
    held = {**defaults["exam_day"], **stated}
    length = ((data.get("exam_calendar") or {}).get("rule") or {}).get("duration_minutes")
    if length:
        held |= {name: min(held[name], int(length)) for name in AFTER_THE_START}
    for names, zh, en in WORDS:
        if not all(name in stated for name in names):
            yield f"exam_day.{names[0]}", _filled(zh, held), _filled(en, held)


def _filled(words: str, held: Mapping[str, Any]) -> str:
    for name, value in held.items():
        words = words.replace(f"%({name})s", str(value))
    return words
