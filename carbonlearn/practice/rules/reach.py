"""Whose practice it is, and from which shelves of the bank it is made. Items of the exam pool stand on none of them.

Source: domain paper, levels of the occupation: level 3 builds on level 4, and its papers draw on it; so does its practice.
"""

from __future__ import annotations

from carbonlearn.core.decision import YES, Decision, no

Shelf = tuple[str, str]  # job type, level

COMMON = "common"
BELOW = {"3": "4", "2": "3", "1": "2"}
PRACTISING = frozenset({"open", "lapsed", "completed"})


def shelves(job_type: str, level: str) -> tuple[Shelf, ...]:
    """The shelves of a track: its own and what all job types share, then the same one level below."""
    levels = (level, BELOW[level]) if level in BELOW else (level,)
    return tuple((name, one) for one in levels for name in (job_type, COMMON))


def may_practise(standing: str) -> Decision:
    """Who has an opened place may practise, and who has finished; before and after an early end nobody does. Code: place_not_open."""
    return YES if standing in PRACTISING else no("place_not_open", standing=standing)
