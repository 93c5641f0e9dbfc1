"""A learner's results: released ones, and what is still being marked."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, render_template
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.catalogue.queries import programmes, rules_of
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import queries as exams_queries
from carbonlearn.infra.db import db
from carbonlearn.marking import queries
from carbonlearn.web import messages
from carbonlearn.web.errors import wants_json
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import local
from carbonlearn.web.openapi import operation

bp = Blueprint("marking", __name__)

messages.register(
    {
        "RESULT_NOT_FOUND": _l("没有找到这份成绩，或者它还没有发布。"),
        "SCRIPT_NOT_FOUND": _l("这份答卷已由别人评完，或者您已评过它。"),
        "SCRIPT_TAKEN": _l("另一位阅卷人刚评完这份答卷，请看下一份。"),
        "LINES_MISSING": _l("每个要点都要给分，一共 %(needed)s 个。"),
        "LINE_POINTS": _l("要点的得分只能是零、一半或满分。"),
        "NOTE_TOO_LONG": _l("批注最多 %(limit)s 个字。"),
        "RELEASE_BY_MARKER": _l("您评过这个场次的答卷，要由另一位主考发布。"),
        "RELEASE_GATE_SHUT": _l("还不能发布：有一项检查没有通过（%(gate)s）。"),
    }
)

TYPE_NAMES = {
    "single-choice": _l("单选"),
    "true-false": _l("判断"),
    "multiple-choice": _l("多选"),
    "short-answer": _l("简答"),
}


@bp.get("/results")
@requires(Permission.RESULT_OWN)
@operation("myResult", "One's own released results")
def results() -> Response | str:
    found = queries.own_results(g.actor)
    if wants_json():
        return jsonify(
            results=[
                {
                    "id": r.id,
                    "points": r.total,
                    "possible": r.possible,
                    "passed": r.passed,
                    "released_at": release.at.isoformat(),
                }
                for r, _window, release in found
            ]
        )
    waiting = queries.awaiting_release(g.actor)
    names = {programme.key: programme for programme in programmes()}
    return render_template(
        "marking/results.html",
        results=found,
        waiting=waiting,
        names=names,
        examinations=exams_queries.examination_names(g.now),
    )


@bp.get("/results/<result_id>")
@requires(Permission.RESULT_OWN)
def result(result_id: str) -> str:
    found, window, release, sitting = queries.own_result(result_id, g.actor)
    enrolment = db.session.get_one(Enrolment, found.enrolment_id)
    rules = rules_of(enrolment.programme_version_id)
    retake = next(
        (
            one
            for one in exams_queries.entitlements_of(enrolment.id, window.paper)
            if one.kind == "free_retake" and not one.used_at
        ),
        None,
    )
    examinations = exams_queries.examinations_of(enrolment, g.now)
    return render_template(
        "marking/result.html",
        result=found,
        window=window,
        release=release,
        sitting=sitting,
        track=rules.track(enrolment.job_type, enrolment.level),
        rules=rules,
        retake=retake,
        examination=rules.examinations(enrolment.level)[window.paper] if len(examinations) > 1 else None,
        still_to_pass=[one.spec for one in examinations if not one.is_passed],
        judged_elsewhere=rules.is_judged_elsewhere(enrolment.level),
        today=local(g.now).date(),
        type_names=TYPE_NAMES,
    )
