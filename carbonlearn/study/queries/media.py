"""Who may fetch a file of a lesson."""

from __future__ import annotations

from sqlalchemy import select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import MediaFile
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db


def fetchable(media_id: str, actor: Actor | None) -> MediaFile:
    """The file, for authors; for learners of a track that has had a lesson showing it; and for anybody while such a lesson is on trial.

    Raises NotFound otherwise, as for a file that does not exist.
    """
    found = catalogue.media_file(media_id)
    if actor is not None and actor.may(Permission.LESSON_READ):
        return found
    lessons = set(catalogue.showing_lessons(media_id))
    if lessons and ((actor is not None and _studies(actor, lessons)) or catalogue.is_on_trial(lessons)):
        return found
    raise NotFound("MEDIA_NOT_FOUND")


def _studies(actor: Actor, lessons: set[str]) -> bool:
    """Whether one of these lessons is in a track of the actor's whose account was opened."""
    places = db.session.execute(
        select(Enrolment.programme_key, Enrolment.programme_version_id, Enrolment.job_type).where(
            Enrolment.user_id == actor.user_id, Enrolment.access_from.is_not(None)
        )
    )
    for programme_key, version_id, job_type in places:
        taught = {course.slug for course in catalogue.rules_of(version_id).courses(job_type)}
        if any(
            row.id in lessons and row.course_slug in taught for row in catalogue.lesson_rows(programme_key)
        ):
            return True
    return False
