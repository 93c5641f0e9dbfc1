"""The list of lessons, one lesson with its versions, and what a version changed."""

from __future__ import annotations

import re
from datetime import date

from flask import Blueprint, flash, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.catalogue import forms, queries, services
from carbonlearn.catalogue.queries import DeskLesson
from carbonlearn.catalogue.rules.difference import Written, difference
from carbonlearn.catalogue.rules.lesson import KINDS
from carbonlearn.core.errors import Conflict, DomainError
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import htmx, messages
from carbonlearn.web.guard import requires

NUMBER = re.compile(r"[0-9]{1,6}")

bp = Blueprint("lessons_desk", __name__, url_prefix="/desk/lessons")

messages.register(
    {
        "LESSON_DRAFT_NOT_FOUND": _l("没有找到这份草稿，它可能已经发布或作废。"),
        "LESSON_SLUG": _l("网址名只用小写字母、数字和短横，例如 pub-11-new-topic。"),
        "LESSON_SLUG_TAKEN": _l("这个网址名已经有课在用。"),
        "LESSON_KIND": _l("没有这种课。"),
        "LESSON_SOURCE_GONE": _l("第 %(number)s 版没有留下原稿，不能从它改起。请先用命令行装入课程文件。"),
        "LESSON_DRAFT_CHANGED": _l("有人已存了第 %(number)s 稿，您这一页是从更早的一稿改的。"),
        "LESSON_NOT_SUBMITTED": _l("这份草稿还没有送审，或送审后又改过。"),
        "LESSON_OWN_DRAFT": _l("参与写这份草稿的人不能自己发布，要由另一位来。"),
        "LESSON_NOTE_NEEDED": _l("退回要写明理由。"),
        "LESSON_DAY": _l("生效日期要写成年-月-日。"),
        "LESSON_DAY_OVER": _l("生效日期已经过去；要马上生效就留空。"),
        "LESSON_TITLE": _l("标题要有 2 到 80 个字。"),
        "LESSON_EN": _l("要有英文标题。"),
        "LESSON_SUMMARY": _l("一句话说明要有 10 到 200 个字。"),
        "LESSON_SOURCES": _l("要写明资料来源，一行一个。"),
        "LESSON_COMPETENCE": _l("能力点要有一个以上，而且都在国家标准的清单里，一行一个。"),
        "LESSON_COMPETENCE_UNKNOWN": _l("能力点清单里没有：%(codes)s。请改正或删去，一行一个。"),
        "LESSON_REVIEW_BY": _l("要写明最迟哪天复核，写成年-月-日。"),
        "LESSON_FIGURE": _l("插图只能用上传到本系统的图片。"),
        "LESSON_TRANSCRIPT": _l("音频课要有文字稿，听不到的人也能学。"),
        "LESSON_BODY": _l("正文从一个小标题开始，小标题写成“## 1 标题”。"),
        "LESSON_EMPTY": _l("正文里还没有可读的文字。"),
        "LESSON_STATED": _l("另加时间写成“表1 60秒”或“第3页 60秒”，一行一个。"),
        "LESSON_RECORDING": _l("要选一个上传好的录音或录像。"),
        "LESSON_QUALITIES": _l("几个清晰度的时长相差超过一秒，可能不是同一部片子。"),
        "LESSON_SLIDES": _l("要选一份上传好的 PDF。"),
        "LESSON_CAPTIONS": _l("录像课要有中文字幕。"),
    }
)


@bp.app_template_filter("as_day")
def as_day(text: str) -> date | None:
    """A day written as 2027-06-30, or nothing."""
    try:
        return date.fromisoformat(text)
    except (ValueError, TypeError):  # a template may ask of what is not there
        return None


