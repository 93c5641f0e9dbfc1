"""What of a span had certainly been earned by an instant. The ledger keeps a span's first and last evidence, not each beat between.

Source: domain paper, "Credited study time", rule 2: credit over any interval never exceeds the interval.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)


def certain_by(credited_ms: int, started_at: datetime, beat_at: datetime, instant: datetime) -> int:
    """Milliseconds of a span that were earned by ``instant``, whatever happened inside it.

    All of a span whose last evidence came by then, nothing of one that began then or later. Of one that crosses the instant: what
    is left when all the time after it earned, to the millisecond and never rounded up.
    """
    if beat_at <= instant:
        return credited_ms
    if started_at >= instant:
        return 0
    after = -((instant - beat_at) // MILLISECOND)
    return max(0, credited_ms - after)
