"""The local day as the ledger sees it: midnight parts the spans, quiet hours earn nothing.

Source: domain paper, "Credited study time", rule 6, and "Exam calendar": wall time in the programme's zone, stored as UTC instants.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from carbonlearn.core.windows import END_OF_DAY, local_day, local_instant

QuietHours = tuple[str, str]
DAY = timedelta(days=1)


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The instants at which a local day begins and ends."""
    return local_instant(day, "00:00", zone), local_instant(day, END_OF_DAY, zone)


def is_quiet(now: datetime, zone: str, quiet: QuietHours | None) -> bool:
    """Whether the wall time is within the quiet hours, which may reach over midnight; their end is outside."""
    if quiet is None or quiet[0] == quiet[1]:
        return False
    wall = now.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    begin, end = quiet
    return begin <= wall < end if begin < end else wall >= begin or wall < end


def next_boundary(now: datetime, zone: str, quiet: QuietHours | None) -> datetime:
    """The next instant after ``now`` at which earning must be judged anew: local midnight, the beginning or the end of quiet hours."""
    today = local_day(now, zone)
    walls = ("00:00", *(quiet or ()))
    instants = [local_instant(day, wall, zone) for day in (today, today + DAY) for wall in walls]
    return min(instant for instant in instants if instant > now)


def pieces(
    start: datetime, end: datetime, zone: str, quiet: QuietHours | None
) -> list[tuple[datetime, datetime]]:
    """The time from ``start`` to ``end`` cut at every boundary within; one empty piece when no time passed."""
    cuts = [start]
    while end > cuts[-1] and (cut := next_boundary(cuts[-1], zone, quiet)) < end:
        cuts.append(cut)
    return list(pairwise([*cuts, max(start, end).astimezone(UTC)]))
