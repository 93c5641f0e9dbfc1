"""One question a screen: asked, answered, judged, starred, taken out of the book. The key is on the verdict's page alone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.queries import OwnPlace
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.tokens import new_id
from carbonlearn.practice import queries, services
from carbonlearn.practice.forms import chapter_of, mode_of, wish_of
from carbonlearn.practice.models import PracticeCard
from carbonlearn.practice.rules.order import Progress
from carbonlearn.practice.views import wording
from carbonlearn.practice.views.overview import asked_place, common_values
from carbonlearn.web import messages
from carbonlearn.web.guard import requires
from carbonlearn.web.htmx import go, wants_fragment

bp = Blueprint("practice_items", __name__)


@bp.get("/practice/items/<item_id>")
@requires(Permission.STUDY_OWN)
def item(item_id: str) -> str:
    _places, place, own = asked_place()
    return _question_page(item_id, place, own)


def _question_page(item_id: str, place: OwnPlace, own: dict[str, Any], fault: str | None = None) -> str:
    mode, chapter = mode_of(request.values.get("mode")), chapter_of(request.values.get("chapter"))
    asked = queries.question(item_id, place.track, g.actor.user_id)
    return render_template(
        "practice/item.html",
        **common_values(own),
        **_way(place, mode, chapter),
        question=asked,
        starred=asked.id in queries.starred_ids(g.actor.user_id),
        operation_id=new_id(),
        fault=fault,
    )


def _way(place: OwnPlace, mode: str, chapter: str) -> dict[str, Any]:
    """Where one is on the way one practises."""
    progress: Progress | None = None
    if mode == "chapter" and chapter:
        user_id = g.actor.user_id
        items, answered = queries.pool(place.track), queries.stats(user_id)
        found = queries.chapters(place, items, answered, user_id).get(chapter)
        progress = found.progress if found else None
    names = wording.chapter_names([chapter]) if progress else {}
    return {
        "mode": mode,
        "chapter": chapter,
        "progress": progress,
        "title": names.get(chapter),
        "along": _along(mode, chapter),
    }


def _along(mode: str, chapter: str) -> dict[str, str]:
    return {"mode": mode} | ({"chapter": chapter} if chapter else {})


@bp.post("/practice/items/<item_id>/answers")
@requires(Permission.STUDY_OWN)
def answer(item_id: str) -> Response:
    _places, place, own = asked_place()
    asked = queries.question(item_id, place.track, g.actor.user_id)
    wish = wish_of(item_id, asked.type, request.form)
    try:
        with unit_of_work():
            made = services.answer(wish, actor=g.actor, track=place.track, zone=place.rules.zone, now=g.now)
            public_id = made.public_id
    except Invalid as error:
        page = _question_page(item_id, place, own, messages.message(error.code, error.facts))
        return make_response(page, 422)
    return go(_verdict_address(public_id, own))


def _verdict_address(public_id: str, own: dict[str, Any]) -> str:
    chapter = chapter_of(request.form.get("chapter"))
    along = own | ({"chapter": chapter} if chapter else {})
    return url_for("practice_items.verdict", answer_id=public_id, **along)


@bp.get("/practice/answers/<answer_id>")
@requires(Permission.STUDY_OWN)
def verdict(answer_id: str) -> str:
    _places, place, own = asked_place()
    found = queries.asked_question(queries.own_answer(answer_id, g.actor.user_id))
    card = db.session.get(PracticeCard, (g.actor.user_id, found.question.id))
    mode = found.answer.mode if found.answer.mode in ("book", "stars", "daily") else "chapter"
    return render_template(
        "practice/verdict.html",
        **common_values(own),
        **_way(place, mode, chapter_of(request.args.get("chapter")) or found.question.function),
        answered=found,
        question=found.question,
        card=card if card and card.left_at is None else None,
        starred=found.question.id in queries.starred_ids(g.actor.user_id),
    )


@bp.post("/practice/answers/<answer_id>/verdict")
@requires(Permission.STUDY_OWN)
def judge(answer_id: str) -> Response:
    _places, place, own = asked_place()
    with unit_of_work():
        services.judge(
            answer_id, request.form.get("verdict", ""), actor=g.actor, zone=place.rules.zone, now=g.now
        )
    return go(_verdict_address(answer_id, own))


@bp.post("/practice/items/<item_id>/star")
@requires(Permission.STUDY_OWN)
def star(item_id: str) -> Response:
    _places, place, own = asked_place()
    on = request.form.get("on") == "1"
    with unit_of_work():
        services.set_star(item_id, on, actor=g.actor, track=place.track, now=g.now)
    return _star_alone(item_id, on, own) if _keeps_its_page() else _back(item_id, own)


def _keeps_its_page() -> bool:
    """Whether the button alone is asked for, by a page whose answer is chosen and not sent yet."""
    return wants_fragment() and request.form.get("in_place") == "1"


def _star_alone(item_id: str, on: bool, own: dict[str, Any]) -> Response:
    along = _along(mode_of(request.form.get("mode")), chapter_of(request.form.get("chapter"))) | own
    page = render_template("practice/_star.html", question={"id": item_id}, starred=on, along=along)
    return make_response(page)


@bp.post("/practice/items/<item_id>/known")
@requires(Permission.STUDY_OWN)
def known(item_id: str) -> Response:
    _places, _place, own = asked_place()
    with unit_of_work():
        services.leave_book(item_id, actor=g.actor, now=g.now)
    return _back(item_id, own)


def _back(item_id: str, own: dict[str, Any]) -> Response:
    """To the page that the button stood on: the verdict it named, the list, or the question."""
    shown = request.form.get("answer", "")
    if shown:
        return go(_verdict_address(shown[:26], own))
    if request.form.get("list") in ("book", "stars"):
        return go(url_for(f"practice.{request.form['list']}", **own))
    mode, chapter = mode_of(request.form.get("mode")), chapter_of(request.form.get("chapter"))
    along = own | ({"chapter": chapter} if chapter else {})
    return go(url_for("practice_items.item", item_id=item_id, mode=mode, **along))
