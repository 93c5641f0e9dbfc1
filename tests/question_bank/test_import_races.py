"""Files that wait while the bank goes on: what was judged is not taken when it does not hold any more, and no file keeps another out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import jobs
from carbonlearn.question_bank.formats.entry import FileCase
from carbonlearn.question_bank.models import Item
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying
from tests.factories.item_files import written
from tests.question_bank.test_import_road import FEW, Road

CASE = FileCase(
    "case-1",
    "某企业年产熟料 100 万 t，燃煤若干，以上为题设，不计其他排放源，也不计外购热力，也不计外购电力。",
)


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


def of_case(number: int) -> Any:
    return dataclasses.replace(FEW[number], id=f"of-case-{number}", case=CASE.id)


def asked_to_take(road: Road, import_id: str) -> None:
    with unit_of_work():
        applying.ask_to_apply(import_id, actor=road.author, now=road.clock.now())


def undo(road: Road, import_id: str) -> None:
    with unit_of_work():
        applying.undo(import_id, actor=road.author, now=road.clock.now())


def test_a_case_that_is_gone_has_the_file_read_again_and_keeps_no_other_waiting(road: Road, db: Any) -> None:
    first = road.bring([of_case(0)], cases=[CASE]).id
    second = road.read(written(road.folder / "b.xlsx", "xlsx", [of_case(1)])).id
    third = road.read(written(road.folder / "c.xlsx", "xlsx", FEW[2:3])).id
    asked_to_take(road, second)
    road.clock.advance(seconds=5)
    asked_to_take(road, third)
    undo(road, first)
    for _sweep in range(2):
        jobs.apply_files(road.clock.now())
    assert files.file_import(third).status == "applied"
    assert files.file_import(second).status == "waiting"
    jobs.read_files(road.clock.now())
    (row,) = files.import_rows(second)
    assert (row.verdict, row.faults[0]["code"]) == ("fault", "IMPORT_CASE_UNKNOWN")


def test_a_file_that_cannot_be_taken_waits_behind_the_others_and_is_refused_in_the_end(
    road: Road, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = road.read(written(road.folder / "a.xlsx", "xlsx", FEW[:1])).id
    good = road.read(written(road.folder / "b.xlsx", "xlsx", FEW[1:2])).id
    asked_to_take(road, bad)
    road.clock.advance(seconds=1)
    asked_to_take(road, good)
    taken = applying._take

    def fail(batch: Any, import_id: str, *rest: Any) -> None:
        if import_id == bad:
            raise LookupError("lost")
        taken(batch, import_id, *rest)

    monkeypatch.setattr(applying, "_take", fail)
    for _sweep in range(3):
        road.clock.advance(seconds=5)
        jobs.apply_files(road.clock.now())
    assert files.file_import(good).status == "applied"
    row = files.file_import(bad)
    assert (row.status, row.fault["code"]) == ("refused", "IMPORT_NOT_TAKEN")
    assert db.session.query(Item).count() == 1


def test_a_file_that_was_sent_again_keeps_nobody_from_undoing_the_first(road: Road, db: Any) -> None:
    first = road.bring(FEW).id
    more = dataclasses.replace(FEW[0], id="more-01", stem=FEW[0].stem + "（另一题）")
    second = road.bring([*FEW, more], "gift")
    assert second.summary["verdicts"] == {"new": 1, "changed": 0, "same": 4, "fault": 0}
    undo(road, first)
    assert [item.external_id for item in db.session.query(Item)] == ["more-01"]
    undo(road, second.id)
    assert db.session.query(Item).count() == 0


def test_what_was_the_same_and_is_gone_has_the_file_read_again(road: Road, db: Any) -> None:
    first = road.bring(FEW[:1]).id
    second = road.read(written(road.folder / "b.xlsx", "xlsx", FEW[:2])).id
    undo(road, first)
    assert road.take(second).status == "waiting"
    jobs.read_files(road.clock.now())
    assert files.file_import(second).summary["verdicts"]["new"] == 2
