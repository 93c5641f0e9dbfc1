"""考试日历 at the desk: the month, a window with its bookings and papers, and what a person may change about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from carbonlearn.catalogue.queries import current_rules, programmes, rules_of
from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.core.windows import local_day
from carbonlearn.exams import queries, services
from carbonlearn.exams.forms import CancelForm, CapacityForm, MoveForm, ReplanForm, WindowForm
from carbonlearn.exams.staff_views.words import CAUSES, fault_text, lack_text, track_name
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import messages
from carbonlearn.web.choices import choices_of
from carbonlearn.web.guard import requires
from carbonlearn.web.htmx import go
from carbonlearn.web.i18n import ZONE, local, pick

bp = Blueprint("exams_desk", __name__)

messages.register(
    {
        "EXAMINATION_NOT_FOUND": _l("这个项目没有这一科考试。"),
        "WINDOW_TIMES": _l("结束时间要晚于开始时间。"),
        "WINDOW_IN_PAST": _l("开始时间要在现在之后。"),
        "WINDOW_UNMOVED": _l("新的日期和时间与原来一样。"),
        "WINDOW_BEGUN": _l("这一场已经开始，不能再改。"),
        "CAPACITY_OUT_OF_RANGE": _l("名额是 1 到 %(limit)s 的整数。"),
        "CAPACITY_BELOW_BOOKED": _l("已有 %(booked)s 人预约，名额不能比这更少。"),
        "REASON_LENGTH": _l("理由要 2 到 %(limit)s 个字。"),
        "REPLAN_NONE": _l("这一场没有要决定的改期。"),
    }
)
WARNINGS = {
    "on_public_holiday": _l("这一天在法定节假日内"),
    "on_make_up_workday": _l("这一天是调休工作日"),
    "year_unannounced": _l("这一年的放假安排还没有公布，日期暂定"),
    "times_unstated": _l("来源没有写明起止时间，按本系统的默认时间"),
    "weekend_spans_months": _l("这个周末跨月"),
    "not_in_published_dates": _l("主办单位公布的日期里没有这一天"),
    "paper_short": _l("题库不够，试卷还没有封存"),
    "paper_impossible": _l("组卷方案不成立，试卷还没有封存"),
    "paper_unprintable": _l("试卷已封存，但有印不出的字，不能印成纸质卷"),
    "paper_failed": _l("试卷没有封存成，系统还在再试"),
    "replan_due": _l("放假安排已公布，按规则应改期；已有人预约，等待决定"),
}
DEADLINES = {
    "booking_closes": _l("预约截止"),
    "ticket": _l("发准考证"),
    "results": _l("公布成绩期限"),
    "certificates": _l("发证期限"),
}
HOLIDAYS = {
    "元旦": _l("元旦"),
    "春节": _l("春节"),
    "清明": _l("清明"),
    "劳动节": _l("劳动节"),
    "端午": _l("端午"),
    "中秋": _l("中秋"),
    "国庆节": _l("国庆节"),
}
STATUSES = {
    "held": _l("已预约"),
    "used": _l("已参加"),
    "cancelled": _l("本人取消"),
    "released": _l("已释放"),
    "no_show": _l("缺考"),
}
END_REASONS = {
    "hours_unmet": _l("学时未满"),
    "window_cancelled": _l("场次取消"),
    "withdrawn": _l("已退出"),
}
FIELD_OF = {
    "WINDOW_TIMES": "end",
    "WINDOW_IN_PAST": "day",
    "WINDOW_UNMOVED": "day",
    "CAPACITY_OUT_OF_RANGE": "capacity",
    "CAPACITY_BELOW_BOOKED": "capacity",
    "REASON_LENGTH": "reason",
}


@bp.get("/desk/calendar")
@requires(Permission.WINDOW_READ)
def calendar() -> str:
    programme = request.args.get("programme") or None
    month = queries.month_of(_month(), programme, g.now)
    return render_template(
        "exams/staff/calendar.html",
        month=month,
        shown=_shown(month),
        today=_today(),
        programme=programme,
        programmes=programmes(),
        issuers=queries.issuers(g.now),
        examinations=queries.examination_names(g.now),
        deadlines=DEADLINES,
        holiday_names=HOLIDAYS,
        state_of=lambda row: _chip_state(row, g.now),
        may_manage=g.actor.may(Permission.WINDOW_MANAGE),
        proposals=queries.proposals(g.now),
        warning_text=warning_text,
    )


@bp.route("/desk/calendar/new", methods=["GET", "POST"])
@requires(Permission.WINDOW_MANAGE)
def add() -> Response:
    form = WindowForm(start="09:00", end="10:30", capacity=300)
    form.programme.choices = choices_of(_series())
    if request.method == "GET":
        form.day.data = _date(request.args.get("day")) or _today()
    elif form.validate():
        made = _tried(form, lambda: services.add_window(**_window_values(form), actor=g.actor, now=g.now))
        if made is not None:
            flash(_("已加一场。"), "ok")
            return go(url_for("exams_desk.window", window_id=made))
    page = render_template("exams/staff/new.html", form=form)
    return make_response(page, 200 if request.method == "GET" else 422)


@bp.get("/desk/calendar/<window_id>")
@requires(Permission.WINDOW_READ)
def window(window_id: str) -> Response:
    return _window_page(window_id)


@bp.get("/desk/calendar/<window_id>/answers")
@requires(Permission.ITEM_APPROVE)
def answers(window_id: str) -> str:
    """What a demonstration's paper expects, for those who walk it. Raises NotFound for any other programme's."""
    return render_template(
        "exams/staff/answers.html",
        row=queries.window_row(window_id),
        papers=[(paper, [_answer(one) for one in items]) for paper, items in queries.open_answers(window_id)],
    )


def _answer(entry: dict[str, Any]) -> tuple[int, str, bool]:
    """Number, the answer in words, and whether it is a text rather than letters."""
    if entry["reference"]:
        return entry["n"], entry["reference"], True
    if entry["key"] in ([True], [False]):
        return entry["n"], _("正确") if entry["key"][0] else _("错误"), False
    return entry["n"], "".join(str(letter) for letter in entry["key"]), False


@bp.post("/desk/calendar/<window_id>/capacity")
@requires(Permission.WINDOW_MANAGE)
def capacity(window_id: str) -> Response:
    form = CapacityForm()
    act = lambda: services.set_capacity(  # noqa: E731 - the act of this form, tried below
        window_id, form.capacity.data or 0, form.reason.data or "", actor=g.actor, now=g.now
    )
    return _acted(window_id, form, act, _("名额已改。"))


@bp.post("/desk/calendar/<window_id>/date")
@requires(Permission.WINDOW_MANAGE)
def move(window_id: str) -> Response:
    form = MoveForm()
    act = lambda: services.move_window(  # noqa: E731
        window_id, form.day.data, form.start.data or "", form.reason.data or "", actor=g.actor, now=g.now
    )
    return _acted(window_id, form, act, _("场次已移动，已预约的考生会看到新的时间和理由。"))


@bp.post("/desk/calendar/<window_id>/cancellation")
@requires(Permission.WINDOW_MANAGE)
def cancel(window_id: str) -> Response:
    form = CancelForm()
    act = lambda: services.cancel_window(window_id, form.reason.data or "", actor=g.actor, now=g.now)  # noqa: E731
    return _acted(window_id, form, act, _("场次已取消，考试资格都已保留。"))


@bp.post("/desk/calendar/<window_id>/replan")
@requires(Permission.WINDOW_MANAGE)
def replan(window_id: str) -> Response:
    form = ReplanForm()
    decide = services.keep_date if request.form.get("decision") == "keep" else services.accept_replan
    act = lambda: decide(window_id, form.reason.data or "", actor=g.actor, now=g.now)  # noqa: E731
    return _acted(window_id, form, act, _("已决定，已预约的考生会看到时间和理由。"))


@bp.get("/T/<number>")
@requires(Permission.WINDOW_READ)
def by_ticket(number: str) -> Response:
    """Where the code on a ticket leads: to the window, at that booking."""
    booking = queries.booking_by_ticket(number, g.actor)
    return go(url_for("exams_desk.window", window_id=booking.window_id, _anchor=f"b-{booking.id}"))


def warning_text(warning: dict[str, Any]) -> str:
    """A window's warning in words."""
    code = warning["code"]
    if code == "paper_short" and warning.get("faults") and not warning["lacking"]:
        code = "paper_impossible"
    return str(WARNINGS.get(code, code))


