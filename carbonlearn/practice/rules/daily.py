"""The day's handful: what comes again, what goes badly, and something new; the same all day for one learner. And the row of days."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

HANDFUL = 10
FROM_BOOK, FROM_WEAK = 4, 3
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may be asked. ``answered``: ever; ``due``: it stands in the book and its turn has come."""

    id: str
    function: str
    answered: bool
    due: bool


def handful(
    candidates: Iterable[Candidate], weakness: Mapping[str, float], seed: str, size: int = HANDFUL
) -> tuple[str, ...]:
    """At most four that are due, three of the weakest functions, the rest new; where one kind is short the others fill up.

    ``weakness`` is the share of wrong answers by function, of those functions that have answers. Fewer than ``size`` only where
    there are fewer items. The same candidates and seed give the same handful.
    """
    mixed = sorted(candidates, key=lambda one: sha256(f"{seed}:{one.id}".encode()).hexdigest())
    due = [one for one in mixed if one.due]
    rest = [one for one in mixed if not one.due]
    weak = sorted(
        (one for one in rest if weakness.get(one.function, 0) > 0),
        key=lambda one: (one.answered, -weakness[one.function]),
    )
    new = [one for one in rest if not one.answered]
    chosen: dict[str, None] = {}
    for source, most in (
        (due, FROM_BOOK),
        (weak, FROM_BOOK + FROM_WEAK),
        (new, size),
        (due, size),
        (mixed, size),
    ):
        for one in source:
            if len(chosen) >= min(most, size):
                break
            chosen[one.id] = None
    return tuple(sorted(chosen, key=lambda item_id: sha256(f"{seed}/{item_id}".encode()).hexdigest()))


def days_in_a_row(finished: Collection[date], today: date) -> int:
    """How many days were finished one after the other, up to today, or up to yesterday while today is still open."""
    last = today if today in finished else today - ONE_DAY
    count = 0
    while last - count * ONE_DAY in finished:
        count += 1
    return count


def next_open(items: Sequence[str], answered: Collection[str]) -> str | None:
    """The first of the day's items without an answer of today; None when the day is finished."""
    return next((item_id for item_id in items if item_id not in answered), None)
