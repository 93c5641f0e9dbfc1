"""The front page: the landing page for strangers, study for learners, the desk for staff."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request, url_for
from werkzeug.wrappers import Response

from carbonlearn.catalogue.queries import programmes
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.queries import places_shown
from carbonlearn.home import queries
from carbonlearn.web.guard import public, requires
from carbonlearn.web.htmx import go

bp = Blueprint("home", __name__)


@bp.app_template_filter("class_hours_up")
def class_hours_up(seconds: int, minutes_per_class_hour: int = 45) -> str:
    """Seconds still missing as class hours, rounded up to a tenth: with what is credited it makes the whole."""
    tenths = -(-seconds * 10 // (minutes_per_class_hour * 60))
    return f"{tenths // 10}.{tenths % 10}"


@bp.get("/")
@public
def front() -> Response | str:
    if g.actor is None:
        return render_template("home/landing.html", programmes=programmes())
    if g.actor.may(Permission.DESK_OPEN) and not g.actor.may(Permission.STUDY_OWN):
        return go("/desk")
    return go(url_for("home.study"))


@bp.get("/study")
@requires(Permission.STUDY_OWN)
def study() -> str:
    home = queries.study_home(g.actor, g.now, request.args.get("enrolment"))
    if home is None:
        return render_template("home/waiting.html", places=places_shown(g.actor, None, g.now))
    groups = [tab.group for tab in home.tabs]
    default = next((tab.group for tab in home.tabs if tab.done < len(tab.courses)), next(iter(groups), ""))
    part = request.args.get("part")
    return render_template("home/study.html", home=home, part=part if part in groups else default)
