"""Have a file examined by a process that may die of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from carbonlearn.infra.media.kinds import HEAD_BYTES, LARGEST, Findings, MediaFault, format_of

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 180


def examine(path: Path, folder: Path) -> Findings:
    """What the file is; pictures that were made of it lie in ``folder``. Raises MediaFault.

    The process gets neither our environment nor our keys.
    """
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, given two paths of our own making
            [sys.executable, "-m", "carbonlearn.infra.media.child", str(path), str(folder)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MediaFault("MEDIA_TOO_SLOW", seconds=SECONDS) from error
    if ended.returncode != 0:
        raise MediaFault("MEDIA_DAMAGED")
    found = json.loads(ended.stdout)
    if "fault" in found:
        raise MediaFault(found["fault"], **found["facts"])
    return Findings.of(found)


def refuse_by_size(path: Path, limits: dict[str, int]) -> None:
    """Raises MediaFault when the file is larger than its format may be, by its first bytes; ``limits`` in bytes by kind."""
    with path.open("rb") as file:
        kind = LARGEST[format_of(file.read(HEAD_BYTES))]
    limit = limits[kind]
    if path.stat().st_size > limit:
        raise MediaFault("MEDIA_TOO_LARGE", limit=limit // 1024 // 1024)
