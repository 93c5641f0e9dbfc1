"""Password hashing: argon2id at OWASP's minimum (19 MiB, two passes), which two cores can bear on exam morning."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_DECOY = _HASHER.hash("no account has this password")


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without a stored hash the same work is done, so that time tells nobody which accounts exist."""
    try:
        _HASHER.verify(stored or _DECOY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
