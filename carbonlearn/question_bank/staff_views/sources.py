"""Documents that items cite: the list, what changed, and from there every item that cites one."""

from __future__ import annotations

from flask import Blueprint, flash, g, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.forms import ChangeForm
from carbonlearn.web import htmx
from carbonlearn.web.guard import requires
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("sources", __name__, url_prefix="/desk/items/sources")


@bp.get("")
@requires(Permission.ITEM_READ)
def index() -> Response:
    words = request.args.get("q", "").strip()[:40]
    rows = queries.source_rows(words, request.args.get("after", "")[:200], PAGE_SIZE + 1)
    found = page_of(rows, lambda row: row.title)
    return htmx.render("question_bank/sources.html", rows=found, words=words)


@bp.get("/<source_id>")
@requires(Permission.ITEM_READ)
def show(source_id: str) -> Response:
    return _page(source_id, ChangeForm(formdata=None), 200)


@bp.post("/<source_id>/changes")
@requires(Permission.ITEM_APPROVE)
def change(source_id: str) -> Response:
    """The document changed: from that day on, what cites it is due for review."""
    form = ChangeForm()
    if not form.validate():
        return _page(source_id, form, 422)
    with unit_of_work():
        services.note_change(
            source_id, form.changed_on.data, (form.note.data or "").strip(), actor=g.actor, now=g.now
        )
    flash(_("已记下。从那天起，引用它的题都列入“要复核”。"), "ok")
    return htmx.go(url_for("sources.show", source_id=source_id))


def _page(source_id: str, form: ChangeForm, status: int) -> Response:
    found = queries.source(source_id)
    filters = queries.Filters(source=source_id)
    return htmx.render(
        "question_bank/source.html",
        status=status,
        source=found,
        changes=queries.changes(source_id),
        form=form,
        items=queries.item_rows(filters, limit=100),
        total=queries.item_count(filters),
        faults=[(field.id, field.label.text) for field in form if field.errors],
    )