def _acted(window_id: str, form: FlaskForm, act: Callable[[], Any], done: str) -> Response:
    """Do it when the form holds; else the page again with what was typed."""
    if form.validate_on_submit() and _tried(form, act) is not None:
        flash(done, "ok")
        return go(url_for("exams_desk.window", window_id=window_id))
    return _window_page(window_id, form, 422)


def _tried(form: FlaskForm, act: Callable[[], Any]) -> str | None:
    """The act in its unit of work; a refusal that belongs to a field is put there and gives None. Else the id of what was touched."""
    try:
        with unit_of_work():
            made = act()
            return str(getattr(made, "id", made))
    except Invalid as error:
        field = form[FIELD_OF[error.code]]
        field.errors = [messages.message(error.code, error.facts)]
        return None


def _window_page(window_id: str, form: FlaskForm | None = None, status: int = 200) -> Response:
    row = queries.window_row(window_id)
    rules = current_rules(row.window.programme_key, g.now)
    page = render_template(
        "exams/staff/window.html",
        row=row,
        window=row.window,
        rules=rules,
        state=_chip_state(row, g.now),
        examination=queries.examination_names(g.now).get((row.window.programme_key, row.window.paper)),
        seats=queries.bookings_of_window(window_id, g.actor),
        papers=queries.papers_of_window(window_id),
        forms_of=_forms(row, form),
        may_change=_may_change(row),
        proposal=queries.proposal_of(row.window, g.now),
        track_name=lambda job_type, level, version_id: track_name(
            rules_of(version_id) if version_id else rules, job_type, level
        ),
        warning_text=warning_text,
        lack_text=lack_text,
        fault_text=fault_text,
        causes=CAUSES,
        instant=datetime.fromisoformat,
        statuses=STATUSES,
        end_reasons=END_REASONS,
    )
    return make_response(page, status)


