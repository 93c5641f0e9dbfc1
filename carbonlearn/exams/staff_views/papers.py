"""The sealed papers of a window: their forms and proofs, the two people who release them, and the print for a supervised room."""

from __future__ import annotations

from flask import Blueprint, flash, g, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.catalogue.queries import current_rules, rules_of
from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Permission
from carbonlearn.exams import queries, services
from carbonlearn.exams.queries.printing import print_data
from carbonlearn.exams.staff_views.words import function_name, track_name, type_name
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.pdf import GlyphsMissing, render_pdf
from carbonlearn.web import messages
from carbonlearn.web.guard import requires
from carbonlearn.web.htmx import go

bp = Blueprint("papers_desk", __name__, url_prefix="/desk")
BOOKS = {"paper": _l("试卷"), "answers": _l("答案与评分要点")}

messages.register(
    {
        "PAPER_RELEASED_BY_YOU": _l("您已经同意过，还要另一位同意。"),
        "PAPER_RELEASED": _l("已有两位同意，可以印制。"),
        "PAPER_NEEDS_TWO": _l("要两位都同意才能印制，现在 %(people)s 位。"),
        "PAPER_PRINT_NOT_YET": _l("还没有到可以印制的时间。"),
        "PAPER_GLYPHS": _l(
            "有印不出的字：%(characters)s。这份卷已经封存，不能再改：这一场请上机考；先改题库里的题，以后的卷就能印。"
        ),
    }
)


@bp.get("/calendar/<window_id>/papers")
@requires(Permission.WINDOW_READ)
def index(window_id: str) -> str:
    row = queries.window_row(window_id)
    rules = current_rules(row.window.programme_key, g.now)
    papers = queries.papers_of_window(window_id)
    return render_template(
        "exams/staff/papers.html",
        row=row,
        papers=papers,
        states={one.id: queries.book_states(one.id, g.now) for one in papers},
        books=BOOKS,
        now=g.now,
        may_release=g.actor.may(Permission.PAPER_RELEASE) and row.window.cancelled_at is None,
        title_of=lambda one: _title(rules_of(one.version_id) if one.version_id else rules, one),
        function_name=function_name,
        type_name=type_name,
        form_letter=queries.form_letter,
    )


def _title(rules: object, row: queries.PaperRow) -> str:
    return track_name(rules, row.job_type, row.level)  # type: ignore[arg-type]


@bp.post("/papers/<paper_id>/<book>/release")
@requires(Permission.PAPER_RELEASE, step_up=True)
def release(paper_id: str, book: str) -> Response:
    with unit_of_work():
        count = services.release_paper(paper_id, book, actor=g.actor, now=g.now)
    flash(_("已记下您的同意，可以印制了。") if count > 1 else _("已记下您的同意，还要另一位同意。"), "ok")
    return go(url_for("papers_desk.index", window_id=queries.paper_by_id(paper_id).window_id))


@bp.post("/papers/<paper_id>/<book>/print")
@requires(Permission.PAPER_RELEASE, step_up=True)
def print_book(paper_id: str, book: str) -> Response:
    """The PDF; the act is in the audit chain before a byte of it leaves."""
    paper = services.printable(paper_id, book, g.now)
    name = f"{book}-{paper.window_id[-6:].lower()}-{queries.form_letter(paper.form)}.pdf"
    try:
        content = render_pdf("exam-paper", print_data(paper, book), g.now)
    except GlyphsMissing as error:
        raise Conflict("PAPER_GLYPHS", characters=" ".join(error.characters)) from error
    with unit_of_work():
        services.print_paper(paper_id, book, actor=g.actor, now=g.now)
    answer = make_response(content)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
