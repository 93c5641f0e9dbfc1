"""Items that must not stand on one paper, at the desk: set two apart, or let them meet again."""

from __future__ import annotations

from flask import Blueprint, flash, g, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import services
from carbonlearn.question_bank.staff_views.items import item_page
from carbonlearn.web import htmx
from carbonlearn.web.guard import requires

bp = Blueprint("item_enemies", __name__, url_prefix="/desk/items")


@bp.post("/<item_id>/enemies")
@requires(Permission.ITEM_DRAFT)
def add(item_id: str) -> Response:
    """No paper made from now on has both."""
    number = request.form.get("enemy", "").strip()[:64]
    reason = request.form.get("enemy_reason", "")
    try:
        with unit_of_work():
            services.set_apart(item_id, number, reason, actor=g.actor, now=g.now)
    except (Invalid, Conflict) as error:
        return item_page(item_id, error)
    flash(_("已定为不宜同卷，以后的试卷不会同时出这两道题。"), "ok")
    return _back(item_id)


@bp.post("/<item_id>/enemies/<enemy_id>/lift")
@requires(Permission.ITEM_DRAFT)
def lift(item_id: str, enemy_id: str) -> Response:
    """The two may stand on one paper after all."""
    try:
        with unit_of_work():
            reason = request.form.get("lift_reason", "")
            services.let_meet(item_id, enemy_id, reason, actor=g.actor, now=g.now)
    except (Invalid, Conflict) as error:
        return item_page(item_id, error)
    flash(_("已解除，以后的试卷可以同时出这两道题。"), "ok")
    return _back(item_id)


def _back(item_id: str) -> Response:
    return htmx.go(url_for("items.show", item_id=item_id, _anchor="enemies"))
