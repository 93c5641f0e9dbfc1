"""Which rows of a file are much like others: ``python -m carbonlearn.question_bank.formats.alike FOLDER``, a process of its own.

Comparing ten thousand stems takes memory that the server should not lend, and gets no more than the process that opens files. It
reads ``stems.jsonl`` (number, stem, whether it is of the file) and writes ``likes.json``: for each number of the file what it is like,
with percent, the likest first.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from carbonlearn.question_bank.formats import child
from carbonlearn.question_bank.formats.opening import ROOT

STEMS, LIKES = "stems.jsonl", "likes.json"
SHORTEST = 6  # characters; below, everything is like everything
TOLD = 3
SECONDS = 180
COMPARED = 1000  # characters of a stem
MARKED = re.compile(r"[\\*_$|!\[\]`<&\n]")  # where nothing is marked, a text is as it shows


def main(folder: Path) -> None:
    from rapidfuzz import fuzz  # noqa: PLC0415 - the parent does not need it

    from carbonlearn.infra import rich  # noqa: PLC0415
    from carbonlearn.question_bank.rules.likeness import NEAR, bare, pairs_to_compare  # noqa: PLC0415

    child.limit()
    texts, fresh = {}, []
    with (folder / STEMS).open(encoding="utf-8") as file:
        for line in file:
            name, stem, is_fresh = json.loads(line)
            texts[name] = bare(rich.plain(stem) if MARKED.search(stem) else stem)[:COMPARED]
            if is_fresh:
                fresh.append(name)
    found: dict[str, list[tuple[str, int]]] = {}
    for name, other in pairs_to_compare(texts, fresh):
        if min(len(texts[name]), len(texts[other])) >= SHORTEST:
            percent = int(fuzz.ratio(texts[name], texts[other], score_cutoff=NEAR))
            if percent:
                best = [*found.get(name, []), (other, percent)]
                found[name] = sorted(best, key=lambda one: (-one[1], one[0]))[:TOLD]
    (folder / LIKES).write_text(json.dumps(found, ensure_ascii=False), "utf-8")


def likes_in(folder: Path) -> dict[str, list[tuple[str, int]]] | None:
    """Have the stems in a folder compared. None where that takes too long or too much: it is a service to the reader, not a check."""
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, given a folder of our own making
            [sys.executable, "-m", "carbonlearn.question_bank.formats.alike", str(folder)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    path = folder / LIKES
    if ended.returncode or not path.exists():
        return None
    return {
        name: [(other, percent) for other, percent in others]
        for name, others in json.loads(path.read_text("utf-8")).items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
