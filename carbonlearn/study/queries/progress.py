"""Progress as pages show it: courses with their lessons, and the parts of one lesson. All amounts are milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import LessonVersion
from carbonlearn.catalogue.queries import LessonRow
from carbonlearn.catalogue.rules.programme import CourseSpec
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.study.queries.ledger import completed_before, credited_by_lesson
from carbonlearn.study.queries.places import track_lessons
from carbonlearn.study.rules.completion import is_complete
from carbonlearn.study.rules.ground import Stretch


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """A lesson and what of it was credited."""

    row: LessonRow
    credited_ms: int
    completion_percent: int
    was_complete: bool = False  # in a version that has been revised since

    @property
    def complete(self) -> bool:
        return self.was_complete or is_complete(self.credited_ms, self.row.length_ms, self.completion_percent)

    @property
    def state(self) -> str:
        """done, begun or new, as the list marks it."""
        return "done" if self.complete else "begun" if self.credited_ms else "new"


@dataclass(frozen=True, slots=True)
class CourseProgress:
    """A course of the track with its lessons; one without lessons cannot earn yet."""

    course: CourseSpec
    lessons: tuple[LessonProgress, ...]

    @property
    def credited_ms(self) -> int:
        return sum(lesson.credited_ms for lesson in self.lessons)

    @property
    def length_ms(self) -> int:
        return sum(lesson.row.length_ms for lesson in self.lessons)

    @property
    def complete(self) -> bool:
        return bool(self.lessons) and all(lesson.complete for lesson in self.lessons)

    @property
    def state(self) -> str:
        """done, begun, new, or unwritten where no lesson stands yet."""
        if not self.lessons:
            return "unwritten"
        return "done" if self.complete else "begun" if self.credited_ms else "new"


@dataclass(frozen=True, slots=True)
class PartProgress:
    """A part of a lesson's outline: where it lies, and what of it is covered. A film is number 0; the text beside it has no length."""

    number: int
    title: str
    anchor: str
    from_ms: int
    to_ms: int
    spans: tuple[Stretch, ...]

    @property
    def length_ms(self) -> int:
        return self.to_ms - self.from_ms

    @property
    def credited_ms(self) -> int:
        return sum(end - start for start, end in self.spans)


def courses_of(enrolment: Enrolment) -> list[CourseProgress]:
    """The courses of the enrolment's track with credit, in order; three statements, however many courses there are."""
    credited = credited_by_lesson(enrolment.id)
    rules = catalogue.rules_of(enrolment.programme_version_id)
    percent = rules.study.completion_percent
    before = completed_before(enrolment.id, percent)
    lessons = {
        slug: tuple(LessonProgress(row, credited.get(row.id, 0), percent, row.id in before) for row in rows)
        for slug, rows in groupby(track_lessons(enrolment), key=lambda row: row.course_slug)
    }
    return [
        CourseProgress(course, lessons.get(course.slug, ())) for course in rules.courses(enrolment.job_type)
    ]


def is_recording(version: LessonVersion) -> bool:
    """Whether the lesson is a film or a sound; the pages of slides are media as well, but every one of them is a part."""
    return "seconds" in version.media


def parts_of(version: LessonVersion, ground: list[Stretch]) -> list[PartProgress]:
    """The outline of a lesson with the ground covered in each part."""
    return [
        PartProgress(
            number=number,
            title=part["title"],
            anchor=part["anchor"],
            from_ms=part["from_ms"],
            to_ms=part["to_ms"],
            spans=tuple(_within(ground, part["from_ms"], part["to_ms"])),
        )
        for number, part in enumerate(version.outline, 0 if is_recording(version) else 1)
    ]


def _within(ground: list[Stretch], start: int, end: int) -> list[Stretch]:
    return [(max(start, a), min(end, b)) for a, b in ground if a < end and b > start]
