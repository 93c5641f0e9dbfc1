"""A file that was written from a version which the bank has left behind overwrites nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from carbonlearn.infra.clock import SettableClock
from carbonlearn.question_bank.formats.kinds import FORMATS
from carbonlearn.question_bank.queries import files
from tests.factories.item_files import written
from tests.question_bank.test_import_road import FEW, Road


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


@pytest.mark.parametrize("kind", FORMATS)
def test_an_old_export_that_was_edited_is_refused_and_a_new_one_is_taken(road: Road, kind: str) -> None:
    road.bring(FEW[:1])
    (old,) = [item for _row, item in files.bank_items()]
    assert old.version == 1
    road.bring([dataclasses.replace(old, explanation=old.explanation + "有人改过这一句。")])
    edited = dataclasses.replace(old, source=old.source + "，第 3 条")
    found = road.read(written(road.folder / "old", kind, [edited]))
    (row,) = files.import_rows(found.id)
    assert (row.verdict, row.faults[0]["code"], row.faults[0]["facts"]) == (
        "fault",
        "IMPORT_STALE",
        {"said": 1, "number": 2},
    )
    (now,) = [item for _row, item in files.bank_items()]
    found = road.read(written(road.folder / "new", kind, [dataclasses.replace(now, source=edited.source)]))
    (row,) = files.import_rows(found.id)
    assert (row.verdict, row.faults) == (
        "changed",
        [{"field": "row", "code": "IMPORT_CHANGES", "facts": {"fields": ["source"]}, "grave": False}],
    )


def test_an_old_export_that_nobody_edited_changes_nothing(road: Road) -> None:
    road.bring(FEW[:1])
    (old,) = [item for _row, item in files.bank_items()]
    found = road.read(written(road.folder / "old.xlsx", "xlsx", [old]))
    assert found.summary["verdicts"]["same"] == 1
