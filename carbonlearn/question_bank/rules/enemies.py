"""Items that must not stand on one paper: how two of them are named, and what may be set apart."""

from __future__ import annotations

from carbonlearn.question_bank.rules.item import PRESENCE

REASON = (2, 200)  # characters


def pair_of(one: str, other: str) -> tuple[str, str]:
    """The ids of two items in the order in which they are kept."""
    return (one, other) if one < other else (other, one)


def fault(own: tuple[str, str], other: tuple[str, str], reason: str) -> tuple[str, str] | None:
    """(field, stable code) of what keeps two items, each told by id and pool, from being set apart; None where nothing does."""
    if own[0] == other[0]:
        return "enemy", "ENEMY_SELF"
    if own[1] != other[1] or own[1] == PRESENCE:
        return "enemy", "ENEMY_POOL"
    return None if is_reason(reason) else ("enemy_reason", "ENEMY_REASON")


def is_reason(words: str) -> bool:
    """Whether these words say why, at a length that is read."""
    return REASON[0] <= len(words) <= REASON[1]
