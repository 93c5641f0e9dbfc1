"""考试: what is met and what is missing, the windows, one's own place and its ticket."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.queries import OwnPlaces, places_shown
from carbonlearn.exams import queries, services
from carbonlearn.exams.views import answers, place_text, ticket_text, wording
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.pdf import render_pdf
from carbonlearn.infra.qr import qr_svg
from carbonlearn.web import messages
from carbonlearn.web.context import settings
from carbonlearn.web.errors import wants_json
from carbonlearn.web.guard import requires
from carbonlearn.web.htmx import go
from carbonlearn.web.i18n import pick
from carbonlearn.web.openapi import operation

bp = Blueprint("exams", __name__)

messages.register(
    {
        "WINDOW_NOT_FOUND": _l("没有找到这个场次。"),
        "BOOKING_NOT_FOUND": _l("没有找到这个预约，或者它不属于您。"),
        "NOT_ENROLLED": _l("您没有报名这个项目，报名开通后可以预约。"),
        "BOOKING_HELD": _l("您已经预约了另一场。要换场，请先取消那一场。"),
        "BOOKING_OVERLAPS": _l("您在同一时间已预约了另一科，请选别的场次。"),
        "EXAMINATION_OF_OTHERS": _l("您的等级没有这一科考试。"),
        "BOOKING_CLOSED": _l("这一场的预约已经截止，请看后面的场次。"),
        "BOOKING_NOT_HELD": _l("这个预约已经结束，不能再用。"),
        "CANCELLATION_CLOSED": _l("预约截止后不能取消。第一次没有参加不影响考试资格。"),
        "WINDOW_CANCELLED": _l("这一场已取消，请看别的场次。"),
        "WINDOW_FULL": _l("这一场的 %(capacity)s 个名额已满，请看后面的场次。"),
        "ENROLMENT_NOT_ACTIVE": _l("报名还没有开通，开通后可以预约。"),
        "ACCESS_LAPSED": _l("学习期已结束，请联系培训基地。"),
        "ACCESS_ENDS_BEFORE": _l("学习期在这场之前结束，请选更早的场次。"),
        "IDENTITY_NOT_APPROVED": _l("照片与身份证还没有审核通过，通过后可以预约。"),
        "ENTITLEMENT_MISSING": _l("还没有考试资格，账号开通后会自动发放。"),
        "ENTITLEMENT_USED": _l("考试资格已用完。未通过者可以等成绩公布后看是否有补考。"),
        "ENTITLEMENT_EXPIRED": _l("考试资格已过期。"),
        "ENTITLEMENT_ENDS_BEFORE": _l("考试资格在这场之前到期，请选更早的场次。"),
        "TICKETS_EXHAUSTED": _l("这一天的准考证号已用完，请选别的日子或联系培训基地。"),
        "TICKET_NOT_YET": _l("准考证还没有发放，发放时间见考试页。"),
        "TICKET_GONE": _l("这个预约已经结束，没有准考证。"),
        "TICKET_NUMBER_FORM": _l("准考证号是 10 位数字。"),
        "PAPER_NOT_SEALED": _l("这一场的试卷还没有封存。"),
    }
)
BOOK_ERRORS = (
    "WINDOW_NOT_FOUND",
    "NOT_ENROLLED",
    "EXAMINATION_OF_OTHERS",
    "BOOKING_HELD",
    "BOOKING_OVERLAPS",
    "BOOKING_CLOSED",
    "WINDOW_FULL",
    "WINDOW_CANCELLED",
    "IDENTITY_NOT_APPROVED",
    "ENTITLEMENT_MISSING",
    "ENTITLEMENT_USED",
    "ENTITLEMENT_EXPIRED",
)


@bp.get("/exams")
@requires(Permission.EXAM_OWN)
@operation(
    "listWindows", "The exam checklist, one's booking and the next windows", answer=answers.WINDOWS_ANSWER
)
def exams() -> Response | str:
    places = places_shown(g.actor, request.args.get("enrolment"), g.now)
    if places is None:
        return jsonify(answers.no_board()) if wants_json() else render_template("exams/no_enrolment.html")
    board = queries.board(places.shown.enrolment, g.now, request.args.get("paper"))
    if wants_json():
        return jsonify(answers.board(board))
    return render_template("exams/exams.html", **_page(board, places))


@bp.post("/exams/windows/<window_id>/bookings")
@requires(Permission.EXAM_OWN)
@operation("book", "Take a place in a window", answer=answers.BOOKING_ANSWER, errors=BOOK_ERRORS)
def book(window_id: str) -> Response:
    with unit_of_work():
        booking = services.book(
            window_id, actor=g.actor, now=g.now, enrolment_id=request.form.get("enrolment") or None
        )
        answer = answers.booking(booking)
    if wants_json():
        return make_response(jsonify({"booking": answer}), 201)
    flash(_("已预约。时间、准考证和取消都在“我的预约”里。"), "ok")
    return go(url_for("exams.exams", enrolment=answer["enrolment_id"], paper=answer["paper"]))


@bp.post("/exams/bookings/<booking_id>/cancellation")
@requires(Permission.EXAM_OWN)
@operation(
    "cancelBooking",
    "Give one's place back",
    answer=answers.BOOKING_ANSWER,
    errors=("BOOKING_NOT_FOUND", "BOOKING_NOT_HELD", "CANCELLATION_CLOSED"),
)
def cancel(booking_id: str) -> Response:
    with unit_of_work():
        answer = answers.booking(services.cancel_booking(booking_id, actor=g.actor, now=g.now))
    if wants_json():
        return jsonify({"booking": answer})
    flash(_("预约已取消，考试资格保留。"), "ok")
    return go(url_for("exams.exams", enrolment=answer["enrolment_id"], paper=answer["paper"]))


@bp.get("/exams/bookings/<booking_id>/ticket")
@requires(Permission.EXAM_OWN)
@operation(
    "admissionTicket",
    "The admission ticket, from its release on",
    answer=answers.TICKET_ANSWER,
    errors=("BOOKING_NOT_FOUND", "TICKET_NOT_YET", "TICKET_GONE"),
)
def ticket(booking_id: str) -> Response | str:
    found = queries.own_ticket(booking_id, g.actor, g.now)
    if wants_json():
        return jsonify(answers.ticket(found))
    return render_template("exams/ticket.html", **ticket_text.page(found, g.now))


@bp.get("/exams/bookings/<booking_id>/ticket.pdf")
@requires(Permission.EXAM_OWN)
def ticket_pdf(booking_id: str) -> Response:
    found = queries.own_ticket(booking_id, g.actor, g.now)
    data = ticket_text.pdf(found, queries.photo_of(found), settings().base_url, g.now)
    response = make_response(render_pdf("ticket", data, g.now))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="ticket-{found.digits}.pdf"'
    return response


@bp.get("/exams/bookings/<booking_id>/ticket-code.svg")
@requires(Permission.EXAM_OWN)
def ticket_code(booking_id: str) -> Response:
    found = queries.own_ticket(booking_id, g.actor, g.now)
    # Half of the quiet zone; the white patch that the page puts it on is the other half.
    response = make_response(qr_svg(ticket_text.code_text(found, settings().base_url), border=2))
    response.headers["Content-Type"] = "image/svg+xml"
    return response


def _page(board: queries.Board, places: OwnPlaces) -> dict[str, Any]:
    return {
        "board": board,
        "lines": wording.lines(board),
        "cards": wording.cards(board, g.now),
        "place": place_text.place(board, g.now),
        "notice": place_text.ended_notice(board),
        "programme": pick(board.rules.name, board.rules.en),
        "places": places,
    }
