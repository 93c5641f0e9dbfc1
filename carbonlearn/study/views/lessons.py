"""Studying: the operations that a lesson page calls, and the course and lesson pages themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, jsonify, render_template, request
from flask_babel import lazy_gettext as _l

from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import forms, queries, schemas, services
from carbonlearn.study.presentation import recording_of, slides_of
from carbonlearn.study.rules.completion import is_complete
from carbonlearn.web import messages
from carbonlearn.web.context import device_label, session_token_hash
from carbonlearn.web.fast import PlainRoute
from carbonlearn.web.guard import hot, requires
from carbonlearn.web.openapi import operation
from carbonlearn.web.payload import read_json, schema_of

bp = Blueprint("study", __name__)

messages.register(
    {
        "LESSON_NOT_FOUND": _l("没有找到这一讲，它可能已经下架。"),
        "LESSON_NOT_IN_TRACK": _l("这一讲不在您报考的课程里，所以打不开。"),
        "COURSE_NOT_IN_TRACK": _l("这门课不在您报考的课程里，所以打不开。"),
        "STUDY_SESSION_NOT_FOUND": _l("没有找到这次学习，请重新打开这一讲。"),
        "ACCESS_CLOSED": _l("学习期没有开始或已经结束：课程可以看，学时不再计入。要延长请联系您的培训基地。"),
        "NONCE_WRONG": _l("这次上报的凭据不对，没有计入。请重新打开这一讲。"),
        "PRESENCE_CHECK_NOT_FOUND": _l("没有找到这道随堂核验题，请重新打开这一讲。"),
        "PRESENCE_CHOICE_UNKNOWN": _l("选的不是这道题的选项，没有交上，请重选。"),
        "STUDY_REVIEW_NOT_FOUND": _l("没有找到这条待查记录，它可能不在您的范围内。"),
        "STUDY_REVIEW_DECIDED": _l("这条待查记录已有人处理过，请刷新再看。"),
        "STUDY_OWN_DECISION": _l("不能处理自己的学时，请由别人来定。"),
        "STUDY_REASON_NEEDED": _l("请写明理由，至少四个字。"),
        "STUDY_SPANS_UNKNOWN": _l("选的学习记录不在这份报名里，请刷新再选。"),
        "SPAN_EARNED_AGAIN": _l("这一段内容后来又学过并已计入，恢复会重复计算，所以没有恢复。"),
        "SPAN_BEYOND_CAP": _l("恢复后，这一天计入的会超过每日上限，所以没有恢复。"),
        "BEAT_OUT_OF_ORDER": _l("上报的次序不对，没有计入；下一次应是第 %(expected)s 次。"),
    }
)


@bp.app_template_filter("half_minutes")
def half_minutes(milliseconds: int) -> str:
    """Milliseconds as minutes to the nearest half, never nothing: 6, 4.5."""
    halves = max(1, round(milliseconds / 30_000))
    return f"{halves // 2}.5" if halves % 2 else str(halves // 2)


@bp.get("/study/lessons")
@requires(Permission.STUDY_OWN)
@operation("listLessons", "The lessons of one's own track with length and credit, in milliseconds")
def list_lessons() -> Response:
    enrolment = _chosen_enrolment()
    courses = queries.courses_of(enrolment)
    return jsonify(
        enrolment=enrolment.id, lessons=[_lesson(one) for course in courses for one in course.lessons]
    )


@bp.post("/study/sessions")
@requires(Permission.STUDY_OWN)
@operation(
    "openStudySession",
    "Open a lesson on this device; takes the lease over",
    body=schema_of(forms.OPENING),
    answer=schemas.OPENED,
    errors=("LESSON_NOT_FOUND", "LESSON_NOT_IN_TRACK", "ACCESS_CLOSED"),
)
def open_session() -> Response:
    body = read_json(forms.OPENING)
    with unit_of_work():
        opened = services.open_session(body["lesson"], body.get("enrolment"), g.actor, g.now, device_label())
    return jsonify(asdict(opened))


@bp.post("/study/sessions/<session_id>/beats")
@hot(Permission.STUDY_OWN)
@operation(
    "beat",
    "Report what was followed since the last beat, in milliseconds; the server's clock decides what it earns",
    body=schema_of(forms.BEAT),
    answer=schemas.REPLY,
    errors=("NONCE_WRONG", "BEAT_OUT_OF_ORDER", "STUDY_SESSION_NOT_FOUND", "SIGN_IN_NEEDED"),
)
def beat(session_id: str) -> Response:
    claim, token = _claim(read_json(forms.BEAT)), session_token_hash()
    reply = services.extend_span(session_id, token, claim, g.now)
    if reply is None:
        with unit_of_work():
            reply = services.judge_beat(session_id, token, claim, g.now)
    return jsonify({name: getattr(reply, name) for name in schemas.REPLY["properties"]})


@bp.post("/study/presence/<check_id>/answer")
@requires(Permission.STUDY_OWN)
@operation(
    "answerPresence",
    "Answer the presence question that holds further credit; the first answer counts",
    body=schema_of(forms.PRESENCE_ANSWER),
    answer=schemas.ANSWERED,
    errors=("PRESENCE_CHECK_NOT_FOUND", "PRESENCE_CHOICE_UNKNOWN"),
)
def answer_presence(check_id: str) -> Response:
    choice = read_json(forms.PRESENCE_ANSWER)["choice"]
    with unit_of_work():
        answered = services.answer_presence(check_id, choice, g.actor, g.now)
    return jsonify(asdict(answered))


@bp.post("/study/sessions/<session_id>/closure")
@requires(Permission.STUDY_OWN)
@operation("closeStudySession", "End a study session of one's own", errors=("STUDY_SESSION_NOT_FOUND",))
def close_session(session_id: str) -> Response:
    with unit_of_work():
        session = services.close_session(session_id, g.actor, g.now)
        enrolment_id = session.enrolment_id
    return jsonify(session=session_id, credited_ms_enrolment=queries.credited_ms(enrolment_id))


@bp.get("/study/totals")
@requires(Permission.STUDY_OWN)
@operation(
    "studyTotals",
    "One's own credited time, by lesson, and what was refused and why; in milliseconds",
    answer=schemas.TOTALS,
)
def totals() -> Response:
    enrolment = _chosen_enrolment()
    refused = queries.refused_by_lesson(enrolment.id)
    lessons = [
        _lesson(one) | {"refused": refused.get(one.row.id, {})}
        for course in queries.courses_of(enrolment)
        for one in course.lessons
    ]
    return jsonify(
        enrolment=enrolment.id,
        credited_ms=queries.credited_ms(enrolment.id),
        refused=sum(refused.values(), Counter()),
        lessons=lessons,
    )


@bp.get("/courses/<slug>")
@requires(Permission.STUDY_OWN)
def course(slug: str) -> str:
    enrolment = _chosen_enrolment()
    found = next((one for one in queries.courses_of(enrolment) if one.course.slug == slug), None)
    if found is None:
        raise NotFound("COURSE_NOT_IN_TRACK", course=slug)
    return render_template("study/course.html", course=found, enrolment=enrolment)


@bp.get("/lessons/<slug>")
@requires(Permission.STUDY_OWN)
def lesson(slug: str) -> str:
    place = queries.place_of(slug, g.actor, g.now, request.args.get("enrolment"))
    ground = queries.coverage(place.enrolment.id, place.lesson.id)
    credited = sum(end - start for start, end in ground)
    percent = place.rules.study.completion_percent
    listed = queries.track_lessons(place.enrolment)
    here = next(index for index, row in enumerate(listed) if row.id == place.lesson.id)
    return render_template(
        "study/lesson.html",
        place=place,
        parts=queries.parts_of(place.version, ground),
        credited_ms=credited,
        complete=is_complete(credited, place.version.length_ms, percent)
        or place.lesson.id in queries.completed_before(place.enrolment.id, percent),
        number=1 + sum(row.course_slug == listed[here].course_slug for row in listed[:here]),
        recording=recording_of(place.lesson.kind, place.version.media),
        slides=slides_of(place.version) if place.lesson.kind == "slides" else (),
        next_lesson=listed[here + 1] if here + 1 < len(listed) else None,
        large=request.args.get("text") == "large",
    )


def _chosen_enrolment() -> Enrolment:
    """The enrolment named in the address, else the one that counts now. Raises NotFound when there is none."""
    wanted = request.args.get("enrolment")
    own = [one for one in queries.studied_enrolments(g.actor) if wanted in (None, one.id)]
    if not own:
        raise NotFound("ENROLMENT_NOT_FOUND")
    return next((one for one in own if queries.is_access_open(one, g.now)), own[0])


def _claim(body: dict[str, Any]) -> services.Claim:
    return services.Claim(
        body["seq"], body["nonce"], body["playing"], body["visible"], body["from"], body["to"]
    )


def _plain_beat(session_id: str, token: str, body: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """The usual beat, which only goes on from the last; None for every other."""
    reply = services.extend_span(session_id, token, _claim(body), now)
    return None if reply is None else {name: getattr(reply, name) for name in reply.__slots__}


PLAIN_BEAT = PlainRoute("/study/sessions/", "/beats", forms.BEAT, _plain_beat)


def _lesson(one: queries.LessonProgress) -> dict[str, Any]:
    row = one.row
    return {
        "slug": row.slug,
        "course": row.course_slug,
        "kind": row.kind,
        "title": row.title,
        "en": row.en,
        "length_ms": row.length_ms,
        "credited_ms": one.credited_ms,
        "open_ms": max(0, row.length_ms - one.credited_ms),
        "complete": one.complete,
    }
