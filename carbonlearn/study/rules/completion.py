"""When a lesson counts as studied whole. Source: domain paper, rule 3; the percentage covered is the programme's, or ours."""

from __future__ import annotations


def is_complete(credited_ms: int, length_ms: int, percent: int) -> bool:
    """Whether so much of the lesson is covered that it counts as studied; credit is coverage, since the same part earns once."""
    return length_ms > 0 and credited_ms * 100 >= length_ms * percent
