"""模拟考试: what is on offer, the mocks one sat, and the result with every item to look at again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import services
from carbonlearn.practice.forms import lines_of
from carbonlearn.practice.models import MockSitting
from carbonlearn.practice.queries import mocks as mock_queries
from carbonlearn.practice.queries.mock_result import marked_items, sums
from carbonlearn.practice.views.overview import asked_place, common_values
from carbonlearn.web import messages
from carbonlearn.web.guard import requires
from carbonlearn.web.htmx import go

bp = Blueprint("mocks", __name__)
SHOWN = ("wrong", "all")


@bp.get("/practice/mocks")
@requires(Permission.STUDY_OWN)
def mocks() -> str:
    _places, place, own = asked_place()
    return render_template(
        "practice/mocks.html",
        **common_values(own),
        place=place,
        offer=mock_queries.offer_of(place, g.now),
        running=mock_queries.own_running(g.actor.user_id, g.now),
        sat=[
            (row, mock_queries.standing(row, g.now).status) for row in mock_queries.own_mocks(g.actor.user_id)
        ],
        functions=catalogue.functions(),
    )


@bp.post("/practice/mocks")
@requires(Permission.STUDY_OWN)
def start() -> Response:
    _places, place, own = asked_place()
    running = mock_queries.own_running(g.actor.user_id, g.now)
    if running is not None:
        return go(url_for("mock_room.sitting", mock_id=running.id))
    if request.form.get("scriptless"):
        flash(messages.message("MOCK_NEEDS_SCRIPT", {}), "warn")
        return go(url_for("mocks.mocks", **own))
    try:
        drawn = services.prepare(place, actor=g.actor, now=g.now)
        with unit_of_work():
            mock_id = services.start(place, drawn, actor=g.actor, now=g.now).id
    except Conflict as error:
        flash(messages.message(error.code, error.facts), "warn")
        return go(url_for("mocks.mocks", **own))
    return go(url_for("mock_room.sitting", mock_id=mock_id))


@bp.get("/practice/mocks/<mock_id>/result")
@requires(Permission.STUDY_OWN)
def result(mock_id: str) -> Response | str:
    sitting = mock_queries.own_mock(mock_id, g.actor)
    if mock_queries.standing(sitting, g.now).status == mock_queries.RUNNING:
        return go(url_for("mock_room.sitting", mock_id=mock_id))
    return _result_page(sitting)


def _result_page(sitting: MockSitting) -> str:
    items, asked = marked_items(sitting), request.args.get("show", "")
    wrong = [item for item in items if item.verdict != "right"]
    show = asked if asked in SHOWN else ("wrong" if wrong else "all")
    by_type = sums(items)
    return render_template(
        "practice/mock_result.html",
        **common_values({}),
        sitting=sitting,
        standing=mock_queries.standing(sitting, g.now),
        items=wrong if show == "wrong" else items,
        counts={"wrong": len(wrong), "all": len(items)},
        show=show,
        sums=by_type,
        total=sum(row.points for row in by_type) if items else _total(sitting),
        waiting=sum(row.waiting for row in by_type),
    )


def _total(sitting: MockSitting) -> int:
    """The points of a mock whose paper is no longer kept."""
    return (sitting.points or 0) + sum(sum(given) for given in sitting.own_points.values())


@bp.post("/practice/mocks/<mock_id>/points/<int:number>")
@requires(Permission.STUDY_OWN)
def own_points(mock_id: str, number: int) -> Response:
    sitting = mock_queries.own_mock(mock_id, g.actor)
    if mock_queries.standing(sitting, g.now).status == mock_queries.RUNNING:
        raise Conflict("MOCK_NOT_ENDED")
    with unit_of_work():
        services.give_own_points(mock_id, number, lines_of(request.form), actor=g.actor, now=g.now)
    show = request.form.get("show", "")
    along: dict[str, Any] = {"show": show} if show in SHOWN else {}
    return go(url_for("mocks.result", mock_id=mock_id, **along, _anchor=f"item-{number}"))
