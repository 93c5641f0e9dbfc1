"""Which characters the shipped fonts can draw, read from the fonts themselves.

A typesetter leaves a blank where no font has the character, and says nothing. A certificate with half a name must not be
issued, so every text is checked against the fonts' own character maps first. The map (the ``cmap`` table, format 12) is a
sorted list of ranges at the front of the file; reading it takes a few milliseconds and needs no font library.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

FONT_DIR = Path(__file__).resolve().parent / "fonts"
FONT_FILES = ("CLSerifSC-Bold.otf", "CLSerifSC-Regular.otf", "CLSansSC-Bold.otf", "CLSansSC-Regular.otf")

Ranges = tuple[tuple[int, int], ...]


class FontsMissing(RuntimeError):
    """A shipped font file is absent or unreadable: the installation is incomplete."""


def font_paths(folder: Path = FONT_DIR) -> list[Path]:
    """The shipped font files. Raises FontsMissing naming each one that is not there."""
    absent = [name for name in FONT_FILES if not (folder / name).is_file()]
    if absent:
        raise FontsMissing(
            f"font files missing from {folder}: {', '.join(absent)}; install the package again"
        )
    return [folder / name for name in FONT_FILES]


def missing_glyphs(text: str) -> list[str]:
    """The characters of ``text`` that no shipped font can draw, each once, in order of appearance."""
    ranges = covered()
    return list(
        dict.fromkeys(
            character for character in text if not _in(ranges, ord(character)) and character != "\n"
        )
    )


@lru_cache(maxsize=1)
def covered() -> Ranges:
    """Merged, sorted ranges of all code points that at least one shipped font draws."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pair for path in font_paths() for pair in _character_map(path)):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _in(ranges: Ranges, code: int) -> bool:
    place = bisect_right(ranges, (code, 0x110000)) - 1
    return place >= 0 and ranges[place][0] <= code <= ranges[place][1]


def _character_map(path: Path) -> list[tuple[int, int]]:
    """The ranges of one OpenType file's full Unicode map."""
    with path.open("rb") as file:
        tables = struct.unpack(">H", file.read(12)[4:6])[0]
        for _ in range(tables):
            tag, _, offset, length = struct.unpack(">4sLLL", file.read(16))
            if tag == b"cmap":
                file.seek(offset)
                return _full_map(file.read(length), path)
    raise FontsMissing(f"{path} is not a font with a character map; install the package again")


def _full_map(table: bytes, path: Path) -> list[tuple[int, int]]:
    for index in range(struct.unpack_from(">H", table, 2)[0]):
        offset = struct.unpack_from(">L", table, 4 + 8 * index + 4)[0]
        if struct.unpack_from(">H", table, offset)[0] == 12:
            groups = struct.unpack_from(">L", table, offset + 12)[0]
            return [struct.unpack_from(">LL", table, offset + 16 + 12 * group) for group in range(groups)]
    raise FontsMissing(f"{path} has no full Unicode character map; install the package again")
