"""The process that opens a stranger's file: ``python -m carbonlearn.infra.media.child FILE FOLDER``; one JSON object on its output.

It has no keys and no database, little memory and little time. When a decoder of C crashes over a hostile file, this process ends and
the web server goes on.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from carbonlearn.infra.media.kinds import HEAD_BYTES, Findings, MediaFault, format_of

CPU_SECONDS = 150
MEMORY_BYTES = 3 * 1024**3
LARGEST_FILE = 64 * 1024**2


def main(path: Path, folder: Path) -> dict[str, Any]:
    """Findings, or a fault with its facts."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    try:
        with path.open("rb") as file:
            format_name = format_of(file.read(HEAD_BYTES))
        return read(path, format_name, folder).plain()
    except MediaFault as fault:
        return {"fault": fault.code, "facts": fault.facts}
    except MemoryError:
        return {"fault": "MEDIA_DAMAGED", "facts": {}}


def read(path: Path, format_name: str, folder: Path) -> Findings:
    """Each format by its own reader; the large libraries are loaded only for what needs them."""
    if format_name in ("jpeg", "png", "webp"):
        from carbonlearn.infra.media.pictures import read_picture  # noqa: PLC0415

        return read_picture(path, format_name, folder)
    if format_name == "pdf":
        from carbonlearn.infra.media.slides import read_slides  # noqa: PLC0415

        return read_slides(path, folder)
    if format_name == "vtt":
        from carbonlearn.infra.media.captions import read_captions  # noqa: PLC0415

        return read_captions(path, folder)
    from carbonlearn.infra.media.recordings import read_recording  # noqa: PLC0415

    return read_recording(path, format_name)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
