"""组卷 at the desk: which papers the bank can fill, a blueprint with its proof, its editing, and the second person's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.catalogue.models import Programme
from carbonlearn.catalogue.queries import current_rules, programmes
from carbonlearn.core.errors import DomainError, NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.exams import queries, services
from carbonlearn.exams.queries.pools import pool_of
from carbonlearn.exams.rules.blueprint import Blueprint as Asking
from carbonlearn.exams.rules.blueprint import function_points, prove
from carbonlearn.exams.rules.drawing import DIFFICULTIES
from carbonlearn.exams.rules.sheet import TYPES, read, typed_of
from carbonlearn.exams.staff_views.words import (
    NUMBERS,
    fault_text,
    function_name,
    lack_text,
    track_name,
    type_name,
)
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import htmx, messages, once
from carbonlearn.web.guard import requires

bp = Blueprint("blueprints_desk", __name__, url_prefix="/desk/blueprints")
UNSPLIT = "-"  # the job type in an address where a level is not split by job type
WORDS: dict[str, Any] = {
    "type_name": type_name,
    "function_name": function_name,
    "lack_text": lack_text,
    "fault_text": fault_text,
    "numbers": NUMBERS,
}
SHOWN = 12

messages.register(
    {
        "BLUEPRINT_FAULTY": _l("方案还不成立，先改右边列出的几处。"),
        "BLUEPRINT_UNCHANGED": _l("与现在的方案一样，没有要存的。"),
        "BLUEPRINT_OWN": _l("自己改的方案要由另一位来定。"),
        "BLUEPRINT_DECIDED": _l("这一版已经定过了。"),
        "BLUEPRINT_UNDECIDED": _l(
            "组不组得出来还没有算出来，这一版不能生效：请放宽份数、相同题数或难度差的要求，另存一版。"
        ),
        "BLUEPRINT_DAY": _l("生效日期要写，不能早于今天。"),
        "BLUEPRINT_NOT_FOUND": _l("没有这一版组卷方案。"),
    }
)


@bp.get("")
@requires(Permission.BLUEPRINT_READ)
def index() -> Response:
    """What every paper of a programme asks, and whether the bank has it; for a part of another page the latter alone."""
    found = programmes()
    chosen = request.args.get("programme") or _first(found)
    return htmx.render(
        "exams/staff/blueprints.html",
        partial="exams/staff/_outlook.html",
        programmes=found,
        rules=current_rules(chosen, g.now) if found else None,
        rows=queries.outlook(chosen, g.now) if found else [],
        waiting={(one.job_type, one.level, one.paper): one.number for one in queries.waiting([chosen])},
        address=address,
        track_name=track_name,
        **WORDS,
    )


def _first(found: Sequence[Programme]) -> str:
    """The programme that is shown unasked: the first that people are really examined in; empty where there is none at all."""
    real = [one.key for one in found if not one.demonstration]
    return next(iter([*real, *(one.key for one in found)]), "")


@bp.get("/outlook")
@requires(Permission.WINDOW_READ)
def outlook() -> str:
    """What cannot be filled today, for whoever is about to open a window."""
    programme = request.args.get("programme", "").partition("/")[0]
    return render_template(
        "exams/staff/_outlook.html",
        rows=queries.outlook(programme, g.now),
        rules=current_rules(programme, g.now),
        address=address if g.actor.may(Permission.BLUEPRINT_READ) else None,
        track_name=track_name,
        shown=SHOWN,
        **WORDS,
    )


@bp.get("/<programme>/<job_type>/<level>/<paper>")
@requires(Permission.BLUEPRINT_READ)
def show(programme: str, job_type: str, level: str, paper: str) -> Response:
    return _page(_asked(programme, job_type, level, paper))


@bp.route("/<programme>/<job_type>/<level>/<paper>/edit", methods=["GET", "POST"])
@requires(Permission.BLUEPRINT_DRAFT)
def edit(programme: str, job_type: str, level: str, paper: str) -> Response:
    asked = _asked(programme, job_type, level, paper)
    if request.method == "GET":
        return _editor(asked, typed_of(_base(asked)))
    sheet = read(request.form, asked.blueprint)
    if sheet.blueprint is None:
        return _editor(asked, request.form)
    try:
        with unit_of_work():
            reason = request.form.get("reason", "")
            version = services.draft_blueprint(asked, sheet.blueprint, reason, actor=g.actor, now=g.now)
            number = version.number
    except DomainError as error:
        return _editor(asked, request.form, messages.message(error.code, error.facts))
    flash(_("已存为第 %(number)s 版，等另一位来定。", number=number), "ok")
    return htmx.go(address(asked))


@bp.post("/<programme>/<job_type>/<level>/<paper>/proof")
@requires(Permission.BLUEPRINT_DRAFT)
def proof(programme: str, job_type: str, level: str, paper: str) -> str:
    """The totals of what is being typed, and what the bank makes of it."""
    return render_template(
        "exams/staff/_proof.html", **_proof_values(_asked(programme, job_type, level, paper), request.form)
    )


@bp.get("/versions/<version_id>")
@requires(Permission.BLUEPRINT_READ)
def version(version_id: str) -> Response:
    """A version as it was written, with its proof by the bank of today."""
    row = queries.blueprint_version(version_id)
    base = queries.default_asked(row.programme_version_id, row.job_type, row.level, row.paper)
    return _page(queries.edited(base, row), row.id, typed=once.taken())


@bp.post("/versions/<version_id>/decision")
@requires(Permission.BLUEPRINT_APPROVE, step_up=True, typed=("reason", "effective_from"))
def decide(version_id: str) -> Response:
    row = queries.blueprint_version(version_id)
    base = queries.default_asked(row.programme_version_id, row.job_type, row.level, row.paper)
    approve = request.form.get("decision") == "approve"
    try:
        if approve:
            services.ensure_decided(queries.edited(base, row))
        with unit_of_work():
            services.decide_blueprint(
                version_id,
                approve=approve,
                effective_from=_day(request.form.get("effective_from", "")),
                reason=request.form.get("reason", ""),
                actor=g.actor,
                now=g.now,
            )
    except DomainError as error:
        fault = messages.message(error.code, error.facts)
        return _page(queries.edited(base, row), row.id, fault, request.form)
    flash(_("已定，从那一天起的场次按这一版组卷。") if approve else _("已退回。"), "ok")
    return htmx.go(address(base))


def address(asked: queries.Asked, endpoint: str = "blueprints_desk.show") -> str:
    """Where a blueprint's page stands."""
    return url_for(
        endpoint,
        programme=asked.rules.key,
        job_type=asked.track.job_type or UNSPLIT,
        level=asked.track.level,
        paper=asked.spec.slug,
    )


