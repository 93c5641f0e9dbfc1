"""How far a span may grow before something else than a beat has to be judged. Positions and amounts are milliseconds."""

from __future__ import annotations


def ceiling(to_ms: int, ground_ms: int, presence_left_ms: int, cap_left_ms: int | None, held: bool) -> int:
    """The position that no beat of the hot path may reach: covered ground, a presence check falling due, the day's cap.

    A span stands still (the ceiling is its end) while a check is unanswered.
    """
    if held:
        return to_ms
    left = presence_left_ms if cap_left_ms is None else min(presence_left_ms, cap_left_ms)
    return max(to_ms, min(ground_ms, to_ms + max(0, left)))
