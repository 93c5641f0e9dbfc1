"""The way through an exam: check in, wait, answer, hand in. Pages for people, JSON for the exam room's script and for others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.sittings import queries, replies, services
from carbonlearn.sittings.models import Sitting
from carbonlearn.sittings.rules.face import LONGEST_TEXT
from carbonlearn.web import htmx, messages
from carbonlearn.web.context import session_token_hash
from carbonlearn.web.errors import wants_json
from carbonlearn.web.fast import PlainRoute
from carbonlearn.web.guard import hot, requires
from carbonlearn.web.openapi import operation
from carbonlearn.web.payload import Field, read_json, schema_of

bp = Blueprint("sittings", __name__)

messages.register(
    {
        "SITTING_NOT_FOUND": _l("没有找到这场考试，或者它不属于您。"),
        "CHECK_IN_NOT_OPEN": _l("还没到签到时间。开考前 %(minutes)s 分钟可以签到。"),
        "CHECK_IN_CLOSED": _l("开考已满 %(minutes)s 分钟，或考试已经结束，不能再签到。"),
        "START_NOT_OPEN": _l("还没到开考时间。请留在候考室，到时按钮会自动开放。"),
        "START_TOO_LATE": _l("开考已满 %(minutes)s 分钟，或考试已经结束，不能再进入。"),
        "SITTING_ACTOR": _l("这一步不由您来做。"),
        "SITTING_STATUS": _l("这场考试现在的状态不允许这样做。请刷新页面查看。"),
        "LEASE_LOST": _l("这场考试已在别的设备或页面打开，这里不能再作答。"),
        "LATE": _l("交卷时间已过，这次保存没有计入。"),
        "NOT_RUNNING": _l("这场考试没有在作答中。"),
        "STALE_REVISION": _l("服务器上已有这道题更新的答案。"),
        "LIVE_CHECK_MISSING": _l("这场考试要求现场核验身份，请等监考员核验后再进入。"),
    }
)

GENERATION = {"generation": Field("integer", 1, required=False)}
ANSWER = {
    "item": Field("integer", 1, 400),
    "revision": Field("integer", 1),
    "generation": Field("integer", 1),
    "operation_id": Field("string", 1, 40, r"[A-Za-z0-9_-]+"),
    "value": Field("answer", high=LONGEST_TEXT),
}
PAGES = {"ready": "waiting_room", "running": "room", "absent": "missed", "void": "missed"}


@bp.post("/exams/bookings/<booking_id>/check-in")
@requires(Permission.EXAM_OWN)
@operation(
    "checkIn",
    "Check in for a booked exam, while its check-in is open",
    body=schema_of({}),
    answer=replies.STATE_SCHEMA,
    errors=("BOOKING_NOT_HELD", "WINDOW_CANCELLED", "CHECK_IN_NOT_OPEN", "CHECK_IN_CLOSED"),
)
def check_in(booking_id: str) -> AnyResponse:
    _sent()
    with unit_of_work():
        sitting = services.check_in(booking_id, actor=g.actor, now=g.now)
    return _answer(sitting)


@bp.get("/sittings/<sitting_id>")
@requires(Permission.EXAM_OWN)
def sitting(sitting_id: str) -> AnyResponse | str:
    found = _standing(sitting_id)
    page = PAGES.get(found.status, "receipt")
    if page == "room" and not queries.holds_lease(found, g.actor):
        page = "elsewhere"
    return render_template(f"sittings/{page}.html", **replies.page_values(found, g.now))


@bp.post("/sittings/<sitting_id>/start")
@requires(Permission.EXAM_OWN)
@operation(
    "startSitting",
    "Open the paper and start the clock",
    body=schema_of({}),
    answer=replies.STATE_SCHEMA,
    errors=("START_NOT_OPEN", "START_TOO_LATE", "WINDOW_CANCELLED", "PAPER_NOT_SEALED", "SITTING_STATUS"),
)
def start(sitting_id: str) -> AnyResponse:
    _sent()
    with unit_of_work():
        begun = services.start(sitting_id, actor=g.actor, now=g.now)
    return _answer(begun)


@bp.get("/sittings/<sitting_id>/paper")
@requires(Permission.EXAM_OWN)
@operation(
    "sittingPaper",
    "The paper of one's own running sitting, with the answers saved so far",
    answer=replies.PAPER_SCHEMA,
    errors=("NOT_RUNNING", "LEASE_LOST"),
)
def paper(sitting_id: str) -> Response:
    return replies.paper(_seen_in_the_room(sitting_id), g.now)


@bp.get("/sittings/<sitting_id>/answers")
@requires(Permission.EXAM_OWN)
@operation(
    "sittingAnswers",
    "The answers saved so far in one's own running sitting, without the paper",
    answer=replies.ANSWERS_SCHEMA,
    errors=("NOT_RUNNING", "LEASE_LOST"),
)
def answers(sitting_id: str) -> Response:
    return replies.answers(_seen_in_the_room(sitting_id), g.now)


@bp.post("/sittings/<sitting_id>/responses")
@hot(Permission.EXAM_OWN)
@operation(
    "saveResponse",
    "Save one answer; 200 only after it is stored for ever",
    body=schema_of(ANSWER),
    answer=replies.SAVED_SCHEMA,
    errors=("LEASE_LOST", "LATE", "STALE_REVISION", "NOT_RUNNING", "SITTING_NOT_FOUND", "SIGN_IN_NEEDED"),
)
def save(sitting_id: str) -> Response:
    wish = services.Wish(sitting_id=sitting_id, session_hash=session_token_hash(), **read_json(ANSWER))
    saved = services.save(current_app, wish, now=g.now)
    return jsonify(replies.saved(saved, g.now))


@bp.get("/sittings/<sitting_id>/clock")
@requires(Permission.EXAM_OWN)
@operation(
    "sittingClock", "The server's clock and the state of one's own sitting", answer=replies.STATE_SCHEMA
)
def clock(sitting_id: str) -> Response:
    return jsonify(_state(_standing(sitting_id)))


@bp.get("/sittings/<sitting_id>/submission")
@requires(Permission.EXAM_OWN)
def submission(sitting_id: str) -> AnyResponse | str:
    found = _standing(sitting_id)
    if found.status != queries.RUNNING or not queries.holds_lease(found, g.actor):
        return htmx.go(url_for("sittings.sitting", sitting_id=found.id))
    return render_template("sittings/submission.html", **replies.page_values(found, g.now))


@bp.post("/sittings/<sitting_id>/submission")
@requires(Permission.EXAM_OWN)
@operation(
    "submitSitting",
    "Hand in; repeating it gives the same receipt",
    body=schema_of(GENERATION),
    answer=replies.STATE_SCHEMA,
    errors=("LEASE_LOST", "SITTING_STATUS"),
    method="POST",
)
def submit(sitting_id: str) -> AnyResponse:
    generation = _sent(GENERATION).get("generation")
    with unit_of_work():
        ended = services.submit(sitting_id, actor=g.actor, now=g.now, generation=generation)
    return _answer(ended)


@bp.post("/sittings/<sitting_id>/takeover")
@requires(Permission.EXAM_OWN)
@operation(
    "takeOverSitting",
    "Carry on upon this device; the one before can write no more",
    body=schema_of(GENERATION),
    answer=replies.STATE_SCHEMA,
    errors=("NOT_RUNNING", "LEASE_LOST"),
)
def take_over(sitting_id: str) -> AnyResponse:
    generation = _sent(GENERATION).get("generation")
    with unit_of_work():
        taken = services.take_over(sitting_id, actor=g.actor, now=g.now, generation=generation)
    return _answer(taken)


def _standing(sitting_id: str) -> queries.Standing:
    """One's own sitting as it stands now. Looking writes nothing: an overdue one is shown as the sweep will close it."""
    return queries.standing(queries.own_sitting(sitting_id, g.actor), g.now)


