"""What reading item files takes: the memory of the server and of the process that reads."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
import sys
from pathlib import Path

from carbonlearn.question_bank.formats import alike
from tests.factories.item_files import written
from tests.question_bank.test_hostile_files import FEW, ITEMS, rezipped, same, workbook
from tests.support.source import ROOT

MEASURE = """
import json, resource, sys, tempfile
from pathlib import Path
from carbonlearn.question_bank.formats.entry import FileFault
from carbonlearn.question_bank.formats.opening import opened

def parent(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def child(): return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
told = []
for name in sys.argv[1:]:
    before = parent()
    with tempfile.TemporaryDirectory() as folder:
        try:
            what = opened(Path(name), Path(folder)).rows
        except FileFault as fault:
            what = fault.code
    told.append([what, parent() - before, child()])
print(json.dumps(told))
"""


def measured(*paths: Path) -> list[tuple[object, float, float]]:
    """For each file what came of it, by how many MB the parent grew, and how large any child so far has been."""
    ended = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [(what, grown / 1024, most / 1024) for what, grown, most in json.loads(ended.stdout)]


def test_ten_thousand_rows_and_hostile_files_take_sixty_four_megabytes_at_most(tmp_path: Path) -> None:
    many = [dataclasses.replace(ITEMS[n % len(ITEMS)], id=f"many-{n}", case="") for n in range(10_000)]
    small = written(tmp_path / "small.xlsx", "xlsx", FEW)
    large = workbook(tmp_path / "huge.xlsx", lambda book: book.worksheets[0].__setitem__("XFD1048576", "x"))
    bomb = rezipped(small, tmp_path / "bomb.xlsx", same, {"xl/x.xml": b" " * 100_000_000})
    paths = [
        small,
        large,
        bomb,
        written(tmp_path / "many.xlsx", "xlsx", many),
        written(tmp_path / "many.gift", "gift", many),
        written(tmp_path / "many.xml", "moodle", many),
    ]
    found = measured(*paths)
    assert [what for what, _grown, _most in found] == [
        4,
        "IMPORT_TOO_HEAVY",
        "IMPORT_BOMB",
        10_000,
        10_000,
        10_000,
    ]
    assert max(grown for _what, grown, _most in found) < 8, found
    assert found[-1][2] - found[0][2] <= 64, found


def test_the_limit_on_memory_is_what_stops_the_child(tmp_path: Path) -> None:
    """The control: the same process may take a little, and may not take much."""
    code = "from carbonlearn.question_bank.formats import child; child.limit(); x = bytearray({} * 1024 * 1024); print(len(x))"
    for megabytes, works in ((20, True), (200, False)):
        ended = subprocess.run(
            [sys.executable, "-c", code.format(megabytes)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode == 0) is works, ended.stderr


COMPARE = """
import json, resource, sys
from pathlib import Path
from carbonlearn.question_bank.formats.alike import likes_in
told = [None if (found := likes_in(Path(name))) is None else len(found) for name in sys.argv[1:]]
print(json.dumps([told, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


def compared(*folders: Path) -> tuple[list[int | None], float]:
    """For each folder of stems how many are like others, None where that was given up; how large any child was, in MB."""
    ended = subprocess.run(
        [sys.executable, "-c", COMPARE, *map(str, folders)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told, most = json.loads(ended.stdout)
    return told, most / 1024


def stems(folder: Path, count: int, length: int) -> Path:
    """Stems in a folder, the first of which is there twice."""
    folder.mkdir()
    chance = random.Random(length)
    letters = "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(40_000))
    made = [
        letters[at : at + length] for at in (chance.randrange(len(letters) - length) for _ in range(count))
    ]
    rows = [*((f"n{number}", stem) for number, stem in enumerate(made)), ("again", made[0])]
    lines = (json.dumps([name, stem, True], ensure_ascii=False) for name, stem in rows)
    (folder / alike.STEMS).write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def test_comparing_ten_thousand_stems_takes_no_more_memory_than_reading_them(tmp_path: Path) -> None:
    few, small = compared(stems(tmp_path / "few", 3, 90))
    assert few == [2]
    told, most = compared(stems(tmp_path / "many", 10_000, 90), stems(tmp_path / "long", 1_000, 1_800))
    assert None not in told, "an ordinary file is compared"
    assert most - small <= 64, (most, small)


def test_comparing_is_given_up_where_it_would_take_too_much(tmp_path: Path) -> None:
    told, _most = compared(stems(tmp_path / "huge", 40_000, 1_000))
    assert told == [None]
