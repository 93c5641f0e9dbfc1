"""What reading item files takes: the memory of the server and of the process that reads."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

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
