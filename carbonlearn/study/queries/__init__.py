"""Reading study: the ledger, the places where one may study, the progress that pages show."""

from carbonlearn.study.queries.ledger import (
    completed_before,
    coverage,
    credited_by_course,
    credited_by_lesson,
    credited_by_lesson_until,
    credited_ms,
    daily_ms,
    last_lesson_id,
    last_position,
    learner_ms_between,
    lesson_ms,
    replay,
    voided_ms,
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
from carbonlearn.study.queries.presence import (
    candidates,
    held_check,
    item_of,
    last_asked_item,
    lesson_asked_about,
    own_check,
    presence_of,
    studied_ground,
)
from carbonlearn.study.queries.progress import (
    CourseProgress,
    LessonProgress,
    PartProgress,
    courses_of,
    parts_of,
)
from carbonlearn.study.queries.refusals import refused_by_lesson
from carbonlearn.study.queries.reviews import (
    ReviewRow,
    facts_of,
    raised,
    review_count,
    review_of,
    reviews,
    studied_since,
)

__all__ = [
    "ACTIVE", "CourseProgress", "LessonProgress", "PartProgress", "Place", "ReviewRow", "candidates", "completed_before", "courses_of",
    "coverage", "credited_by_course", "credited_by_lesson", "credited_by_lesson_until", "credited_ms", "daily_ms", "facts_of",
    "held_check", "is_access_open", "item_of", "last_asked_item", "last_lesson_id", "last_position", "learner_ms_between",
    "lesson_asked_about", "lesson_ms",
    "open_span", "own_check", "own_session", "parts_of", "place_of", "presence_of", "raised", "refused_by_lesson", "replay",
    "review_count", "review_of", "reviews", "silent_session_ids", "studied_enrolments", "studied_ground", "studied_since",
    "track_lessons", "voided_ms",
]  # fmt: skip
