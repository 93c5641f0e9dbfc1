"""Have an item file read by a process that may die of it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbonlearn.question_bank.formats.entry import FileFault

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 180
TOO_HEAVY = {-9, -11, -6, 134, 137, 139}
CPU_SPENT = -24


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file was, and how much of each there is; the pieces lie in the folder that was given."""

    kind: str
    rows: int
    cases: int
    pictures: int


def opened(path: Path, folder: Path, progress: Callable[[int], None] = lambda _rows: None) -> Opened:
    """Read a file in a process of its own, which gets neither our environment nor our keys. Raises FileFault."""
    with subprocess.Popen(  # noqa: S603 - our own module, given two paths of our own making
        [sys.executable, "-m", "carbonlearn.question_bank.formats.child", str(path), str(folder)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as process:
        late = threading.Event()
        timer = threading.Timer(SECONDS, _end, (process, late))
        timer.start()
        try:
            last = _listen(process, progress)
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
        code = process.wait()
    if late.is_set() or code == CPU_SPENT:
        raise FileFault("IMPORT_TOO_SLOW", seconds=SECONDS)
    return _result(last, code)


def _end(process: subprocess.Popen[str], late: threading.Event) -> None:
    late.set()
    process.kill()


def _listen(process: subprocess.Popen[str], progress: Callable[[int], None]) -> str:
    """Tell how far the process is until it has no more to say; its last line."""
    last = ""
    for line in process.stdout or ():
        if line.startswith("rows "):
            progress(int(line[5:]))
        else:
            last = line
    return last


def _result(last: str, code: int) -> Opened:
    try:
        told: dict[str, Any] = json.loads(last) if code == 0 else {}
    except ValueError:
        told = {}
    if "fault" in told:
        raise FileFault(told["fault"], **told["facts"])
    if not told:
        raise FileFault("IMPORT_TOO_HEAVY" if code in TOO_HEAVY else "IMPORT_DAMAGED")
    return Opened(**told)
