"""What becomes of a tentative window (暂定) once its year's holidays are announced and its rule gives a date for certain.

Source: domain paper, "Exam calendar": years not yet announced are tentative; who has booked is not moved by a sweep.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

UNANNOUNCED = "year_unannounced"
ASKED = "replan_due"


class Replan(StrEnum):
    """KEEP: still unsure, or not tentative for this reason. CONFIRM: the date stands. MOVE: nobody has booked, so the rule moves it.
    ASK: somebody has, so a person decides."""

    KEEP = "keep"
    CONFIRM = "confirm"
    MOVE = "move"
    ASK = "ask"


def replan(
    stands: tuple[datetime, datetime],
    planned: tuple[datetime, datetime],
    *,
    was_unsure: bool,
    is_unsure: bool,
    booked: int,
) -> Replan:
    """What to do with a window that stands at these instants (start, end) and is now planned at those."""
    if not was_unsure or is_unsure:
        return Replan.KEEP
    if stands == planned:
        return Replan.CONFIRM
    return Replan.ASK if booked else Replan.MOVE
