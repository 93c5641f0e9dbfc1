"""What each line of a rubric is worth on a paper. The bank states shares; the paper says what the whole answer is worth.

The same item stands in papers of several programmes, at two, three or five points. Points are hundredths throughout.
"""

from __future__ import annotations

from collections.abc import Sequence


def worth(shares: Sequence[int], item_points: int) -> tuple[int, ...]:
    """The lines' points, in proportion to their shares and together exactly the item's; what is left over goes by largest remainder."""
    total = sum(shares)
    if total == item_points or total <= 0:
        return tuple(shares)
    exact = [share * item_points for share in shares]
    whole = [share // total for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: -(exact[place] % total))
    for place in by_remainder[: item_points - sum(whole)]:
        whole[place] += 1
    return tuple(whole)


def choices(full: int) -> tuple[int, int, int]:
    """What a marker may give for a line: nothing, half of it (rounded down to a hundredth), or all."""
    return 0, full // 2, full
