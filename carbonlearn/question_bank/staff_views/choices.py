"""What the bank's forms and filters offer: tracks of the framework, lessons."""

from __future__ import annotations

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import rungs
from carbonlearn.web.i18n import pick


def track_choices(only: tuple[str, str] | None = None) -> list[tuple[str, str]]:
    """(value, words) of every job type and level, what is common to all first; or of one alone."""
    return [
        (f"{rung.job_type}|{rung.level}", f"{pick(*rung.name)} · {pick(*rung.level_name)}")
        for key, rung in rungs().items()
        if only is None or key == only
    ]


def lesson_choices() -> list[tuple[str, str]]:
    """(slug, words) of every lesson."""
    return [
        (row.slug, f"{row.slug} {pick(row.lesson.title, row.lesson.en)}")
        for row in catalogue.desk_lessons()
        if row.lesson
    ]
