"""The process that opens a stranger's item file: ``python -m carbonlearn.question_bank.formats.child FILE FOLDER``.

It has no keys and no database, little memory and little time. What it finds is written to FOLDER as lines of JSON; on its output it says
how far it is (``rows 200``) and at last what the file was, or why it was not read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import resource
import sys
from pathlib import Path
from typing import IO, Any

from carbonlearn.question_bank.formats.entry import MAX_ROWS, FileCase, FileFault, FileItem, FilePicture

CPU_SECONDS = 120
MEMORY_BYTES = 64 * 1024 * 1024
"""How much more than at its start, with its readers loaded, the process may ask for."""
FILE_BYTES = 256 * 1024 * 1024
PROGRESS = 200
MOST_PICTURES = 500
MOST_CASES = 2000
ITEMS, CASES, PICTURES = "items.jsonl", "cases.jsonl", "pictures.jsonl"


def main(path: Path, folder: Path) -> dict[str, Any]:
    """What the file was, or a fault with its facts."""
    from carbonlearn.infra.media import pictures  # noqa: PLC0415 - both loaded before memory is limited
    from carbonlearn.question_bank.formats import kinds  # noqa: PLC0415

    pictures.prepare()
    limit()
    try:
        kind, found = kinds.pieces(path, folder)
        with contextlib.ExitStack() as files:
            out = _Out(folder, files)
            for piece in found:
                out.take(piece)
        if not out.rows:
            raise FileFault("IMPORT_NO_ITEMS")
        return {"kind": kind, "rows": out.rows, "cases": out.cases, "pictures": out.pictures}
    except FileFault as fault:
        return {"fault": fault.code, "facts": fault.facts}
    except MemoryError:
        return {"fault": "IMPORT_TOO_HEAVY", "facts": {}}
    except RecursionError:
        return {"fault": "IMPORT_XML_BROKEN", "facts": {"where": "-"}}


def limit() -> None:
    """From here on: so much memory, so much time."""
    most = _size() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _size() -> int:
    """The address space that the process has now, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


class _Out:
    """Writes what is read, a line for each piece, so that nothing is held."""

    def __init__(self, folder: Path, files: contextlib.ExitStack) -> None:
        self._folder = folder
        self._files: dict[str, IO[str]] = {
            name: files.enter_context((folder / name).open("w", encoding="utf-8"))
            for name in (ITEMS, CASES, PICTURES)
        }
        self.rows = self.cases = self.pictures = 0
        self._drawn: dict[str, dict[str, Any]] = {}

    def take(self, piece: FileItem | FileCase | FilePicture) -> None:
        from carbonlearn.question_bank.formats.tidy import tidy, tidy_case  # noqa: PLC0415

        if isinstance(piece, FileItem):
            self.rows += 1
            if self.rows > MAX_ROWS:
                raise FileFault("IMPORT_TOO_MANY_ROWS", most=MAX_ROWS)
            self._write(ITEMS, tidy(piece).plain())
            if self.rows % PROGRESS == 0:
                print(f"rows {self.rows}", flush=True)  # noqa: T201 - how the parent learns of it
        elif isinstance(piece, FileCase):
            self.cases += 1
            if self.cases > MOST_CASES:
                raise FileFault("IMPORT_TOO_MANY_PARTS", most=MOST_CASES)
            self._write(CASES, tidy_case(piece).plain())
        else:
            self._picture(piece)

    def _write(self, name: str, told: dict[str, Any]) -> None:
        self._files[name].write(json.dumps(told, ensure_ascii=False) + "\n")

    def _picture(self, picture: FilePicture) -> None:
        """Decode a picture and write it anew; where it is none, its row will say that it is missing. The same is decoded once."""
        original = hashlib.sha256(picture.content).hexdigest()
        if original not in self._drawn:
            self.pictures += 1
            if self.pictures > MOST_PICTURES:
                raise FileFault("IMPORT_TOO_MANY_PARTS", most=MOST_PICTURES)
            self._drawn[original] = self._drawn_anew(picture.content)
        told = {"name": picture.name, "known_as": picture.known_as, "original": original}
        self._write(PICTURES, told | self._drawn[original])

    def _drawn_anew(self, content: bytes) -> dict[str, Any]:
        from carbonlearn.infra.media.kinds import MediaFault, format_of  # noqa: PLC0415
        from carbonlearn.infra.media.pictures import OUT, read_picture  # noqa: PLC0415

        own = self._folder / f"picture-{self.pictures}"
        own.mkdir()
        original = own / "original"
        original.write_bytes(content)
        try:
            kind = format_of(content[:64])
            if kind not in ("jpeg", "png", "webp"):
                return {"fault": "MEDIA_TYPE_UNKNOWN"}
            found = read_picture(original, kind, own, is_sparing=True)
        except MediaFault as fault:
            return {"fault": fault.code}
        except (
            MemoryError,
            OSError,
            ValueError,
        ):  # too large for this process: a fault of its row, not of the file
            return {"fault": "MEDIA_TOO_MANY_PIXELS"}
        finally:
            original.unlink()
        return {
            "file": f"{own.name}/{OUT}",
            "kind": found.content_type,
            "width": found.width,
            "height": found.height,
        }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2])), ensure_ascii=False))  # noqa: T201
