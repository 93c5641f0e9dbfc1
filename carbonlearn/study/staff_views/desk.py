"""The desk's side of study: a learner's log, the record for the audit file, and what a person should look at and decide."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.queries import PlaceRow, place_row
from carbonlearn.infra.db import microseconds, unit_of_work
from carbonlearn.study import queries, services, wording
from carbonlearn.study.queries import decisions
from carbonlearn.study.queries.timeline import CREDITED, LEAST_MS, by_day, timeline
from carbonlearn.study.replies import LINES, as_pdf, as_workbook, credited_words, not_counted
from carbonlearn.study.rules.signals import INSTANT_MS
from carbonlearn.web import htmx, messages
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import minutes_seconds, seconds_tenths
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("study_desk", __name__, url_prefix="/desk")

messages.register(
    {
        "RECORD_KIND_UNKNOWN": _l("学习记录只有 PDF 和 Excel 两种。"),
        "STUDY_SPAN_NOT_FOUND": _l("没有找到这个学习区间，它可能不在您的范围内。"),
        "STUDY_VERDICT_NEEDED": _l("请选择保留还是撤销。"),
        "STUDY_ACT_NEEDED": _l("请选择撤销还是恢复。"),
        "STUDY_SPANS_NEEDED": _l("请勾选要撤销的区间。"),
    }
)
ACTS = {"void": services.void_spans, "restore": services.restore_spans}
KINDS = {"pdf": as_pdf, "xlsx": as_workbook}
TABS = (("open", _l("待看")), ("kept", _l("保留学时")), ("voided", _l("已撤销学时")))
REVIEW_LINES = 1200  # fourteen days of three hours, with room


@bp.app_template_filter("amount")
def amount(milliseconds: int) -> str:
    """What a line earned or lost: 01:20; below a second with its tenths, so that no line that counts reads as nothing."""
    if milliseconds >= LEAST_MS:
        return minutes_seconds(milliseconds)
    return _("%(seconds)s 秒", seconds=seconds_tenths(milliseconds))


@bp.app_context_processor
def _words() -> dict[str, Any]:
    """The words that timelines and reviews are told in."""
    return {
        "reason_text": wording.reason_text,
        "answer_text": wording.answer_text,
        "signal_text": wording.signal_text,
        "signal_meaning": wording.signal_meaning,
    }


@bp.get("/learners/study/<enrolment_id>")
@requires(Permission.STUDY_READ)
def log(enrolment_id: str) -> str:
    """Everything that counted and did not, newest first; the same rows that the learner reads."""
    place = place_row(enrolment_id, g.actor, Permission.STUDY_READ)
    rows = timeline(enrolment_id, request.args.get("after", ""), LINES + 1)
    page = page_of(rows, lambda event: event.key, LINES)
    uncounted = not_counted(enrolment_id)
    return render_template(
        "study/staff/log.html",
        place=place,
        days=by_day(page.rows),
        page=page,
        refused=[(words, lost) for words, lost in uncounted if lost >= LEAST_MS],
        credited=credited_words(place, sum(lost for _, lost in uncounted)),
        reviews=decisions.reviews_of(enrolment_id),
        decide=_may_decide(place),
    )


@bp.post("/learners/study/<enrolment_id>/record")
@requires(Permission.STUDY_READ)
def export(enrolment_id: str) -> Response:
    """The record as PDF or Excel, for the base's audit file. Who took it is on the audit chain. Raises Invalid for another kind."""
    place = place_row(enrolment_id, g.actor, Permission.STUDY_READ)
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        raise Invalid("RECORD_KIND_UNKNOWN", field="kind")
    with unit_of_work():
        record(
            "study:export",
            ("enrolment", enrolment_id),
            now=g.now,
            actor_id=g.actor.user_id,
            base_id=place.enrolment.base_id,
            facts={"kind": kind},
        )
    return KINDS[kind](place_row(enrolment_id, g.actor, Permission.STUDY_READ))


@bp.get("/study-reviews")
@requires(Permission.STUDY_READ)
def reviews() -> str:
    """What the signals found, by state; the longest lists are read a page at a time."""
    status = request.args.get("status", "open")
    status = status if status in dict(TABS) else "open"
    rows = queries.reviews(g.actor, status, request.args.get("after", ""), PAGE_SIZE + 1)
    return render_template(
        "study/staff/reviews.html",
        page=page_of(rows, lambda row: row.key),
        status=status,
        tabs=[(key, label, queries.review_count(g.actor, key)) for key, label in TABS],
    )


@bp.get("/study-reviews/<review_id>")
@requires(Permission.STUDY_READ)
def review(review_id: str) -> str:
    return _review(review_id, {"verdict": "", "reason": "", "spans": ()}, {})


