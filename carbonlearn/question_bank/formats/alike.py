"""Which rows of a file are much like others: ``python -m carbonlearn.question_bank.formats.alike FOLDER``, a process of its own.

Comparing ten thousand stems takes memory that the server should not lend. It reads ``stems.jsonl`` (number, stem, whether it is of the
file) and writes ``likes.json``: for each number of the file what it is like, with percent, the likest first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from carbonlearn.question_bank.formats.opening import ROOT

STEMS, LIKES = "stems.jsonl", "likes.json"
SHORTEST = 6  # characters; below, everything is like everything
TOLD = 3
SECONDS = 180


def main(folder: Path) -> None:
    from rapidfuzz import fuzz  # noqa: PLC0415 - the parent does not need it

    from carbonlearn.infra import rich  # noqa: PLC0415
    from carbonlearn.question_bank.rules.likeness import NEAR, bare, pairs_to_compare  # noqa: PLC0415

    texts, fresh = {}, []
    with (folder / STEMS).open(encoding="utf-8") as file:
        for line in file:
            name, stem, is_fresh = json.loads(line)
            texts[name] = bare(rich.plain(stem))
            if is_fresh:
                fresh.append(name)
    found: dict[str, list[tuple[str, int]]] = {}
    for name, other in pairs_to_compare(texts, fresh):
        if min(len(texts[name]), len(texts[other])) >= SHORTEST:
            percent = int(fuzz.ratio(texts[name], texts[other], score_cutoff=NEAR))
            if percent:
                found.setdefault(name, []).append((other, percent))
    told = {name: sorted(others, key=lambda one: (-one[1], one[0]))[:TOLD] for name, others in found.items()}
    (folder / LIKES).write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def likes_in(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """Have the stems in a folder compared. Nothing is found where that takes too long: it is a service to the reader, not a check."""
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, given a folder of our own making
            [sys.executable, "-m", "carbonlearn.question_bank.formats.alike", str(folder)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {}
    path = folder / LIKES
    if ended.returncode or not path.exists():
        return {}
    return {
        name: [(other, percent) for other, percent in others]
        for name, others in json.loads(path.read_text("utf-8")).items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
