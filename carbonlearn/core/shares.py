"""A whole divided in proportion, exactly: nothing is lost and nothing is added by rounding."""

from __future__ import annotations

from collections.abc import Sequence


def divided(shares: Sequence[int], total: int) -> tuple[int, ...]:
    """``total`` in proportion to the shares, by largest remainder (ties to the earlier); shares that are nothing stay as they are."""
    whole = sum(shares)
    if whole == total or whole <= 0:
        return tuple(shares)
    exact = [share * total for share in shares]
    parts = [share // whole for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: -(exact[place] % whole))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