def _asked(programme: str, job_type: str, level: str, paper: str) -> queries.Asked:
    job = "" if job_type == UNSPLIT else job_type
    return queries.current_asked(programme, job, level, paper, g.now)


def _page(
    asked: queries.Asked,
    version_id: str | None = None,
    fault: str | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    versions = queries.versions_of(asked.rules.key, asked.track.job_type, asked.track.level, asked.spec.slug)
    line = next((one for one in versions if one.version.id == version_id), None)
    return htmx.render(
        "exams/staff/blueprint.html",
        status=422 if fault else 200,
        line=line,
        versions=versions,
        papers=asked.rules.papers(asked.track.level),
        heading=track_name(asked.rules, asked.track.job_type, asked.track.level),
        address=address,
        fault=fault,
        typed=typed,
        edit_href=address(asked, "blueprints_desk.edit"),
        **_shown(asked, asked.blueprint, ()),
    )


def _editor(asked: queries.Asked, typed: Mapping[str, str], fault: str | None = None) -> Response:
    sent = request.method == "POST"
    return htmx.render(
        "exams/staff/blueprint_edit.html",
        status=422 if sent else 200,
        typed=typed,
        fault=fault,
        types=TYPES,
        difficulties=DIFFICULTIES,
        heading=track_name(asked.rules, asked.track.job_type, asked.track.level),
        back=address(asked),
        proof_href=address(asked, "blueprints_desk.proof"),
        base=asked.blueprint,
        **_proof_values(asked, typed),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _base(asked: queries.Asked) -> Asking:
    """What the editor begins with: the version asked for, else what holds."""
    number = request.args.get("version", "")
    if not number:
        return asked.blueprint
    row = queries.blueprint_version(number)
    base = queries.default_asked(row.programme_version_id, row.job_type, row.level, row.paper)
    if (base.rules.key, base.track, base.spec.slug) != (asked.rules.key, asked.track, asked.spec.slug):
        raise NotFound("BLUEPRINT_NOT_FOUND")
    return queries.edited(base, row).blueprint


def _proof_values(asked: queries.Asked, typed: Mapping[str, str]) -> dict[str, Any]:
    sheet = read(typed, asked.blueprint)
    return _shown(asked, sheet.blueprint or asked.blueprint, sheet.wrong)


def _shown(asked: queries.Asked, blueprint: Asking, wrong: tuple[str, ...]) -> dict[str, Any]:
    """What the proof of a blueprint shows."""
    report = queries.report(blueprint, pool_of(asked.track, blueprint))
    points = {} if prove(blueprint) else function_points(blueprint)
    bands = {one: blueprint.drawing.band(one, blueprint.count) for one, _share in blueprint.drawing.curve}
    return {
        "asked": asked,
        "blueprint": blueprint,
        "report": report,
        "points": points,
        "bands": bands,
        "wrong": wrong,
        "shown": SHOWN,
        "percent": sum(weight.percent for weight in blueprint.functions),
        "curve_total": sum(share for _one, share in blueprint.drawing.curve),
        **WORDS,
    }
