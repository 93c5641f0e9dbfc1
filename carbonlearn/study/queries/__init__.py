"""Reading study: the ledger, the places where one may study, the progress that pages show."""

from carbonlearn.study.queries.ledger import (
    coverage,
    credited_by_course,
    credited_by_lesson,
    credited_by_lesson_until,
    credited_ms,
    daily_ms,
    last_lesson_id,
    last_position,
    replay,
)
from carbonlearn.study.queries.places import (
    ACTIVE,
    Place,
    is_access_open,
    open_span,
    own_session,
    place_of,
    silent_session_ids,
    studied_enrolments,
    track_lessons,
)
from carbonlearn.study.queries.progress import (
    CourseProgress,
    LessonProgress,
    PartProgress,
    courses_of,
    parts_of,
)

__all__ = [
    "ACTIVE", "CourseProgress", "LessonProgress", "PartProgress", "Place", "courses_of", "coverage", "credited_by_course",
    "credited_by_lesson", "credited_by_lesson_until", "credited_ms", "daily_ms", "is_access_open", "last_lesson_id", "last_position",
    "open_span", "own_session", "parts_of", "place_of", "replay", "silent_session_ids", "studied_enrolments", "track_lessons",
]  # fmt: skip
