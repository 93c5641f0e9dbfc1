"""What is done with windows, entitlements, bookings and papers. One file a noun; each verb runs in the caller's unit of work."""

from carbonlearn.exams.services.blueprints import decide_blueprint, draft_blueprint, ensure_decided
from carbonlearn.exams.services.bookings import (
    book,
    cancel_booking,
    release,
    settle_hours,
)
from carbonlearn.exams.services.entitlements import (
    close_place,
    ensure_entitlements,
    grant_retake,
    mark_no_show,
    use_booking,
)
from carbonlearn.exams.services.holidays import load_holidays
from carbonlearn.exams.services.openings import open_paper
from carbonlearn.exams.services.paper_notes import note_failure
from carbonlearn.exams.services.papers import (
    give_paper,
    papers_to_try,
    prepare_paper,
    store_paper,
)
from carbonlearn.exams.services.releases import print_paper, printable, release_paper
from carbonlearn.exams.services.replanning import accept_replan, keep_date, replan_programme
from carbonlearn.exams.services.windows import (
    add_window,
    cancel_window,
    materialise_programme,
    materialise_windows,
    move_window,
    set_capacity,
)

__all__ = [
    "accept_replan",
    "add_window",
    "book",
    "cancel_booking",
    "cancel_window",
    "close_place",
    "decide_blueprint",
    "draft_blueprint",
    "ensure_decided",
    "ensure_entitlements",
    "give_paper",
    "grant_retake",
    "keep_date",
    "load_holidays",
    "mark_no_show",
    "materialise_programme",
    "materialise_windows",
    "move_window",
    "note_failure",
    "open_paper",
    "papers_to_try",
    "prepare_paper",
    "print_paper",
    "printable",
    "release",
    "release_paper",
    "replan_programme",
    "set_capacity",
    "settle_hours",
    "store_paper",
    "use_booking",
]
