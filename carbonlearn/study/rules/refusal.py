"""What a refusal cost: of the ground that was claimed, as much as time allowed, less what was credited. Milliseconds."""

from __future__ import annotations


def lost_ms(elapsed_ms: int, from_ms: int, to_ms: int, credited_ms: int) -> int:
    """A beat that claims nothing loses nothing; none loses more than the time that passed."""
    return max(0, min(elapsed_ms, to_ms - from_ms) - credited_ms)
