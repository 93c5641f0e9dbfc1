"""The Chinese calendar as rows. The only importer of ``chinese_calendar``: whoever counts working days reads the table."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from chinese_calendar.constants import Holiday as Named
from chinese_calendar.constants import holidays as public_holidays
from chinese_calendar.constants import workdays as make_up_workdays
from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.exams.models import Holiday, HolidayYear
from carbonlearn.exams.rules.days import DayKind
from carbonlearn.infra.db import db

SOURCE = "chinesecalendar 1.11.0, after the notices of the State Council"
FIRST_YEAR = 2024  # the oldest notice among the programmes
CHINESE = {entry.value: entry.chinese for entry in Named}


def load_holidays(now: datetime) -> list[int]:
    """Store every announced year from 2024 on that is not stored yet; the years added. A year that is not announced is not guessed."""
    announced = Counter(day.year for day in public_holidays if day.year >= FIRST_YEAR)
    known = set(db.session.scalars(select(HolidayYear.year)))
    added = sorted(set(announced) - known)
    for year in added:
        _store(year, public_holidays, DayKind.PUBLIC_HOLIDAY)
        _store(year, make_up_workdays, DayKind.WORKDAY)
        db.session.add(HolidayYear(year=year, source=SOURCE))
    if added:
        record("holiday:load", ("holidays", str(added[-1])), now=now, source="job", facts={"years": added})
    return added


def _store(year: int, days: dict[date, str], kind: DayKind) -> None:
    db.session.add_all(
        Holiday(day=day, kind=kind.value, name=CHINESE.get(name, name))
        for day, name in sorted(days.items())
        if day.year == year
    )
