"""What is still under way on a place in the stages above admission: exams, sittings, results.

Admission does not know those stages. The factory names one query of each, and everything here asks them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from flask import Flask, current_app

PendingQuery = Callable[[Sequence[str], datetime], Mapping[str, frozenset[str]]]
"""For these enrolments at this instant: the words of ``rules.expiry`` by enrolment; one without any is left out."""

_KEY = "carbonlearn_pending"


def init_app(app: Flask, *sources: PendingQuery) -> None:
    """The queries that are asked, one for each stage that knows something."""
    app.extensions[_KEY] = sources


def pending(enrolment_ids: Sequence[str], now: datetime) -> dict[str, frozenset[str]]:
    """What is under way on each of these places, by enrolment; as many statements as there are sources' own."""
    sources: tuple[PendingQuery, ...] = current_app.extensions[_KEY]
    found: dict[str, frozenset[str]] = dict.fromkeys(enrolment_ids, frozenset())
    for source in sources:
        for enrolment_id, words in source(enrolment_ids, now).items():
            found[enrolment_id] |= words
    return found
