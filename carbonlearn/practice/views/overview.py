"""练习: the front page of practice with its chapters, the lists of the book and of stars, the day's handful, and the radar."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.queries import OwnPlace, OwnPlaces
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import queries, services
from carbonlearn.practice.rules.order import after
from carbonlearn.practice.rules.radar import outline, ring, spokes
from carbonlearn.practice.views import wording
from carbonlearn.web.guard import requires
from carbonlearn.web.htmx import go

bp = Blueprint("practice", __name__)
GRID = (0.25, 0.5, 0.75, 1.0)
FEWEST_SPOKES = 3


def asked_place() -> tuple[OwnPlaces, OwnPlace, dict[str, Any]]:
    """The place that this request is about, and what links carry along. Raises NotFound PRACTICE_NOT_OPEN."""
    asked = request.values.get("enrolment")
    places, place = queries.place_of(g.actor, asked, g.now)
    return places, place, {"enrolment": places.kept} if places.kept else {}


def common_values(own: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What every page of practice is given."""
    names = {"type_names": wording.TYPE_NAMES, "mode_names": wording.MODE_NAMES, "verdicts": wording.VERDICTS}
    return {"own": own, "rules": wording.RULES} | names | more


@bp.get("/practice")
@requires(Permission.STUDY_OWN)
def home() -> str:
    try:
        places, place, own = asked_place()
    except NotFound:
        return render_template("practice/not_open.html")
    items, answered = queries.pool(place.track), queries.stats(g.actor.user_id)
    found = queries.chapters(place, items, answered, g.actor.user_id)
    return render_template(
        "practice/home.html",
        **common_values(own),
        places=places,
        place=place,
        chapters=found,
        names=wording.chapter_names(found),
        today=_today(place),
        book=queries.card_count(g.actor.user_id, place.track),
        due=queries.card_count(g.actor.user_id, place.track, g.now),
        stars=queries.star_count(g.actor.user_id, place.track),
    )


def _today(place: OwnPlace) -> queries.Today:
    day = local_day(g.now, str(place.rules.zone))
    return queries.today_of(g.actor.user_id, place.track, day)


@bp.get("/practice/next")
@requires(Permission.STUDY_OWN)
def next_item() -> Response:
    """The next question of the way one is practising, or the page of that way when there is none."""
    _places, place, own = asked_place()
    mode, chapter = request.args.get("mode", ""), request.args.get("chapter", "")
    user_id = g.actor.user_id
    if mode == "book":
        found, page = queries.next_due(user_id, place.track, g.now), url_for("practice.book", **own)
    elif mode == "stars":
        found, page = _next_star(place, request.args.get("after", "")), url_for("practice.stars", **own)
    elif mode == "daily":
        found, page = _today(place).next_id, url_for("practice.daily", **own)
    else:
        mode, (chapter, found), page = (
            "chapter",
            _next_of_chapter(place, chapter),
            url_for("practice.home", **own),
        )
    if found is None:
        return go(page)
    along = own | ({"chapter": chapter} if mode == "chapter" else {})
    return go(url_for("practice_items.item", item_id=found, mode=mode, **along))


def _next_of_chapter(place: OwnPlace, key: str) -> tuple[str, str | None]:
    """Raises NotFound for a chapter that there is not."""
    items, user_id = queries.pool(place.track), g.actor.user_id
    chapter = queries.chapters(place, items, queries.stats(user_id), user_id).get(key)
    if chapter is None:
        raise NotFound("PRACTICE_SET_NOT_FOUND")
    return key, chapter.progress.next_id


def _next_star(place: OwnPlace, behind: str) -> str | None:
    return after([row.item_id for row in queries.star_rows(g.actor.user_id, place.track)], behind)


@bp.get("/practice/book")
@requires(Permission.STUDY_OWN)
def book() -> str:
    _places, place, own = asked_place()
    rows = queries.book_rows(g.actor.user_id, place.track)
    due = sum(row.due_at is not None and row.due_at <= g.now for row in rows)
    return render_template("practice/book.html", **common_values(own), rows=rows, due=due)


@bp.get("/practice/stars")
@requires(Permission.STUDY_OWN)
def stars() -> str:
    _places, place, own = asked_place()
    rows = queries.star_rows(g.actor.user_id, place.track)
    return render_template("practice/stars.html", **common_values(own), rows=rows)


@bp.get("/practice/daily")
@requires(Permission.STUDY_OWN)
def daily() -> str:
    _places, place, own = asked_place()
    return render_template("practice/daily.html", **common_values(own), place=place, today=_today(place))


@bp.post("/practice/daily")
@requires(Permission.STUDY_OWN)
def begin_daily() -> Response:
    _places, place, own = asked_place()
    with unit_of_work():
        begun = services.begin_day(place, actor=g.actor, now=g.now)
    if begun is None:
        flash(_("这个方向还没有练习题，正在编写。"), "info")
        return go(url_for("practice.home", **own))
    return go(url_for("practice.next_item", mode="daily", **own))


@bp.get("/practice/radar")
@requires(Permission.STUDY_OWN)
def radar() -> str:
    _places, place, own = asked_place()
    answered = queries.stats(g.actor.user_id)
    skills = queries.competence(place, queries.pool(place.track), answered)
    drawn = spokes(skills)
    return render_template(
        "practice/radar.html",
        **common_values(own),
        skills=skills,
        names=wording.chapter_names([one.function for one in skills]),
        spokes=drawn if len(drawn) >= FEWEST_SPOKES else [],
        rings=[ring(len(drawn), share) for share in GRID],
        outline=outline((one.point_x, one.point_y) for one in drawn),
    )
