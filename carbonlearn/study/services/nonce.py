"""The chain of nonces: each reply carries the one that the next beat must show, and nobody can make one without the key."""

from __future__ import annotations

from flask import current_app

from carbonlearn.core.errors import Invalid
from carbonlearn.infra.tokens import keyed_hash, same

LENGTH = 32


def nonce_for(session_id: str, seq: int) -> str:
    """The nonce of one beat of one session: a keyed hash, so that nothing needs storing."""
    key = str(current_app.config["SECRET_KEY"])
    return keyed_hash(key, "study-beat", f"{session_id}:{seq}")[:LENGTH]


def check_nonce(session_id: str, seq: int, given: str) -> None:
    """Raises Invalid (NONCE_WRONG) unless the nonce is the one that was given out for this beat."""
    if not same(nonce_for(session_id, seq), given):
        raise Invalid("NONCE_WRONG", field="nonce")
