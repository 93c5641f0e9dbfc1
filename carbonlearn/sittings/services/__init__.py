"""What may be done to a sitting. One file a moment; the verbs that others call are gathered here."""

from carbonlearn.sittings.services.ending import close_if_overdue, close_overdue, mark_absent, submit
from carbonlearn.sittings.services.entry import check_in, start, take_over
from carbonlearn.sittings.services.saving import Saved, Wish, save

__all__ = [
    "Saved",
    "Wish",
    "check_in",
    "close_if_overdue",
    "close_overdue",
    "mark_absent",
    "save",
    "start",
    "submit",
    "take_over",
]
