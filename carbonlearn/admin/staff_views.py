"""The desk's overview pages: today, learners, jobs, programmes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from carbonlearn.accounts.queries import bases_within
from carbonlearn.admin import queries
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment import queries as enrolments
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import local
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("admin", __name__, url_prefix="/desk")

JOB_NAMES = {
    "study.close_silent": _l("结束没有心跳的学习"),
    "study.check_totals": _l("核对学时账"),
    "study.raise_reviews": _l("查找学时异常"),
    "catalogue.turn_lessons": _l("换上到期生效的课程版本"),
    "question_bank.write_exports": _l("写导出的试题文件"),
    "exams.windows": _l("按规则排场次"),
    "exams.entitlements": _l("给考试资格"),
    "exams.unmet_bookings": _l("释放学时未满的预约"),
    "exams.papers": _l("组卷并封存"),
    "exams.openings": _l("开考时登记各卷用题"),
    "exams.no_shows": _l("登记缺考"),
    "sittings.overdue": _l("到时交卷"),
    "marking.objective": _l("客观题判分"),
    "marking.confirm": _l("合成成绩"),
    "certificates.issue": _l("签发证书"),
    "question_bank.read_files": _l("读上传的试题文件"),
    "question_bank.apply_files": _l("导入试题文件"),
    "practice.mocks": _l("到时交模拟卷"),
    "practice.old_papers": _l("清理半年前的模拟卷"),
    "reports.items": _l("考后统计试题"),
    "enrolment.expire": _l("结束到期的学习期"),
    "accounts.forget_failures": _l("清理登录失败记录"),
    "ops.forget_allowances": _l("清理访问次数记录"),
}
"""What the sweeps are called for a reader; one without a name here is shown by its code."""

WAITING: dict[str, tuple[Any, str, dict[str, str]]] = {
    "check": (_l("份报名待初核"), "admissions.queue", {"view": "check"}),
    "approve": (_l("份报名待复核"), "admissions.queue", {"view": "approve"}),
    "fees": (_l("份报名待记缴费"), "admissions.queue", {"view": "pay"}),
    "study": (_l("条学时待复核"), "study_desk.reviews", {}),
    "scripts": (_l("道简答待评"), "marking_desk.marking", {}),
    "thirds": (_l("道简答待裁定"), "marking_desk.marking", {}),
    "release": (_l("场成绩待发布"), "marking_desk.results", {}),
    "lessons": (_l("讲课程待发布"), "lessons_desk.index", {"state": "submitted"}),
    "items": (_l("道试题待审"), "items.index", {"status": "waiting"}),
    "returned": (_l("道您写的试题被退回"), "items.index", {"status": "returned", "mine": "1"}),
    "blueprints": (_l("版组卷方案待定"), "blueprints_desk.index", {}),
}
STATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "active": (_l("在学"), ("active",)),
    "ended": (_l("已结束"), ("expired", "completed")),
    "applying": (_l("报名中"), ("draft", "submitted", "base_approved", "association_approved", "paid")),
    "all": (_l("全部"), ()),
}


@bp.get("")
@requires(Permission.DESK_OPEN)
def today() -> str:
    """What needs a decision of this person's, and what comes next."""
    midnight = local(g.now).replace(hour=0, minute=0, second=0, microsecond=0)
    jobs = current_app.extensions["carbonlearn_jobs"]
    return render_template(
        "admin/today.html",
        waiting=[(row, WAITING[row.name]) for row in queries.waiting(g.actor)],
        waited=_waited,
        overdue_items=queries.overdue_items(g.actor, g.now),
        windows=queries.next_windows(g.now) if g.actor.may(Permission.WINDOW_READ) else [],
        issued=queries.certificates_since(g.actor, midnight)
        if g.actor.may(Permission.CERTIFICATE_READ)
        else None,
        late=[row for row in queries.job_rows(jobs, g.now) if row.late]
        if g.actor.may(Permission.JOB_READ)
        else [],
    )


def _waited(since: datetime | None) -> str:
    """For how long the oldest has waited, in words."""
    if since is None:
        return ""
    days = (local(g.now).date() - local(since).date()).days
    return ngettext("最早的已等 %(num)s 天", "最早的已等 %(num)s 天", days) if days else _("最早的今天提交")


@bp.get("/learners")
@requires(Permission.STUDY_READ)
def learners() -> str:
    """Places with their credited hours; the address is the state of the view."""
    state = request.args.get("state", "active")
    states = STATES.get(state, STATES["active"])[1]
    filters = enrolments.Filters(
        states=states,
        base_id=request.args.get("base", ""),
        programme_key=request.args.get("programme", ""),
        words=request.args.get("q", "").strip()[:40],
    )
    rows = queries.learner_rows(g.actor, filters, request.args.get("after", ""), PAGE_SIZE + 1, g.now)
    counts = enrolments.state_counts(g.actor, Permission.STUDY_READ)
    return render_template(
        "admin/learners.html",
        page=page_of(rows, lambda row: row.place.key),
        state=state,
        tabs=[
            (key, label, sum(counts.get(name, 0) for name in names or counts))
            for key, (label, names) in STATES.items()
        ],
        filters=filters,
        bases=bases_within(g.actor, Permission.STUDY_READ),
        programmes=catalogue.programmes(),
    )


@bp.get("/learners/<user_id>")
@requires(Permission.STUDY_READ)
def learner(user_id: str) -> str:
    """A learner with every place that stands in the actor's bases. Raises NotFound when none does."""
    rows = queries.learner_rows(g.actor, enrolments.Filters(user_id=user_id), "", 50, g.now)
    if not rows:
        raise NotFound("PERSON_NOT_FOUND")
    return render_template("admin/learner.html", rows=rows, who=rows[0].place)


@bp.get("/jobs")
@requires(Permission.JOB_READ)
def jobs() -> str:
    return render_template(
        "admin/jobs.html",
        rows=queries.job_rows(current_app.extensions["carbonlearn_jobs"], g.now),
        job_names=JOB_NAMES,
    )


@bp.get("/programmes")
@requires(Permission.PROGRAMME_READ)
def programmes() -> str:
    return render_template("admin/programmes.html", rows=queries.programme_rows(g.actor, g.now))
