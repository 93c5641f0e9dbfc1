"""A month of the desk's calendar: weeks of days, each with its windows and the deadlines that fall on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from carbonlearn.catalogue.queries import current_rules, programmes
from carbonlearn.core.errors import NotFound
from carbonlearn.core.windows import local_day, local_instant
from carbonlearn.exams.queries.calendar import holiday_calendar
from carbonlearn.exams.queries.windows import WindowRow, windows_between
from carbonlearn.exams.rules.days import DayKind

ZONE = "Asia/Shanghai"  # the desk's own wall; each programme's instants are shown in it
CHIPS = 3
LONGEST_LEAD = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date that follows from a window: booking_closes, ticket, results or certificates."""

    kind: str
    programme_key: str


@dataclass(slots=True)
class DayCell:
    """A day of the grid."""

    day: date
    in_month: bool
    kind: str
    holiday: str
    windows: list[WindowRow] = field(default_factory=list)
    moved_away: list[WindowRow] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)

    @property
    def chips(self) -> list[WindowRow]:
        """The windows shown in the cell; the rest is behind a link."""
        return self.windows[:CHIPS]

    @property
    def hidden(self) -> int:
        """How many windows the cell does not show."""
        return max(0, len(self.windows) - CHIPS)


@dataclass(frozen=True, slots=True)
class Month:
    """A month, Monday first, with the days around it that fill its weeks."""

    first: date
    weeks: list[list[DayCell]]
    known_year: bool

    @property
    def previous(self) -> date:
        """The first day of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date:
        """The first day of the month after."""
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def rows(self) -> list[WindowRow]:
        """Every window of the month itself, in order."""
        return [row for week in self.weeks for cell in week if cell.in_month for row in cell.windows]

    @property
    def holidays(self) -> list[DayCell]:
        """The public holidays and make-up working days of the month."""
        return [cell for week in self.weeks for cell in week if cell.in_month and cell.holiday]

    def cell(self, day: date) -> DayCell | None:
        """The day, when it is on the grid."""
        return next((cell for week in self.weeks for cell in week if cell.day == day), None)


def month_of(first: date, programme_key: str | None, now: datetime) -> Month:
    """The grid of the month that begins on ``first``, with one statement for windows and one for holidays."""
    start = first - timedelta(days=first.weekday())
    last = (first + timedelta(days=32)).replace(day=1)
    days = [start + timedelta(days=step) for step in range(-(-(last - start).days // 7) * 7)]
    holidays = holiday_calendar()
    cells = {}
    for day in days:
        found = holidays.day(day)
        listed = day in holidays.days
        cells[day] = DayCell(
            day, day.month == first.month, found.kind, (found.name or DayKind.WORKDAY) if listed else ""
        )
    rows = windows_between(
        local_instant(days[0] - LONGEST_LEAD, "00:00", ZONE),
        local_instant(days[-1] + LONGEST_LEAD, "24:00", ZONE),
        programme_key,
        now,
    )
    _fill(cells, sorted(rows, key=lambda row: (row.demonstration, row.window.starts_at)))
    weeks = [[cells[day] for day in days[at : at + 7]] for at in range(0, len(days), 7)]
    return Month(first, weeks, holidays.knows(first))


def _fill(cells: Mapping[date, DayCell], rows: list[WindowRow]) -> None:
    seen: dict[date, set[Deadline]] = defaultdict(set)
    for row in rows:
        window = row.window
        _put(cells, local_day(window.starts_at, ZONE), "windows", row)
        if window.moved_from is not None:
            _put(cells, window.moved_from, "moved_away", row)
        if window.cancelled_at is None and not row.demonstration:
            for day, kind in _dates_of(row):
                note = Deadline(kind, window.programme_key)
                if note not in seen[day]:
                    seen[day].add(note)
                    _put(cells, day, "deadlines", note)


def _put(cells: Mapping[date, DayCell], day: date, where: str, what: object) -> None:
    if day in cells:
        getattr(cells[day], where).append(what)


def _dates_of(row: WindowRow) -> list[tuple[date, str]]:
    window = row.window
    found: list[tuple[date | None, str]] = [
        (local_day(window.booking_closes_at, ZONE), "booking_closes"),
        (local_day(window.ticket_at, ZONE), "ticket"),
        (window.results_due, "results"),
        (window.certificates_due, "certificates"),
    ]
    return [(day, kind) for day, kind in found if day is not None]


def _short_english(issuer: dict[str, Any]) -> str:
    """A slug of one word is an abbreviation that people know (GDCPA); of several it is none, and the name itself is told."""
    slug = str(issuer["slug"])
    return str(issuer.get("en") or slug) if "-" in slug else slug.upper()


def issuers(now: datetime) -> dict[str, dict[str, Any]]:
    """Who issues each programme's certificate, by programme: what a narrow chip calls it."""
    found = {}
    for programme in programmes():
        try:
            issuer = current_rules(programme.key, now).data["issuer"]
        except NotFound:
            continue
        found[programme.key] = {"name": issuer["name"].split("（")[0], "en": _short_english(issuer)}
    return found
