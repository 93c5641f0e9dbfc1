"""Archives from strangers: looked at before anything is unpacked, and read a member at a time, never onto the disk by their names."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carbonlearn.question_bank.formats.entry import FileFault

MEGABYTE = 1024 * 1024
MOST_MEMBERS = 45_000
MOST_BYTES = 200 * MEGABYTE  # of all members together, unpacked
MOST_OF_ONE = 120 * MEGABYTE
MOST_TIMES = 150  # as large as packed; text does not shrink like that
SMALL = 4 * MEGABYTE  # below, it does not matter
UNSAFE = re.compile(r"\A[/\\]|\A[A-Za-z]:|(?:\A|[/\\])\.\.(?:[/\\]|\Z)|\\|\x00")


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive whose table of contents is harmless. Raises FileFault."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_harm(archive)
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:
        raise FileFault("IMPORT_BROKEN_ARCHIVE") from error
    except RuntimeError as error:  # what zipfile says of a password
        raise FileFault("IMPORT_LOCKED") from error


def refuse_harm(archive: zipfile.ZipFile) -> None:
    """Raises FileFault for names that lead out, for bombs, for encrypted members."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise FileFault("IMPORT_TOO_MANY_PARTS", most=MOST_MEMBERS)
    for member in members:
        if UNSAFE.search(member.filename) or _is_link(member):
            raise FileFault("IMPORT_UNSAFE_PATH", name=member.filename[:80])
        if member.flag_bits & 0x1:
            raise FileFault("IMPORT_LOCKED")
        if member.file_size > MOST_OF_ONE or (
            member.file_size > SMALL and member.file_size > MOST_TIMES * max(member.compress_size, 1)
        ):
            raise FileFault("IMPORT_BOMB")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise FileFault("IMPORT_BOMB")


def _is_link(member: zipfile.ZipInfo) -> bool:
    return (member.external_attr >> 16) & 0o170000 == 0o120000


def content(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member's content, of at most ``most`` bytes. Raises FileFault; KeyError where there is none."""
    member = archive.getinfo(name)
    if member.file_size > most:
        raise FileFault("IMPORT_PART_TOO_LARGE", name=name[-80:], limit=most // MEGABYTE or 1)
    return archive.read(member)
