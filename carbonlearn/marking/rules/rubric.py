"""What each line of a rubric is worth on a paper. The bank states shares; the paper says what the whole answer is worth.

The same item stands in papers of several programmes, at two, three or five points. Points are hundredths throughout.
"""

from __future__ import annotations

from collections.abc import Sequence

from carbonlearn.core.shares import divided


def worth(shares: Sequence[int], item_points: int) -> tuple[int, ...]:
    """The lines' points, in proportion to their shares and together exactly the item's; what is left over goes by largest remainder."""
    return divided(shares, item_points)


def choices(full: int) -> tuple[int, int, int]:
    """What a marker may give for a line: nothing, half of it (rounded down to a hundredth), or all."""
    return 0, full // 2, full
