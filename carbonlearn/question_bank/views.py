"""The presence questions of a lesson, part by part, for its author: shown within the lesson's page at the desk."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import LessonVersion
from carbonlearn.core.permissions import Permission
from carbonlearn.question_bank import queries
from carbonlearn.web import htmx
from carbonlearn.web.guard import requires

bp = Blueprint("presence_desk", __name__, url_prefix="/desk/lessons")


@bp.get("/<slug>/presence")
@requires(Permission.LESSON_READ)
def index(slug: str) -> Response:
    """Which parts of the lesson have live questions, and which have none."""
    lesson = catalogue.desk_lesson(slug)
    version = catalogue.version_in_view(lesson)
    found = queries.presence_items([slug])
    asked = {item.part for item in found}
    return htmx.render(
        "question_bank/presence.html",
        partial="question_bank/_presence.html",
        lesson=lesson,
        bare=[title for number, title in _parts(version) if number not in asked and (number or not found)],
        rows=found,
    )


def _parts(version: LessonVersion) -> list[tuple[int, str]]:
    """The parts that are studied, with the number that a question names; 0 for a recording, of which any question asks."""
    studied = [part for part in version.outline if part["to_ms"] > part["from_ms"]]
    numbers = [part["anchor"].rpartition("-")[2] for part in studied]
    return [
        (int(number) if number.isdecimal() else 0, part["title"])
        for number, part in zip(numbers, studied, strict=True)
    ]
