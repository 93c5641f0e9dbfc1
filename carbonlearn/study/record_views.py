"""What a learner can look up about the own study: every minute with its reason, and the record to keep."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import pgettext

from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.queries import PlaceRow, own_places
from carbonlearn.infra.pdf import render_pdf
from carbonlearn.study import queries, record_sheets
from carbonlearn.study.queries.record import study_record
from carbonlearn.study.queries.timeline import by_day, timeline
from carbonlearn.study.wording import class_hours_text, clock_text, reason_text
from carbonlearn.web.guard import requires
from carbonlearn.web.paging import page_of

bp = Blueprint("study_record", __name__)

LINES = 60
LEAST_MS = 1_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/study/ledger")
@requires(Permission.STUDY_OWN)
def ledger() -> str:
    """Why did this minute count, or not? Newest first, by day."""
    place = _own_place()
    rows = timeline(place.enrolment.id, request.args.get("after", ""), LINES + 1)
    page = page_of(rows, lambda event: event.key, LINES)
    uncounted = not_counted(place.enrolment.id)
    return render_template(
        "study/ledger.html",
        place=place,
        days=by_day(page.rows),
        page=page,
        refused=[(words, lost) for words, lost in uncounted if lost >= LEAST_MS],
        credited=credited_words(place, sum(lost for _, lost in uncounted)),
    )


@bp.get("/study/record.pdf")
@requires(Permission.STUDY_OWN)
def pdf() -> Response:
    return as_pdf(_own_place())


@bp.get("/study/record.xlsx")
@requires(Permission.STUDY_OWN)
def xlsx() -> Response:
    return as_workbook(_own_place())


def not_counted(enrolment_id: str) -> list[tuple[str, int]]:
    """Why clock time did not count, in words, with its milliseconds, most first; what a person made void is one of the reasons."""
    refused = sum(queries.refused_by_lesson(enrolment_id).values(), Counter[str]())
    found = [(reason_text(reason), lost) for reason, lost in refused.items()]
    found.append((pgettext("span", "已撤销"), queries.voided_ms(enrolment_id)))
    return sorted(found, key=lambda one: -one[1])


def credited_words(place: PlaceRow, refused_ms: int) -> dict[str, str]:
    """The totals of a place in words: class hours, clock time, and the clock time that did not count."""
    total = queries.credited_ms(place.enrolment.id)
    return {
        "hours": class_hours_text(total, place.programme.minutes_per_class_hour),
        "clock": clock_text(total),
        "refused": clock_text(refused_ms),
    }


def as_pdf(place: PlaceRow) -> Response:
    """The printed record. Its file name holds the number of the enrolment, never a name."""
    record = study_record(place.enrolment, g.now)
    return _file(
        render_pdf("study-record", record_sheets.printed(record, place), g.now),
        "application/pdf",
        place,
        "pdf",
    )


def as_workbook(place: PlaceRow) -> Response:
    """The workbook with every row of the ledger."""
    return _file(record_sheets.workbook(study_record(place.enrolment, g.now), place), XLSX, place, "xlsx")


def _file(content: bytes, kind: str, place: PlaceRow, ending: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="study-{place.enrolment.id}.{ending}"'
    return response


def _own_place() -> PlaceRow:
    """The place named in the address, else the newest whose account was opened. Raises NotFound."""
    wanted = request.args.get("enrolment")
    own = [
        row
        for row, _ in own_places(g.actor)
        if row.enrolment.access_from and wanted in (None, row.enrolment.id)
    ]
    if not own:
        raise NotFound("ENROLMENT_NOT_FOUND")
    return own[0]
