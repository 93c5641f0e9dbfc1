"""What may be done in practice. One file a moment; the verbs that views and jobs call are gathered here."""

from carbonlearn.practice.services.answering import Wish, answer, judge, leave_book, set_star
from carbonlearn.practice.services.days import begin_day
from carbonlearn.practice.services.mock_end import close_if_overdue, drop_old_papers, give_own_points, submit
from carbonlearn.practice.services.mock_room import save, take_over
from carbonlearn.practice.services.mock_start import Drawn, prepare, start

__all__ = [
    "Drawn",
    "Wish",
    "answer",
    "begin_day",
    "close_if_overdue",
    "drop_old_papers",
    "give_own_points",
    "judge",
    "leave_book",
    "prepare",
    "save",
    "set_star",
    "start",
    "submit",
    "take_over",
]