@bp.get("")
@requires(Permission.LESSON_READ)
def index() -> str:
    """Every lesson with what holds, what is announced, what is being written, and when it is to be looked at again."""
    rows = queries.desk_lessons()
    state = request.args.get("state", "")
    wanted = STATES.get(state, STATES[""])
    return render_template(
        "catalogue/desk_lessons.html",
        rows=[row for row in rows if wanted(row)],
        counts={name: sum(map(test, rows)) for name, test in STATES.items()},
        state=state if state in STATES else "",
        programmes=queries.programmes(),
        names=_course_names(),
    )


def _course_names() -> dict[str, tuple[str, str]]:
    """What the courses are called, in Chinese and English, in whichever programme they stand."""
    rules = [queries.current_rules(one.key, g.now) for one in queries.programmes()]
    return {
        course.slug: (course.title, course.en)
        for one in rules
        for job in one.data["job_types"]
        for course in one.courses(job["slug"])
    }


def _overdue(row: DeskLesson) -> bool:
    due = as_day(row.version.meta.get("review_by", "")) if row.version else None
    return due is not None and due < g.now.date()


STATES = {
    "": lambda _row: True,
    "writing": lambda row: row.draft is not None and row.draft.state == "writing",
    "submitted": lambda row: row.draft is not None and row.draft.state == "submitted",
    "announced": lambda row: row.announced is not None,
    "overdue": _overdue,
}


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.LESSON_DRAFT)
def new() -> Response:
    if request.method == "GET":
        return _new_page([])
    forms.only(request.form, "slug", "kind", "title")
    typed = {name: request.form.get(name, "").strip()[:120] for name in ("slug", "kind", "title")}
    faults = services.drafts.faults_of_new(**typed)
    if faults:
        return _new_page(faults)
    with unit_of_work():
        draft_id = services.drafts.begin(**typed, actor=g.actor, now=g.now).id
    flash(_("草稿已开好。写的时候会自动保存。"), "ok")
    return htmx.go(url_for("lesson_drafts.show", draft_id=draft_id))


def _new_page(faults: list[DomainError]) -> Response:
    errors = {str(fault.facts["field"]): messages.message(fault.code, fault.facts) for fault in faults}
    return htmx.render(
        "catalogue/desk_new_lesson.html",
        status=422 if faults else 200,
        kinds=KINDS,
        typed=request.form,
        errors=errors,
    )


@bp.get("/<slug>")
@requires(Permission.LESSON_READ)
def show(slug: str) -> str:
    return _lesson_page(slug)


def _lesson_page(slug: str, fault: DomainError | None = None) -> str:
    lesson = queries.desk_lesson(slug)
    versions = queries.versions_of(lesson.id)
    return render_template(
        "catalogue/desk_lesson.html",
        lesson=lesson,
        versions=versions,
        current=next((row for row in versions if row.version.id == lesson.current_version_id), None),
        draft=queries.draft_of(lesson.id),
        placements=queries.placements_of(lesson.id),
        programmes={one.key: one for one in queries.programmes()},
        names=_course_names(),
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


@bp.post("/<slug>/draft")
@requires(Permission.LESSON_DRAFT)
def revise(slug: str) -> Response:
    """To the lesson's draft, which is made from its newest version when there is none."""
    forms.only(request.form)
    try:
        with unit_of_work():
            draft_id = services.drafts.revise(slug, actor=g.actor, now=g.now).id
    except Conflict as error:
        return make_response(_lesson_page(slug, error), 409)
    return htmx.go(url_for("lesson_drafts.show", draft_id=draft_id))


@bp.get("/<slug>/versions/<number>")
@requires(Permission.LESSON_READ)
def version(slug: str, number: str) -> str:
    """What a version changed of the one before."""
    lesson = queries.desk_lesson(slug)
    after, before = queries.version_pair(lesson.id, int(number) if NUMBER.fullmatch(number) else 0)
    return render_template(
        "catalogue/desk_version.html",
        lesson=lesson,
        after=after,
        before=before,
        changes=difference(
            Written(before.source, before.html) if before else None, Written(after.source, after.html)
        ),
    )
