"""A second person's word on an item: approve or return, put to use, retire, take back, confirm that it still holds."""

from __future__ import annotations

from flask import Blueprint, flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from carbonlearn.core.errors import DomainError, Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import services
from carbonlearn.question_bank.forms import ConfirmForm
from carbonlearn.question_bank.rules.life import APPROVED, CHECKS, RETURNED
from carbonlearn.question_bank.staff_views.items import item_page
from carbonlearn.web import htmx
from carbonlearn.web.guard import requires

bp = Blueprint("item_reviews", __name__, url_prefix="/desk/items")

DECISIONS = {"approve": APPROVED, "keep": APPROVED, "return": RETURNED}


@bp.post("/<item_id>/reviews")
@requires(Permission.ITEM_APPROVE)
def review(item_id: str) -> Response:
    """Approved (and put to use at once, if the reviewer says so), or returned for another version."""
    decision = request.form.get("decision", "")
    if decision not in DECISIONS:
        return item_page(item_id, Invalid("ITEM_DECISION", field="decision"))
    try:
        with unit_of_work():
            services.review(
                item_id,
                request.form.get("number", type=int) or 0,
                DECISIONS[decision],
                request.form.get("note", "").strip()[:300],
                checks={name: "ok" for name in CHECKS if request.form.get(f"check_{name}")},
                actor=g.actor,
                now=g.now,
            )
            if decision == "approve":
                services.put_to_use(item_id, actor=g.actor, now=g.now)
    except Invalid as error:
        return item_page(item_id, error)
    words = {
        "approve": _("已通过，新版在用。"),
        "keep": _("已通过，还没有启用。"),
        "return": _("已退回给命题人。"),
    }
    flash(words[decision], "ok")
    return _back(item_id)


@bp.post("/<item_id>/use")
@requires(Permission.ITEM_APPROVE)
def use(item_id: str) -> Response:
    """What was approved is used from now on."""
    with unit_of_work():
        services.put_to_use(item_id, actor=g.actor, now=g.now)
    flash(_("已启用，以后的试卷会用到它。"), "ok")
    return _back(item_id)


@bp.post("/uses")
@requires(Permission.ITEM_APPROVE)
def use_many() -> Response:
    """Put several approved items to use; those that cannot be are left as they are, and counted."""
    chosen = list(dict.fromkeys(request.form.getlist("item")))[:200]
    done = 0
    for item_id in chosen:
        try:
            with unit_of_work():
                services.put_to_use(item_id, actor=g.actor, now=g.now)
            done += 1
        except DomainError:
            continue
    flash(ngettext("已启用 %(num)s 道题。", "已启用 %(num)s 道题。", done), "ok" if done else "warn")
    if done < len(chosen):
        left = len(chosen) - done
        flash(
            ngettext(
                "%(num)s 道没有启用：还没有通过审题，或者是您自己写的。",
                "%(num)s 道没有启用：还没有通过审题，或者是您自己写的。",
                left,
            ),
            "warn",
        )
    return htmx.go(url_for("items.index", status="reviewed"))


@bp.post("/<item_id>/retirement")
@requires(Permission.ITEM_APPROVE)
def retire(item_id: str) -> Response:
    with unit_of_work():
        services.retire(item_id, actor=g.actor, now=g.now)
    flash(_("已停用，以后的试卷不再出这道题。"), "ok")
    return _back(item_id)


@bp.post("/<item_id>/discarding")
@requires(Permission.ITEM_APPROVE)
def discard(item_id: str) -> Response:
    """A draft that nobody wants: it waits for review no longer."""
    with unit_of_work():
        services.discard(item_id, actor=g.actor, now=g.now)
    flash(_("已弃用，不再等着审。"), "ok")
    return _back(item_id)


@bp.post("/<item_id>/reinstatement")
@requires(Permission.ITEM_APPROVE)
def reinstate(item_id: str) -> Response:
    with unit_of_work():
        status = services.reinstate(item_id, actor=g.actor, now=g.now).status
    flash(_("已重新启用。") if status == "live" else _("已恢复为草稿。"), "ok")
    return _back(item_id)


@bp.post("/<item_id>/confirmation")
@requires(Permission.ITEM_APPROVE)
def confirm(item_id: str) -> Response:
    """It was looked at again and still holds."""
    form = ConfirmForm()
    if not form.validate():
        return item_page(item_id, Invalid("ITEM_REVIEW_BY_PAST", field="review_by"))
    try:
        with unit_of_work():
            services.confirm(item_id, form.review_by.data, form.note.data or "", actor=g.actor, now=g.now)
    except Invalid as error:
        return item_page(item_id, error)
    flash(_("已记下：这道题复核过，仍然成立。"), "ok")
    return _back(item_id)


def _back(item_id: str) -> Response:
    return htmx.go(url_for("items.show", item_id=item_id))
