"""The chain of nonces: each reply carries the one that the next beat must show, and the interval after which it is wanted.

Both come out of one keyed hash of session and number, so that nothing needs storing, and nobody can make them without the key.
"""

from __future__ import annotations

from flask import current_app

from carbonlearn.core.errors import Invalid
from carbonlearn.infra.tokens import keyed_hash, same
from carbonlearn.study.rules.rhythm import interval_seconds

LENGTH = 32


def summons(session_id: str, seq: int) -> tuple[str, int]:
    """The nonce of one beat of one session, and after how many seconds it is wanted."""
    key = str(current_app.config["SECRET_KEY"])
    digest = keyed_hash(key, "study-beat", f"{session_id}:{seq}")
    return digest[:LENGTH], interval_seconds(int(digest[LENGTH:], 16))


def nonce_for(session_id: str, seq: int) -> str:
    """The nonce alone."""
    return summons(session_id, seq)[0]


def check_nonce(session_id: str, seq: int, given: str) -> int:
    """The interval in seconds that this beat was told. Raises Invalid (NONCE_WRONG) unless the nonce is the one given out for it."""
    nonce, told_seconds = summons(session_id, seq)
    if not same(nonce, given):
        raise Invalid("NONCE_WRONG", field="nonce")
    return told_seconds
