"""What a programme file says, in the field's terms, with our defaults where its source is silent.

Every number that differs between programmes comes from here, and from nowhere else. ``null`` in a file means the source is silent;
the default that applies then is listed in ``ours`` so that screens can mark it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from carbonlearn.catalogue.rules.exam_day import ExamDay, exam_day_of
from carbonlearn.catalogue.rules.ours import Ours, ours_of
from carbonlearn.catalogue.rules.study_limits import StudyLimits, study_limits_of
from carbonlearn.core.errors import NotFound

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Track:
    """A job type at a level: what a person enrols for. ``job_type`` is empty where a level is not split by job type."""

    job_type: str
    level: str
    name: str
    en: str
    level_name: str
    level_en: str
    occupation_job_type: str | None
    occupation_level: str | None


@dataclass(frozen=True, slots=True)
class CourseSpec:
    """A course as the programme lists it, in its group: public or specialised."""

    slug: str
    title: str
    en: str
    group: str


@dataclass(frozen=True, slots=True)
class TypeSplit:
    """How many items of a type a paper has, and how many hundredths of a point each is worth."""

    type: str
    count: int
    points: int


@dataclass(frozen=True, slots=True)
class PaperSpec:
    """One examination of the programme. Points are hundredths, the duration seconds."""

    slug: str
    name: str
    en: str
    split: tuple[TypeSplit, ...]
    item_count: int
    total_points: int
    pass_points: int
    duration_seconds: int
    kind: str = "unified"  # unified | theory | skill


@dataclass(frozen=True, slots=True)
class RetakeSpec:
    """How often one may try again without paying, and within how many months of the released failure."""

    free_attempts: int
    window_months: int
    fee_minor: int | None


class ProgrammeRules:
    """The rules of one version of a programme. ``data`` is the file, ``defaults`` ours, ``weights`` the national weight tables."""

    def __init__(
        self, data: Mapping[str, Any], defaults: Mapping[str, Any], weights: Mapping[str, Any]
    ) -> None:
        self.data = data
        self._defaults = defaults
        self._weights = weights

    @property
    def key(self) -> str:
        return str(self.data["key"])

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def en(self) -> str:
        return str(self.data["en"])

    @property
    def demonstration(self) -> bool:
        return bool(self.data.get("demonstration", False))

    @property
    def enrols(self) -> bool:
        """Whether anybody can enrol: a training programme, and not a standard that is rules of reference alone."""
        return bool(self.data["kind"] == "training_programme")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.data["timezone"])

    @property
    def calendar(self) -> Mapping[str, Any]:
        """The file's ``exam_calendar`` as it stands."""
        found: Mapping[str, Any] = self.data["exam_calendar"]
        return found

    # -- class hours ------------------------------------------------------------------------------------------------

    @property
    def minutes_per_class_hour(self) -> int:
        return int(self.data["hours"]["minutes_per_class_hour"]["default"])

    def threshold_class_hours(self, level: str) -> int | None:
        """Class hours needed before the exam: the number stated, a range's lower end, or None when no number is given."""
        hours = self.data["hours"]
        if hours["threshold"] is not None:
            return int(hours["threshold"])
        if hours["by_level"]:
            return int(hours["by_level"][level])
        return int(hours["range"]["min"]) if hours["range"] else None

    def threshold_seconds(self, level: str) -> int | None:
        """The same in seconds; None means that completing every required course is what counts."""
        needed = self.threshold_class_hours(level)
        return None if needed is None else needed * self.minutes_per_class_hour * SECONDS_PER_MINUTE

    def require_all_courses(self, level: str) -> bool:
        """Whether every course must be completed: as stated; silent means only where no number of hours is given (ours)."""
        stated = self.data["hours"]["require_all_courses"]
        return self.threshold_class_hours(level) is None if stated is None else bool(stated)

    def access_until(self, opened_at: datetime) -> datetime:
        """When access ends: the same wall time after the programme's period, in its zone."""
        period = self.data["access"]["period"] or {"value": self._defaults["access_months"], "unit": "month"}
        return add_period(opened_at, int(period["value"]), str(period["unit"]), self.zone)

    @property
    def default_access_months(self) -> int:
        """Our period of access, in months, for a programme that states none."""
        return int(self._defaults["access_months"])

    @cached_property
    def study(self) -> StudyLimits:
        """The limits of earning study time."""
        return study_limits_of(self.data, self._defaults)

    # -- tracks and courses -----------------------------------------------------------------------------------------

    def tracks(self) -> list[Track]:
        """Every job type at every level that the programme has, lowest level first."""
        found: list[Track] = []
        for level in sorted(self.data["levels"], key=lambda entry: entry["ordinal"]):
            names = level["job_types"] if level["split_by_job_type"] else [""]
            found.extend(self._track(slug, level) for slug in names)
        return found

    def track(self, job_type: str, level: str) -> Track:
        """One track. Raises NotFound when the programme has no such job type at that level."""
        for track in self.tracks():
            if (track.job_type, track.level) == (job_type, level):
                return track
        raise NotFound("TRACK_NOT_FOUND", job_type=job_type, level=level)

    def _track(self, slug: str, level: Mapping[str, Any]) -> Track:
        jobs = {job["slug"]: job for job in self.data["job_types"]}
        job = jobs.get(slug, {"name": level["name"], "en": level["en"], "occupation_job_type": None})
        return Track(
            job_type=slug,
            level=level["code"],
            name=job["name"],
            en=job["en"],
            level_name=LEVEL_NAMES.get(level["code"], level["name"])[0] if slug else "",
            level_en=LEVEL_NAMES.get(level["code"], ("", level["en"]))[1] if slug else "",
            occupation_job_type=job["occupation_job_type"],
            occupation_level=level["occupation_level"],
        )

    def courses(self, job_type: str) -> list[CourseSpec]:
        """Public courses first, then those of the job type, in the order printed."""
        groups = [("public", self.data["courses"]["public"])]
        groups += [
            ("specialised", group)
            for group in self.data["courses"]["specialised"]
            if group["job_type"] == job_type
        ]
        return [
            CourseSpec(course["slug"], course["title"], course["en"], group)
            for group, listed in groups
            for course in listed["items"]
        ]

    # -- papers -----------------------------------------------------------------------------------------------------

    def papers(self, level: str) -> list[PaperSpec]:
        """The examinations of a level that have a split; an oral defence has none."""
        return [
            self._paper(paper)
            for paper in self.data["papers"]
            if level in paper["levels"] and self._split(paper)
        ]

    def examinations(self, level: str) -> dict[str, PaperSpec]:
        """What a level is examined in, by the key that windows, places and entitlements bear: the first has the empty one, each other
        its slug. A level that has one examination therefore needs no name for it."""
        return {spec.slug if place else "": spec for place, spec in enumerate(self.papers(level))}

    def examination_key(self, slug: str) -> str:
        """The key of an examination named by its slug: empty where it is the first of every level that has it."""
        later = any(slug in self.examinations(level["code"]) for level in self.data["levels"])
        return slug if later else ""

    @cached_property
    def all_examinations(self) -> dict[str, PaperSpec]:
        """Every examination of the programme by its key, each as the first level that has it describes it."""
        found: dict[str, PaperSpec] = {}
        for level in self.data["levels"]:
            found = self.examinations(level["code"]) | found
        return found

    def examination_of_session(self, session: str) -> str:
        """The key of what is examined in a session of the calendar; the first examination where the session names none."""
        stated = self.calendar.get("sessions") or ()
        return self.examination_key(
            next((one.get("paper", "") for one in stated if one["slug"] == session), "")
        )

    def is_judged_elsewhere(self, level: str) -> bool:
        """Whether a level asks for something besides its written examinations, as an oral defence, that is not held here."""
        return any(level in paper["levels"] and not self._split(paper) for paper in self.data["papers"])

    def paper(self, level: str) -> PaperSpec:
        """The level's (first) written paper. Raises NotFound when it has none."""
        return self.paper_named(level, "")

    def _split(self, paper: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return list(self._defaults["splits"].get(f"{self.key}/{paper['slug']}", []))

    def _paper(self, paper: Mapping[str, Any]) -> PaperSpec:
        split = tuple(
            TypeSplit(row["type"], row["count"], hundredths(row["points"])) for row in self._split(paper)
        )
        minutes = paper["duration"]["minutes"] or self._defaults["duration_minutes"]
        return PaperSpec(
            slug=paper["slug"],
            name=paper["name"],
            en=paper["en"],
            split=split,
            item_count=sum(row.count for row in split),
            total_points=(paper["total_points"] or self._defaults["total_points"]) * 100,
            pass_points=(paper["pass_mark"] or self._defaults["pass_mark"]) * 100,
            duration_seconds=minutes * SECONDS_PER_MINUTE,
            kind=paper["kind"],
        )

    def paper_named(self, level: str, slug: str) -> PaperSpec:
        """One written paper of a level; without a name the first. Raises NotFound."""
        for spec in self.papers(level):
            if slug in ("", spec.slug):
                return spec
        raise NotFound("PAPER_NOT_FOUND", level=level, paper=slug)

    def weights(self, track: Track, kind: str = "unified") -> tuple[tuple[str, int], ...]:
        """Functions and their percent for a track, by the national tables: those of skill for a skill paper, else those of theory;
        empty where the tables have no such track."""
        wanted = "skill" if kind == "skill" else "theory"
        for table in self._weights["tables"]:
            same = (
                table["job_type"] == track.occupation_job_type and track.occupation_level in table["levels"]
            )
            if table["kind"] == wanted and same and track.occupation_level:
                rows = (
                    (row["function"], row["percent"].get(track.occupation_level)) for row in table["rows"]
                )
                return tuple((function, int(percent)) for function, percent in rows if percent)
        return ()

    @property
    def drawing(self) -> Mapping[str, Any]:
        """How items are chosen, beyond counts and weights, while nobody has edited the blueprint: our defaults."""
        found: Mapping[str, Any] = self._defaults["drawing"]
        return found

    @property
    def answers_from(self) -> str:
        """From when the answer book may be printed: start or end of the exam, or sealed (as early as the paper)."""
        stated = self.data.get("printing") or self._defaults["printing"]
        return str(stated["answers_from"])

    @property
    def retake(self) -> RetakeSpec:
        stated = self.data["retake"]
        window = stated["window"] or {"value": self._defaults["retake_window_months"], "unit": "month"}
        fee = stated["fee"]
        return RetakeSpec(
            stated["free_attempts"] or 0, int(window["value"]), fee["amount"] * 100 if fee else None
        )

    # -- fees and certificate ---------------------------------------------------------------------------------------

    def fees(self, level: str) -> list[Mapping[str, Any]]:
        """Fees of a level by category, in whole units of the currency."""
        return [fee for fee in self.data["fees"]["items"] if fee["level"] == level]

    @property
    def certificate_name(self) -> tuple[str, str]:
        certificate = self.data["certificate"]
        return (certificate["name"] or self.name, certificate["en"] or self.en)

    @property
    def issuers(self) -> list[Mapping[str, Any]]:
        """Who issues the certificate; the programme's issuer where the source names none (ours)."""
        return list(self.data["certificate"]["issuers"]) or [self.data["issuer"]]

    # -- what is ours -----------------------------------------------------------------------------------------------

    @property
    def exam_day(self) -> ExamDay:
        """The limits of check-in, entry and marking."""
        return exam_day_of(self.data, self._defaults)

    @cached_property
    def ours(self) -> list[Ours]:
        """The defaults of ours that apply to this programme, for screens to show."""
        return ours_of(self.data, self._defaults)


LEVEL_NAMES = {
    "5": ("五级", "Level 5"),
    "4": ("四级", "Level 4"),
    "3": ("三级", "Level 3"),
    "2": ("二级", "Level 2"),
    "1": ("一级", "Level 1"),
    "junior": ("初级", "Junior"),
    "intermediate": ("中级", "Intermediate"),
    "senior": ("高级", "Senior"),
}


def course_slugs(data: Mapping[str, Any]) -> set[str]:
    """The slug of every course that a programme file lists, public and specialised."""
    groups = [data["courses"]["public"], *data["courses"]["specialised"]]
    return {course["slug"] for group in groups for course in group["items"]}


def hundredths(points: str) -> int:
    """Points as written ("1.5") in hundredths (150). Raises ValueError for finer parts."""
    value = Decimal(points) * 100
    if value != int(value):
        raise ValueError(f"points finer than a hundredth: {points}")
    return int(value)


def add_period(start: datetime, value: int, unit: str, zone: ZoneInfo) -> datetime:
    """``value`` days, weeks, months or years after ``start``, at the same wall time; a day that a month lacks becomes its last."""
    local = start.astimezone(zone)
    if unit in ("day", "week"):
        days = value * (7 if unit == "week" else 1)
        moved = date.fromordinal(local.date().toordinal() + days)
    else:
        moved = _add_months(local.date(), value * (12 if unit == "year" else 1))
    return datetime.combine(moved, local.time(), zone).astimezone(start.tzinfo)


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    next_year, next_month = divmod(year * 12 + month + 1, 12)
    last = date.fromordinal(date(next_year, next_month + 1, 1).toordinal() - 1).day
    return date(year, month + 1, min(day.day, last))