def _seen_in_the_room(sitting_id: str) -> Any:
    seen = queries.in_the_room(sitting_id, g.actor, g.now)
    if seen is None:
        raise _not_in_the_room(sitting_id)
    return seen


def _not_in_the_room(sitting_id: str) -> Conflict:
    found = _standing(sitting_id)
    if found.status != queries.RUNNING:
        return Conflict("NOT_RUNNING", status=found.status)
    return Conflict("LEASE_LOST", generation=found.generation)


def _plain_save(sitting_id: str, token: str, body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """An answer that is taken; what is refused raises, and is explained by the view."""
    wish = services.Wish(sitting_id=sitting_id, session_hash=token, **body)
    return replies.saved(services.save(current_app, wish, now=now), now)


PLAIN_SAVE = PlainRoute("/sittings/", "/responses", ANSWER, _plain_save)


def _sent(fields: dict[str, Field] | None = None) -> dict[str, Any]:
    """What came along, as JSON or as a form; a form's odd generation is read as none."""
    if request.is_json:
        return read_json(fields or {})
    return {"generation": request.form.get("generation", type=int)}


def _state(found: queries.Standing) -> dict[str, Any]:
    held = found.status == queries.RUNNING and queries.holds_lease(found, g.actor)
    return replies.state(found, queries.window_of(found), g.now, held)


def _answer(found: Sitting) -> AnyResponse:
    if wants_json():
        return jsonify(_state(queries.standing(found, g.now)))
    return htmx.go(url_for("sittings.sitting", sitting_id=found.id))
