"""Trial lessons: whole lessons for whoever has no account yet. They are read or watched; nothing is credited."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.core.errors import NotFound
from carbonlearn.study.presentation import recording_of, slides_of
from carbonlearn.web.guard import public

bp = Blueprint("trial", __name__, url_prefix="/trial")


@bp.get("")
@public
def index() -> str:
    """Every trial lesson by programme; a lesson that stands in two programmes is listed in both."""
    found = [
        (one, [row for row in catalogue.lesson_rows(one.key) if row.trial]) for one in catalogue.programmes()
    ]
    return render_template("study/trial.html", programmes=[(one, rows) for one, rows in found if rows])


@bp.get("/<slug>")
@public
def lesson(slug: str) -> str:
    """A trial lesson. Raises NotFound for one that needs an account, as for one that does not exist."""
    found, version = catalogue.lesson_by_slug(slug, g.now)
    if not catalogue.is_on_trial([found.id]):
        raise NotFound("LESSON_NOT_FOUND", lesson=slug)
    return render_template(
        "study/trial_lesson.html",
        lesson=found,
        version=version,
        recording=recording_of(found.kind, version.media),
        slides=slides_of(version) if found.kind == "slides" else (),
    )