def _forms(row: queries.WindowRow, sent: FlaskForm | None) -> dict[str, FlaskForm]:
    """The forms of the page, the one that was sent with what was typed."""
    starts_at = local(row.window.starts_at)
    found: dict[str, FlaskForm] = {
        "capacity": CapacityForm(formdata=None, capacity=row.window.capacity),
        "move": MoveForm(formdata=None, day=starts_at.date(), start=starts_at.strftime("%H:%M")),
        "cancel": CancelForm(formdata=None),
        "replan": ReplanForm(formdata=None),
    }
    for name, form in found.items():
        if sent is not None and type(form) is type(sent):
            found[name] = sent
    return found


def _may_change(row: queries.WindowRow) -> bool:
    open_still = row.window.cancelled_at is None and g.now < row.window.starts_at
    return bool(open_still and g.actor.may(Permission.WINDOW_MANAGE))


def _series() -> Iterator[tuple[str, str]]:
    """What a window may be of: each programme, or each examination where a programme has several."""
    names = queries.examination_names(g.now)
    for one in programmes():
        several = [(key, name) for (programme, key), name in names.items() if programme == one.key]
        for key, name in several:
            yield f"{one.key}/{key}", f"{pick(one.name, one.en)} · {pick(*name)}"
        if not several:
            yield one.key, pick(one.name, one.en)


def _window_values(form: WindowForm) -> dict[str, Any]:
    programme, _slash, paper = form.programme.data.partition("/")
    return {
        "programme_key": programme,
        "paper": paper,
        "day": form.day.data,
        "start": form.start.data,
        "end": form.end.data,
        "capacity": form.capacity.data,
        "reason": form.reason.data,
    }


def _chip_state(row: queries.WindowRow, now: datetime) -> str:
    """How a window is drawn: cancelled, past, own, to (moved here) or rule."""
    if row.window.cancelled_at is not None:
        return "cancelled"
    if row.window.ends_at <= now:
        return "past"
    return {"manual": "own", "moved": "to"}.get(row.window.origin, "rule")


def _shown(month: queries.Month) -> queries.DayCell | None:
    asked = _date(request.args.get("day"))
    return month.cell(asked) if asked else None


def _month() -> date:
    """The month asked for (YYYY-MM), else that of the day asked for, else this one."""
    asked = _date(f"{request.args.get('month', '')}-01") or _date(request.args.get("day")) or _today()
    return asked.replace(day=1)


def _date(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2099 else None


def _today() -> date:
    return local_day(g.now, str(ZONE))
