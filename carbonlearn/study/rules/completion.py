"""When a lesson counts as studied whole. Source: domain paper, rule 3, and the figure of 95 % coverage, which is ours."""

from __future__ import annotations

COMPLETE_PERCENT = 95


def is_complete(credited_ms: int, length_ms: int) -> bool:
    """Whether so much of the lesson is covered that it counts as studied; credit is coverage, since the same part earns once."""
    return length_ms > 0 and credited_ms * 100 >= length_ms * COMPLETE_PERCENT
