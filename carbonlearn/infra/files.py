"""The file store: content-addressed, encrypted, in a local folder. Photos and scans go in; nobody addresses them by name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from carbonlearn.infra.cipher import FieldCipher

PURPOSE = "file"


class FileStore:
    """Keeps bytes by their SHA-256. What is read back is checked against its name, so damage is noticed, never served."""

    def __init__(self, folder: Path, cipher: FieldCipher) -> None:
        self._folder = folder
        self._cipher = cipher

    def put(self, content: bytes) -> str:
        """Store the content once; its SHA-256 in hexadecimal is the key."""
        key = hashlib.sha256(content).hexdigest()
        path = self._path(key)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            with part.open("wb") as file:
                file.write(self._cipher.encrypt_bytes(PURPOSE, content))
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        return key

    def get(self, key: str) -> bytes:
        """The content. Raises FileNotFoundError, or CipherError / ValueError when it was damaged."""
        content = self._cipher.decrypt_bytes(PURPOSE, self._path(key).read_bytes())
        if hashlib.sha256(content).hexdigest() != key:
            raise ValueError("a stored file does not match its hash")
        return content

    def delete(self, key: str) -> None:
        """Forget the content; no error where there is nothing. For what is of no more use, never for evidence."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not key.isalnum():
            raise FileNotFoundError(key)
        return self._folder / key[:2] / key
