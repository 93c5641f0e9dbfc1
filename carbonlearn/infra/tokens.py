"""Secrets: public ids, session tokens, one-time codes, and the keyed hashes that stand for them in the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> str:
    """An unguessable public id: 26 characters, 128 random bits."""
    return _base32(secrets.randbits(128), 26).lower()


def new_token() -> str:
    """A secret for a cookie or a lease: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_code(length: int) -> str:
    """A random code of ``length`` Crockford characters, five bits each."""
    return _base32(secrets.randbits(5 * length), length)


def new_digits(length: int) -> str:
    """A random number of ``length`` digits, for codes that people type."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def token_hash(token: str) -> str:
    """What is stored of a secret of full strength: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(key: str, purpose: str, text: str) -> str:
    """HMAC-SHA256 of a text under the installation's key, apart for each purpose."""
    return hmac.digest(f"{purpose}:{key}".encode(), text.encode(), "sha256").hex()


def same(left: str, right: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def _base32(number: int, length: int) -> str:
    return "".join(CROCKFORD[(number >> (5 * place)) & 31] for place in reversed(range(length)))