def _review(review_id: str, typed: dict[str, Any], faults: dict[str, str]) -> str:
    row = queries.review_of(review_id, g.actor)
    place = place_row(row.enrolment.id, g.actor, Permission.STUDY_READ)
    cursor, since = f"{microseconds(row.review.raised_at)}.", services.looked_at_since(row.review)
    events = timeline(row.enrolment.id, cursor, REVIEW_LINES, since=since, least_ms=0)
    spans = [event for event in events if event.kind == CREDITED and not event.is_void]
    return render_template(
        "study/staff/review.html",
        review=row.review,
        place=place,
        evidence=wording.evidence_lines(row.review.evidence),
        days=by_day(events),
        too_fast=INSTANT_MS if row.review.signal == "instant_answers" else 0,
        spans=spans,
        since=since,
        spans_ms=sum(event.amount_ms for event in spans),
        may_decide=_may_decide(place),
        decider=decisions.decider_name(row.review),
        typed=typed,
        faults=faults,
    )


@bp.post("/study-reviews/<review_id>")
@requires(Permission.STUDY_DECIDE)
def decide_review(review_id: str) -> Response | tuple[str, int]:
    """Keep the hours, or void the spans ticked; either way with a reason."""
    form = request.form
    ticked = [int(one) for one in form.getlist("span") if one.isdecimal() and len(one) < 18]
    typed: dict[str, Any] = {
        "verdict": form.get("verdict", ""),
        "reason": form.get("reason", ""),
        "spans": form.getlist("span"),
    }
    try:
        _refuse_unclear(typed["verdict"], ticked)
        with unit_of_work():
            services.decide_review(
                review_id,
                typed["reason"],
                void=ticked if typed["verdict"] == "void" else (),
                actor=g.actor,
                now=g.now,
            )
    except Invalid as fault:
        return _review(review_id, typed, {_field_of(fault): _said(fault)}), 422
    flash(_("已记下您的决定。"), "ok")
    return htmx.go(url_for("study_desk.reviews"))


def _field_of(fault: Invalid) -> str:
    return str(fault.facts.get("field", "reason"))


def _said(fault: Invalid | Conflict) -> str:
    return messages.message(fault.code, fault.facts)


def _refuse_unclear(verdict: str, ticked: list[int]) -> None:
    if verdict not in ("keep", "void"):
        raise Invalid("STUDY_VERDICT_NEEDED", field="verdict")
    if verdict == "void" and not ticked:
        raise Invalid("STUDY_SPANS_NEEDED", field="span")


@bp.get("/learners/study/spans/<int:span_id>")
@requires(Permission.STUDY_DECIDE)
def decision(span_id: int) -> str:
    return _decision(span_id, {"reason": ""}, {})


def _decision(span_id: int, typed: dict[str, str], faults: dict[str, str]) -> str:
    span, lesson = decisions.span_within(span_id, g.actor, Permission.STUDY_DECIDE)
    place = place_row(span.enrolment_id, g.actor, Permission.STUDY_DECIDE)
    return render_template(
        "study/staff/decision.html",
        span=span,
        lesson=lesson,
        place=place,
        history=decisions.decisions_of([span_id]).get(span_id, []),
        typed=typed,
        faults=faults,
    )


@bp.post("/learners/study/spans/<int:span_id>")
@requires(Permission.STUDY_DECIDE)
def decide_span(span_id: int) -> Response | tuple[str, int]:
    """Void a span or restore it, with a reason. The form says which: pressed twice, or by two, it does the same once."""
    act, typed = request.form.get("act", ""), {"reason": request.form.get("reason", "")}
    span, _lesson = decisions.span_within(span_id, g.actor, Permission.STUDY_DECIDE)
    enrolment_id = span.enrolment_id
    try:
        if act not in ACTS:
            raise Invalid("STUDY_ACT_NEEDED", field="reason")
        with unit_of_work():
            ACTS[act](enrolment_id, [span_id], typed["reason"], actor=g.actor, now=g.now)
    except (Invalid, Conflict) as fault:
        return _decision(span_id, typed, {"reason": _said(fault)}), 422
    flash(_("这个区间重新计入。") if act == "restore" else _("这个区间不再计入。"), "ok")
    return htmx.go(url_for("study_desk.log", enrolment_id=enrolment_id))


def _may_decide(place: PlaceRow) -> bool:
    """Whether the actor may void and restore here; nobody decides about the own study."""
    return place.user_id != g.actor.user_id and g.actor.may_in(
        Permission.STUDY_DECIDE, place.enrolment.base_id
    )
