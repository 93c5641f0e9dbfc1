"""The defaults of ours that apply to a programme because its source is silent, in words for screens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carbonlearn.catalogue.rules.exam_day import ours_of_exam_day
from carbonlearn.catalogue.rules.study_limits import ours_of_study


@dataclass(frozen=True, slots=True)
class Ours:
    """A default of ours that applies because the source is silent."""

    field: str
    zh: str
    en: str


def ours_of(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[Ours]:
    """Every such default, in the order of a programme's life."""
    found = [*_of_hours(data), *_of_calendar(data, defaults), *_of_access(data, defaults)]
    found += [Ours(*entry) for entry in ours_of_exam_day(data, defaults)]
    found += [Ours(*entry) for entry in ours_of_study(data, defaults)]
    found += [Ours("papers.split", "题型与分值的分配", "how items and points split over types")]
    return [
        *found,
        Ours("papers.drawing", "试题的难度分布与重复上限", "difficulty curve and limits of repetition"),
    ]


def _of_hours(data: Mapping[str, Any]) -> Iterator[Ours]:
    stated = data["hours"]["minutes_per_class_hour"]
    if not stated["stated_in_source"]:
        minutes = int(stated["default"])
        yield Ours(
            "hours.minutes_per_class_hour",
            f"1 课时按 {minutes} 分钟计",
            f"1 class hour = {minutes} minute{'s' if minutes != 1 else ''}",
        )


def _of_calendar(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Ours]:
    calendar, demonstration = data["exam_calendar"], bool(data.get("demonstration", False))
    if not demonstration and calendar["booking_closes"] is None:
        days = defaults["booking_closes_days_before"]
        yield Ours(
            "exam_calendar.booking_closes", f"考前 {days} 天截止预约", f"booking closes {days} days before"
        )
    if not demonstration and calendar["admission_ticket"] is None:
        days = defaults["ticket_days_before"]
        yield Ours("exam_calendar.admission_ticket", f"考前 {days} 天发准考证", f"ticket {days} day before")
    if calendar["results"] is None:
        days = defaults["results_working_days"]
        yield Ours(
            "exam_calendar.results",
            f"考后 {days} 个工作日内公布成绩",
            f"results within {days} working days",
        )
    if calendar["certificate"] is None:
        days = defaults["certificate_working_days"]
        yield Ours(
            "exam_calendar.certificate",
            f"合格后 {days} 个工作日内发证",
            f"certificate within {days} working days",
        )


def _of_access(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Ours]:
    if data["access"]["period"] is None:
        months = defaults["access_months"]
        yield Ours("access.period", f"学习期 {months} 个月", f"access for {months} months")
    if data["hours"]["require_all_courses"] is None:
        yield Ours(
            "hours.require_all_courses",
            "只看课时，不要求每门都学完",
            "hours alone decide, not every course",
        )
