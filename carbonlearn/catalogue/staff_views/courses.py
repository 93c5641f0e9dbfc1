"""The courses of a programme and the lessons in each: order, adding, taking out, opening to everybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.catalogue import forms, queries, services
from carbonlearn.catalogue.models import LessonPlacement
from carbonlearn.catalogue.rules.programme import CourseSpec, ProgrammeRules
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import htmx, messages
from carbonlearn.web.guard import requires

bp = Blueprint("courses_desk", __name__, url_prefix="/desk/lessons/courses")

messages.register(
    {
        "PLACEMENT_NOT_FOUND": _l("这一讲已经不在这门课里了。"),
        "COURSE_UNKNOWN": _l("这个项目没有这门课。"),
        "COURSE_NOT_FOUND": _l("这个项目没有这门课。"),
    }
)


@bp.get("/<key>")
@requires(Permission.LESSON_READ)
def index(key: str) -> str:
    """The courses with what their lessons can earn, and where that is less than a level needs."""
    rules = queries.current_rules(key, g.now)
    rows = queries.lesson_rows(key)
    lengths: dict[str, int] = {}
    for row in rows:
        lengths[row.course_slug] = lengths.get(row.course_slug, 0) + row.length_ms
    return render_template(
        "catalogue/desk_courses.html",
        rules=rules,
        groups=_groups(rules),
        lengths=lengths,
        counts={slug: sum(row.course_slug == slug for row in rows) for slug in lengths},
        short=_short(rules, lengths),
        programmes=queries.programmes(),
    )


def _groups(rules: ProgrammeRules) -> list[tuple[str, list[CourseSpec]]]:
    """Public courses first, then the specialised ones of each job type; every course once."""
    found: dict[str, list[CourseSpec]] = {}
    seen: set[str] = set()
    for job in rules.data["job_types"]:
        for course in rules.courses(job["slug"]):
            if course.slug not in seen:
                seen.add(course.slug)
                found.setdefault("public" if course.group == "public" else job["slug"], []).append(course)
    return list(found.items())


def _short(rules: ProgrammeRules, lengths: dict[str, int]) -> list[dict[str, Any]]:
    """The tracks whose lessons can earn less than their level needs, in milliseconds."""
    found = []
    for track in rules.tracks():
        needed = rules.threshold_seconds(track.level)
        earnable = sum(lengths.get(course.slug, 0) for course in rules.courses(track.job_type))
        if needed is not None and earnable < needed * 1000:
            found.append({"track": track, "needed": needed, "earnable": earnable // 1000})
    return found


@bp.get("/<key>/<course_slug>")
@requires(Permission.LESSON_READ)
def show(key: str, course_slug: str) -> str:
    rules = queries.current_rules(key, g.now)
    return render_template(
        "catalogue/desk_course.html",
        rules=rules,
        course=_course(rules, course_slug),
        rows=queries.course_lessons(key, course_slug),
        placeable=queries.placeable(key),
        short=_short(rules, _lengths(key)),
    )


def _lengths(key: str) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for row in queries.lesson_rows(key):
        lengths[row.course_slug] = lengths.get(row.course_slug, 0) + row.length_ms
    return lengths


def _course(rules: ProgrammeRules, course_slug: str) -> CourseSpec:
    for _group, courses in _groups(rules):
        for course in courses:
            if course.slug == course_slug:
                return course
    raise NotFound("COURSE_NOT_FOUND", course=course_slug)


@bp.post("/<key>/<course_slug>/lessons")
@requires(Permission.LESSON_PUBLISH)
def place(key: str, course_slug: str) -> Response:
    """Put a published lesson at the end of the course."""
    forms.only(request.form, "lesson")
    with unit_of_work():
        services.placements.place(key, course_slug, request.form.get("lesson", ""), actor=g.actor, now=g.now)
    flash(_("已加到这门课的末尾。"), "ok")
    return htmx.go(url_for("courses_desk.show", key=key, course_slug=course_slug))


@bp.post("/placements/<placement_id>/move")
@requires(Permission.LESSON_PUBLISH)
def move(placement_id: str) -> Response:
    forms.only(request.form, "direction")
    with unit_of_work():
        row = services.placements.move(
            placement_id, request.form.get("direction", ""), actor=g.actor, now=g.now
        )
        home = _home(row)
    return htmx.go(f"{home}#{placement_id}")


@bp.post("/placements/<placement_id>/removal")
@requires(Permission.LESSON_PUBLISH)
def take_out(placement_id: str) -> Response:
    forms.only(request.form)
    with unit_of_work():
        home = _home(services.placements.take_out(placement_id, actor=g.actor, now=g.now))
    flash(_("已从这门课拿掉；学员在这一讲得到的学时不变。"), "ok")
    return htmx.go(home)


@bp.post("/placements/<placement_id>/trial")
@requires(Permission.LESSON_PUBLISH)
def trial(placement_id: str) -> Response:
    """Open the lesson to everybody, or close it again."""
    forms.only(request.form, "trial")
    on = request.form.get("trial") == "on"
    with unit_of_work():
        home = _home(services.placements.set_trial(placement_id, on, actor=g.actor, now=g.now))
    flash(_("已设为试听，没有账号的人也能看。") if on else _("不再是试听课。"), "ok")
    return htmx.go(f"{home}#{placement_id}")


def _home(row: LessonPlacement) -> str:
    return url_for("courses_desk.show", key=row.programme_key, course_slug=row.course_slug)
