"""Encryption at rest: AES-256-GCM for fields and sealed papers, and the blind index that finds an encrypted number again.

A blind index leaks equality (two rows with the same number have the same index), which is what it is for; nothing else leaks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class CipherError(ValueError):
    """The text was not made by this key for this purpose, or was altered."""


class FieldCipher:
    """Encrypts for a purpose: what was encrypted as a phone number cannot be read back as an ID number."""

    def __init__(self, field_key: str) -> None:
        self._key = field_key.encode()
        self._cache: dict[str, AESGCM] = {}

    def encrypt(self, purpose: str, text: str) -> str:
        return base64.b64encode(self.encrypt_bytes(purpose, text.encode())).decode()

    def decrypt(self, purpose: str, stored: str) -> str:
        """The text again. Raises CipherError when key, purpose or content do not fit."""
        try:
            content = base64.b64decode(stored, validate=True)
        except ValueError as error:
            raise CipherError(f"cannot read a stored {purpose}") from error
        return self.decrypt_bytes(purpose, content).decode()

    def encrypt_bytes(self, purpose: str, content: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead(purpose).encrypt(nonce, content, purpose.encode())

    def decrypt_bytes(self, purpose: str, stored: bytes) -> bytes:
        try:
            return self._aead(purpose).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise CipherError(f"cannot read a stored {purpose}") from error

    def blind_index(self, purpose: str, text: str) -> str:
        """A keyed hash by which equal texts are found; 128 bits."""
        return hmac.new(self._derive(f"index:{purpose}"), text.encode(), hashlib.sha256).hexdigest()[:32]

    def _aead(self, purpose: str) -> AESGCM:
        if purpose not in self._cache:
            self._cache[purpose] = AESGCM(self._derive(f"field:{purpose}"))
        return self._cache[purpose]

    def _derive(self, info: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=b"carbonlearn/1", info=info.encode()).derive(
            self._key
        )
