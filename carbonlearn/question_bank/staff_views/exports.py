"""Items as files: what the list shows, with all answers, for whoever may and gives the password again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Conflict, DomainError, Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.formats.kinds import FORMATS
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import exporting
from carbonlearn.question_bank.staff_views.file_words import FORMAT_NAMES
from carbonlearn.question_bank.staff_views.items import NARROWING, address_of, filters_of
from carbonlearn.question_bank.staff_views.sending import sent
from carbonlearn.web import htmx, limits, messages
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import language

bp = Blueprint("item_exports", __name__, url_prefix="/desk/items/exports")

FIELDS = (*NARROWING, "track", "q", "mine")
MOST_LOOKS = 400
A_DAY = limits.Limit("item-export", 5, timedelta(days=1))
"""Of one person: whoever needs more of the bank than that has another reason than work."""


@bp.get("")
@requires(Permission.ITEM_EXPORT)
def index() -> Response:
    """What would be exported, in which format; and the files of the last day."""
    return _page()


def _page(fault: DomainError | None = None) -> Response:
    filters = filters_of(request.values)
    looks = request.args.get("looks", 0, type=int)
    rows = files.own_exports(g.actor, g.now)
    waits = any(row.status in (exporting.WAITING, exporting.WRITING) for row in rows)
    return htmx.render(
        "question_bank/exports.html",
        partial="question_bank/_exports.html" if looks else None,
        status=(409 if isinstance(fault, Conflict) else 422) if fault else 200,
        address={name: value for name, value in address_of(filters).items() if value},
        total=queries.item_count(filters),
        rows=rows,
        looks_again=looks + 1 if waits and looks < MOST_LOOKS else 0,
        formats=FORMATS,
        format_names=FORMAT_NAMES,
        chosen=request.values.get("format", ""),
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


@bp.post("")
@requires(Permission.ITEM_EXPORT, step_up=True, kept=(*FIELDS, "format"))
def make() -> Response:
    """Note the export, and the answers that go with it, in the audit chain; it is written elsewhere."""
    filters, kind, english = (
        filters_of(request.form),
        request.form.get("format", ""),
        language().startswith("en"),
    )
    try:
        exporting.count_of(filters, kind)
        limits.count((A_DAY, g.actor.user_id))
        with unit_of_work():
            exporting.ask(filters, kind, english=english, actor=g.actor, now=g.now)
    except (Conflict, Invalid) as fault:
        return _page(fault)
    told: dict[str, Any] = {name: request.form[name] for name in FIELDS if request.form.get(name)}
    return htmx.go(url_for("item_exports.index", **told))


@bp.get("/<export_id>/file")
@requires(Permission.ITEM_EXPORT, step_up=True)
def fetch(export_id: str) -> Response:
    """The file, from the store; that it was taken stands in the audit chain."""
    with unit_of_work():
        row = exporting.fetched(export_id, actor=g.actor, now=g.now)
        name = exporting.name_of(row)
    return sent(exporting.content(row), "application/octet-stream", name)
