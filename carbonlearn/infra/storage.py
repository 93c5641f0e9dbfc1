"""Where lesson media lie: a local folder or S3-like storage behind one small interface, addressed by what they hold.

A file's key is its SHA-256 in hexadecimal, so that the same file is kept once and nobody addresses anything by name. Files are copied
in pieces and never held in memory. What is secret (photos, scans) is not kept here but in ``infra.files``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PIECE = 1024 * 1024
KEY = re.compile(r"[0-9a-f]{64}")


class TooLarge(ValueError):
    """The stream is longer than it may be; nothing of it was kept. ``limit`` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: its key and its length in bytes."""

    key: str
    bytes: int


class Readable(Protocol):
    """An open file, to be read from front to back and closed."""

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


class Storage(Protocol):
    """The whole of what the program asks of a storage."""

    def put(self, stream: Readable, limit: int) -> Stored:
        """Keep what the stream holds. Raises TooLarge beyond ``limit`` bytes, and then keeps nothing."""

    def open(self, key: str, start: int = 0, length: int | None = None) -> Readable:
        """The content from byte ``start`` on (``length`` bytes of it). Raises FileNotFoundError."""

    def url(self, key: str, content_type: str, seconds: int) -> str | None:
        """A short-lived address from which a browser may fetch it; None where the program itself has to hand it out."""

    def delete(self, key: str) -> None:
        """Forget it; no error where there is nothing."""

    def exists(self, key: str) -> bool: ...

    @property
    def origin(self) -> str:
        """The web origin of ``url`` (scheme, host and port), which the page's policy must allow; empty for none."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stream copied to a file of our own: measured, hashed and on the disk."""

    path: Path
    stored: Stored


@contextlib.contextmanager
def arriving(stream: Readable, folder: Path, limit: int) -> Iterator[Arrival]:
    """Copy a stream to a temporary file in ``folder``, which is gone afterwards unless it was moved. Raises TooLarge."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="arriving-", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            digest, count = hashlib.sha256(), 0
            while piece := stream.read(PIECE):
                count += len(piece)
                if count > limit:
                    raise TooLarge(limit)
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        yield Arrival(path, Stored(digest.hexdigest(), count))
    finally:
        path.unlink(missing_ok=True)


class LocalStorage:
    """A folder. A file appears under its name only when all of it is on the disk."""

    origin = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stream: Readable, limit: int) -> Stored:
        with arriving(stream, self._folder / "arriving", limit) as arrival:
            path = self._path(arrival.stored.key)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                arrival.path.replace(path)
                _sync_folder(path.parent)
            return arrival.stored

    def open(self, key: str, start: int = 0, length: int | None = None) -> Readable:
        file = self._path(key).open("rb")
        file.seek(start)
        return file if length is None else Bounded(file, length)

    def url(self, key: str, content_type: str, seconds: int) -> str | None:
        return None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        return self._path(key).exists()

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self._folder / key[:2] / key


def _sync_folder(folder: Path) -> None:
    """A new name survives a power cut only when its folder is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Bounded:
    """The next ``length`` bytes of a file, and no more."""

    def __init__(self, file: Readable, length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()
