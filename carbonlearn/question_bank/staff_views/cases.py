"""Cases at the desk: the list, one with its items, and the editor."""

from __future__ import annotations

from flask import Blueprint, flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Conflict, DomainError
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.formats.texts import clean
from carbonlearn.question_bank.forms import CaseForm
from carbonlearn.question_bank.staff_views.choices import track_choices
from carbonlearn.web import htmx, messages
from carbonlearn.web.choices import choices_of
from carbonlearn.web.guard import requires
from carbonlearn.web.paging import PAGE_SIZE, page_of

MOST_ITEMS = 100

bp = Blueprint("cases", __name__, url_prefix="/desk/items/cases")


@bp.get("")
@requires(Permission.ITEM_READ)
def index() -> Response:
    rows = queries.case_rows(request.args.get("after", "")[:64], PAGE_SIZE + 1)
    return htmx.render(
        "question_bank/cases.html",
        rows=page_of(rows, lambda row: row.external_id),
        tracks=dict(track_choices()),
    )


@bp.get("/<case_id>")
@requires(Permission.ITEM_READ)
def show(case_id: str) -> Response:
    case, version = queries.case(case_id)
    filters = queries.Filters(case=case_id)
    return htmx.render(
        "question_bank/case.html",
        case=case,
        version=version,
        items=queries.item_rows(filters, limit=MOST_ITEMS),
        total=queries.item_count(filters),
        tracks=dict(track_choices()),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.ITEM_DRAFT)
def new() -> Response:
    form = _form(CaseForm())
    if not form.validate_on_submit():
        return _editor(form, None)
    job_type, _bar, level = form.track.data.partition("|")
    try:
        with unit_of_work():
            case_id = services.write_case(
                clean(form.text.data or ""), form.pool.data, job_type, level, actor=g.actor, now=g.now
            ).id
    except DomainError as error:
        return _refused(form, error, None)
    flash(_("案例已存。接着为它写题。"), "ok")
    return htmx.go(url_for("cases.show", case_id=case_id))


@bp.route("/<case_id>/revision", methods=["GET", "POST"])
@requires(Permission.ITEM_DRAFT)
def revise(case_id: str) -> Response:
    case, newest = queries.case(case_id)
    own = {"pool": case.pool, "track": f"{case.job_type}|{case.level}"}
    form = _form(CaseForm(data=own | {"text": newest.text, "base_number": newest.number}))
    if not form.validate_on_submit():
        return _editor(form, case_id)
    try:
        with unit_of_work():
            count = services.revise_case(
                case_id, clean(form.text.data or ""), form.base_number.data or 0, actor=g.actor, now=g.now
            )
    except DomainError as error:
        return _refused(form, error, case_id)
    flash(
        ngettext(
            "案例已存；属于它的 %(num)s 道题各有一个新版，等另一位来审。",
            "案例已存；属于它的 %(num)s 道题各有一个新版，等另一位来审。",
            count,
        ),
        "ok",
    )
    return htmx.go(url_for("cases.show", case_id=case_id))


def _form(form: CaseForm) -> CaseForm:
    form.track.choices = choices_of(track_choices())
    return form


def _refused(form: CaseForm, error: DomainError, case_id: str | None) -> Response:
    form.text.errors = [messages.message(error.code, error.facts)]
    return _editor(form, case_id, 409 if isinstance(error, Conflict) else 422)


def _editor(form: CaseForm, case_id: str | None, fault: int = 422) -> Response:
    return htmx.render(
        "question_bank/case_editor.html",
        status=fault if form.is_submitted() else 200,
        form=form,
        case=queries.case(case_id)[0] if case_id else None,
        faults=[(field.id, field.label.text) for field in form if field.errors],
    )
