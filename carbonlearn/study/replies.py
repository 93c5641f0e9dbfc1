"""What the learner's pages and the desk's tell alike of a place: totals in words, and the record as a file."""

from __future__ import annotations

from collections import Counter

from flask import Response, g, make_response
from flask_babel import pgettext

from carbonlearn.enrolment.queries import PlaceRow
from carbonlearn.infra.pdf import render_pdf
from carbonlearn.study import queries, record_sheets
from carbonlearn.study.queries.record import study_record
from carbonlearn.study.wording import class_hours_text, clock_text, reason_text

LINES = 60  # of a timeline on one page
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
