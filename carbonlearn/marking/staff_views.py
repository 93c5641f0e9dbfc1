"""The marking desk and the release of results."""

from __future__ import annotations

from flask import Blueprint, flash, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.marking import queries, services
from carbonlearn.marking.forms import MarkForm, ReleaseForm
from carbonlearn.marking.rules.spread import spread
from carbonlearn.web import messages
from carbonlearn.web.guard import requires
from carbonlearn.web.htmx import go

bp = Blueprint("marking_desk", __name__, url_prefix="/desk")

GATES = {
    "all_ended": (_l("作答"), _l("考生都已交卷，或场次已结束")),
    "all_confirmed": (_l("评分"), _l("每份答卷都已评完")),
    "none_disputed": (_l("裁定"), _l("没有待第三人裁定的简答")),
    "something_new": (_l("成绩"), _l("有尚未发布的成绩")),
    "other_person": (_l("发布人"), _l("您没有评过这个场次的答卷")),
}


@bp.get("/marking")
@requires(Permission.SCRIPT_OPEN)
def marking() -> Response | str:
    script = queries.next_script(g.actor)
    if script is None:
        return render_template("marking/staff/nothing.html")
    return _script_page(script, MarkForm(), [], 200)


@bp.post("/marking/<script_id>/marks")
@requires(Permission.SCRIPT_OPEN)
def mark(script_id: str) -> Response:
    form = MarkForm()
    lines = _lines()
    try:
        with unit_of_work():
            services.mark_script(script_id, lines, form.note.data or "", g.actor, g.now)
    except Invalid as error:
        fault = messages.message(error.code, error.facts)
        return _script_page(queries.script_for(script_id, g.actor), form, lines, 422, fault)
    flash(_("已记分，下一份。"), "ok")
    return go(url_for("marking_desk.marking"))


def _lines() -> list[int]:
    """The points of each rubric line in hundredths, as the form sent them; a line that is missing ends the list."""
    lines: list[int] = []
    while (
        (given := request.form.get(f"line-{len(lines)}")) is not None
        and given.isdecimal()
        and len(lines) < 20
    ):
        lines.append(int(given))
    return lines


def _script_page(
    script: queries.OpenScript, form: MarkForm, lines: list[int], status: int, fault: str | None = None
) -> Response:
    page = render_template(
        "marking/staff/script.html",
        script=script,
        form=form,
        lines=lines,
        fault=fault,
        waiting=queries.waiting_count(g.actor),
        tolerance=script.points * script.tolerance_percent // 100,
    )
    return make_response(page, status)


@bp.get("/results")
@requires(Permission.RESULT_READ)
def results() -> str:
    return render_template("marking/staff/windows.html", states=queries.window_states(g.actor))


@bp.get("/results/<window_id>")
@requires(Permission.RESULT_READ)
def window(window_id: str) -> str:
    state = queries.window_state(window_id, g.actor)
    found = queries.results_of_window(window_id, g.actor)
    return render_template(
        "marking/staff/release.html",
        state=state,
        results=found,
        spread=spread([result.total for result in found], found[0].pass_points if found else 6000),
        gates=[(*GATES[name], holds) for name, holds in services.release_gates(state, g.actor, g.now)],
        form=ReleaseForm(),
    )


@bp.post("/results/<window_id>/release")
@requires(Permission.RESULT_RELEASE, step_up=True)
def release(window_id: str) -> Response:
    with unit_of_work():
        made = services.release(window_id, g.actor, g.now)
    flash(_("已发布 %(count)s 份成绩。", count=made.count), "ok")
    return go(url_for("marking_desk.window", window_id=window_id))
