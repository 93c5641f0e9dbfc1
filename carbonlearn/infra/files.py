"""The file stores: encrypted, in local folders. What is evidence lies by what it holds; what only passes through has a key of its own."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from carbonlearn.infra.cipher import FieldCipher

PURPOSE, PASSING = "file", "passing"


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
            _write(path, self._cipher.encrypt_bytes(PURPOSE, content))
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
        return _path_in(self._folder, key)


class PassingStore:
    """Keeps files for as long as somebody waits for them: uploads that are to be read, exports that are to be fetched.

    Each that is put gets a key of its own, also where another holds the same bytes. So who forgets one takes nothing from anybody else.
    """

    def __init__(self, folder: Path, cipher: FieldCipher) -> None:
        self._folder = folder
        self._cipher = cipher

    def put(self, content: bytes) -> str:
        """Store the content; its key, which nobody can guess."""
        key = secrets.token_hex(32)
        _write(_path_in(self._folder, key), self._cipher.encrypt_bytes(PASSING, key.encode() + content))
        return key

    def get(self, key: str) -> bytes:
        """The content. Raises FileNotFoundError, or CipherError / ValueError when it was damaged or is another's."""
        found = self._cipher.decrypt_bytes(PASSING, _path_in(self._folder, key).read_bytes())
        if not found.startswith(key.encode()):
            raise ValueError("a passing file lies under another's key")
        return found[len(key) :]

    def delete(self, key: str) -> None:
        """Forget the content; no error where there is nothing."""
        _path_in(self._folder, key).unlink(missing_ok=True)


def _path_in(folder: Path, key: str) -> Path:
    if len(key) != 64 or not key.isalnum():
        raise FileNotFoundError(key)
    return folder / key[:2] / key


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
