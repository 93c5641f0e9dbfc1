"""What a learner can look up about the own study: every minute with its reason, and the record to keep."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request

from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.queries import PlaceRow, own_places
from carbonlearn.study.queries.timeline import LEAST_MS, by_day, timeline
from carbonlearn.study.replies import LINES, as_pdf, as_workbook, credited_words, not_counted
from carbonlearn.web.guard import requires
from carbonlearn.web.paging import page_of

bp = Blueprint("study_record", __name__)


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
