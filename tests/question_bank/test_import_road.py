"""A file of items on its way into the bank: sent, read elsewhere, previewed, taken whole or not at all, and undone."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import jobs, queries, services
from carbonlearn.question_bank.formats.entry import FileItem
from carbonlearn.question_bank.formats.judging import Defaults
from carbonlearn.question_bank.formats.kinds import FORMATS
from carbonlearn.question_bank.models import (
    Citation,
    ImportRow,
    Item,
    ItemCase,
    ItemEnemy,
    ItemImport,
    ItemPoint,
    ItemVersion,
)
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying, importing
from tests.factories.item_files import shipped, written
from tests.factories.items import load_bank
from tests.factories.people import actor_of, make_user
from tests.support.statements import counted


class Road:
    """An author, a chief, and the way of a file."""

    def __init__(self, clock: SettableClock, folder: Path) -> None:
        self.clock, self.folder = clock, folder
        self.author: Actor = actor_of(make_user(Role.AUTHOR, now=clock.now()), clock.now())
        self.chief: Actor = actor_of(make_user(Role.CHIEF_EXAMINER, now=clock.now()), clock.now())

    def send(self, path: Path, **defaults: Any) -> str:
        kept = importing.keep(path)
        with unit_of_work():
            return importing.receive(
                kept, path.name, Defaults(**defaults), actor=self.author, now=self.clock.now()
            ).id

    def read(self, path: Path, **defaults: Any) -> ItemImport:
        import_id = self.send(path, **defaults)
        jobs.read_files(self.clock.now())
        return files.file_import(import_id)

    def take(self, import_id: str) -> ItemImport:
        with unit_of_work():
            applying.ask_to_apply(import_id, actor=self.author, now=self.clock.now())
        jobs.apply_files(self.clock.now())
        return files.file_import(import_id)

    def bring(self, items: list[FileItem], kind: str = "xlsx", **more: Any) -> ItemImport:
        """Write, send, read and take these."""
        found = self.read(written(self.folder / f"items.{kind}", kind, items, **more))
        assert found.status == "previewed", (
            found.fault,
            [row.faults for row in files.import_rows(found.id, "fault")][:3],
        )
        assert found.summary["verdicts"]["fault"] == 0, [
            row.faults for row in files.import_rows(found.id, "fault")
        ][:3]
        return self.take(found.id)


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


ITEMS, CASES = shipped()
FEW = [
    next(item for item in ITEMS if item.type == kind)
    for kind in ("single-choice", "true-false", "multiple-choice", "short-answer")
]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_taken_from_any_format_is_a_draft_that_says_the_same(road: Road, db: Any, kind: str) -> None:
    done = road.bring(FEW, kind)
    assert done.status == "applied"
    items = {item.external_id: item for item in db.session.query(Item)}
    assert {item.id for item in FEW} == items.keys()
    assert {item.status for item in items.values()} == {"draft"}
    assert {item.import_id for item in items.values()} == {done.id}
    told = {item.id: item for _row, item in files.bank_items()}
    assert [told[item.id] for item in FEW] == FEW
    assert db.session.query(ItemPoint).count() == sum(len(item.competence) for item in FEW)
    assert db.session.query(Citation).count() > 0


def test_the_same_file_twice_is_all_the_same_and_writes_nothing(road: Road, db: Any) -> None:
    road.bring(FEW)
    again = road.read(road.folder / "items.xlsx")
    assert again.summary["verdicts"] == {"new": 0, "changed": 0, "same": 4, "fault": 0}
    with pytest.raises(Conflict) as refused, unit_of_work():
        applying.ask_to_apply(again.id, actor=road.author, now=road.clock.now())
    assert refused.value.code == "IMPORT_NOTHING_NEW"
    assert db.session.query(ItemVersion).count() == 4


def test_items_that_ship_come_back_from_a_file_as_the_same(road: Road, clock: SettableClock) -> None:
    load_bank(clock.now())
    mine = [
        item for item in ITEMS if (item.pool, item.job_type) == ("exam", "accounting") and item.level == "4"
    ]
    found = road.read(written(road.folder / "a.xml", "moodle", mine, CASES))
    assert found.summary["verdicts"] == {"new": 0, "changed": 0, "same": len(mine), "fault": 0}


def test_a_changed_row_becomes_another_version_and_what_is_live_stays(
    road: Road, db: Any, clock: SettableClock
) -> None:
    load_bank(clock.now())
    item = next(one for one in ITEMS if (one.pool, one.job_type, one.level) == ("exam", "accounting", "4"))
    changed = dataclasses.replace(item, stem=item.stem + "（修订）")
    done = road.bring([changed])
    assert done.summary["verdicts"]["changed"] == 1
    row = db.session.query(Item).filter_by(external_id=item.id).one()
    newest = queries.newest_version(row.id)
    assert (row.status, newest.number) == ("live", 2) and newest.stem.endswith("（修订）")
    assert db.session.get(ItemVersion, row.live_version_id).stem == item.stem
    assert newest.author_id == road.author.user_id


def test_one_fault_keeps_the_whole_file_out(road: Road, db: Any) -> None:
    wrong = dataclasses.replace(FEW[0], id="wrong-01", key=["H"])
    found = road.read(written(road.folder / "a.xlsx", "xlsx", [*FEW, wrong]))
    assert found.summary["verdicts"] == {"new": 4, "changed": 0, "same": 0, "fault": 1}
    (row,) = files.import_rows(found.id, "fault")
    assert (row.place, row.external_id, row.faults[0]["code"]) == ("试题!6", "wrong-01", "ITEM_KEY_ONE")
    with pytest.raises(Conflict) as refused, unit_of_work():
        applying.ask_to_apply(found.id, actor=road.author, now=road.clock.now())
    assert refused.value.code == "IMPORT_HAS_FAULTS"
    assert db.session.query(Item).count() == 0


def test_a_crash_in_the_middle_leaves_nothing(road: Road, db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = road.read(written(road.folder / "a.xlsx", "xlsx", FEW))
    with unit_of_work():
        applying.ask_to_apply(found.id, actor=road.author, now=road.clock.now())
    import_id = found.id

    def fail(_import_id: str, _links: Any) -> None:
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr(applying, "_link", fail)
    assert jobs.apply_files(road.clock.now()) == 0
    db.session.rollback()
    assert (db.session.query(Item).count(), db.session.query(ItemVersion).count()) == (0, 0)
    monkeypatch.undo()
    jobs.apply_files(road.clock.now())
    assert db.session.query(Item).count() == 4 and files.file_import(import_id).status == "applied"


def test_a_bank_that_changed_since_the_preview_has_the_file_read_again(road: Road, db: Any) -> None:
    first = road.read(written(road.folder / "a.xlsx", "xlsx", FEW))
    first_id = first.id
    second_id = road.read(written(road.folder / "b.xlsx", "xlsx", FEW[:1])).id
    road.take(second_id)
    assert road.take(first_id).status == "waiting"
    jobs.read_files(road.clock.now())
    assert files.file_import(first_id).summary["verdicts"] == {"new": 3, "changed": 0, "same": 1, "fault": 0}


def test_an_import_can_be_undone_until_somebody_reviews(road: Road, db: Any) -> None:
    case_items = [item for item in ITEMS if item.case][:3]
    done = road.bring(
        [*FEW, *case_items], cases=[case for case in CASES if case.id in {item.case for item in case_items}]
    )
    assert applying.why_not_undo(done, road.clock.now()) == ""
    with unit_of_work():
        applying.undo(done.id, actor=road.author, now=road.clock.now())
    for model in (Item, ItemVersion, ItemPoint, Citation, ItemCase):
        assert db.session.query(model).count() == 0, model
    assert files.file_import(done.id).status == "undone"
    again = road.bring(FEW, "docx")
    item = db.session.query(Item).filter_by(external_id=FEW[0].id).one()
    with unit_of_work():
        services.review(
            item.id, 1, "returned", "干扰项太弱", checks={}, actor=road.chief, now=road.clock.now()
        )
    assert applying.why_not_undo(files.file_import(again.id), road.clock.now()) == "IMPORT_REVIEWED_SINCE"
    with pytest.raises(Conflict) as refused, unit_of_work():
        applying.undo(again.id, actor=road.author, now=road.clock.now())
    assert refused.value.code == "IMPORT_REVIEWED_SINCE"
    assert db.session.query(Item).count() == 4


def test_an_undone_import_takes_what_was_said_of_its_own_items_with_it(road: Road, db: Any) -> None:
    kept = road.bring(FEW[:2])
    ids = {row.item_id for row in files.import_rows(kept.id, "new")}
    done = road.bring(FEW[2:4], "docx")
    with unit_of_work():
        for one, other in ((FEW[0], FEW[1]), (FEW[1], FEW[2]), (FEW[2], FEW[3])):
            item = db.session.query(Item).filter_by(external_id=one.id).one()
            services.set_apart(item.id, other.id, "同一处", actor=road.author, now=road.clock.now())
    with unit_of_work():
        applying.undo(done.id, actor=road.author, now=road.clock.now())
    assert {pair for row in db.session.query(ItemEnemy) for pair in (row.first_id, row.second_id)} == ids


def test_every_step_stands_in_the_audit_chain(road: Road, db: Any) -> None:
    done = road.bring(FEW)
    with unit_of_work():
        applying.undo(done.id, actor=road.author, now=road.clock.now())
    entries = (
        db.session.query(AuditEntry)
        .filter_by(subject_type="item_import", subject_id=done.id)
        .order_by(AuditEntry.seq)
    )
    assert [entry.action for entry in entries] == [
        "item_import:send",
        "item_import:apply",
        "item_import:undo",
    ]
    assert {entry.actor_id for entry in entries} == {road.author.user_id}


def test_a_foreign_file_gets_what_it_does_not_say_from_the_choices_or_a_fault(road: Road) -> None:
    bare = dataclasses.replace(
        FEW[0],
        id="",
        pool="",
        job_type="",
        level="",
        function="",
        difficulty=0,
        source="",
        competence=[],
        facts=[],
        case="",
    )
    path = written(road.folder / "a.gift", "gift", [bare])
    told = road.read(path)
    (row,) = files.import_rows(told.id)
    assert {note["code"] for note in row.faults} >= {
        "IMPORT_POOL_NEEDED",
        "IMPORT_TRACK_NEEDED",
        "IMPORT_FUNCTION_NEEDED",
        "ITEM_DIFFICULTY",
        "ITEM_SOURCE",
    }
    chosen = {
        "pool": "practice",
        "job_type": "accounting",
        "level": "4",
        "function": "basic-knowledge",
        "difficulty": 2,
        "source": "《通则》",
    }
    found = road.read(path, **chosen)
    (row,) = files.import_rows(found.id)
    assert row.verdict == "new" and row.external_id.startswith("imp-")
    road.take(found.id)
    assert road.read(path, **chosen).summary["verdicts"]["same"] == 1


def test_an_item_is_not_moved_to_another_pool_by_a_file(road: Road, clock: SettableClock) -> None:
    load_bank(clock.now())
    item = next(one for one in ITEMS if (one.pool, one.job_type, one.level) == ("exam", "accounting", "4"))
    found = road.read(written(road.folder / "a.xlsx", "xlsx", [dataclasses.replace(item, pool="practice")]))
    (row,) = files.import_rows(found.id)
    assert (row.verdict, row.faults[0]["code"]) == ("fault", "IMPORT_OTHER_PLACE")


def test_twins_and_near_twins_are_told_and_forbid_nothing(road: Road, clock: SettableClock) -> None:
    load_bank(clock.now())
    item = next(
        one
        for one in ITEMS
        if (one.pool, one.job_type, one.level) == ("exam", "accounting", "4") and len(one.stem) > 40
    )
    twin = dataclasses.replace(item, id="twin-01", case="")
    near = dataclasses.replace(
        item, id="near-01", stem=item.stem.replace(item.stem[10:13], "另一家"), case=""
    )
    found = road.read(written(road.folder / "a.xlsx", "xlsx", [twin, near]))
    rows = files.import_rows(found.id)
    assert [row.verdict for row in rows] == ["new", "new"]
    assert [note["code"] for note in rows[0].faults] == ["IMPORT_TWIN"] and rows[0].faults[0]["facts"][
        "other"
    ] == item.id
    assert [note["code"] for note in rows[1].faults] == ["IMPORT_LIKE"]
    assert item.id in [name for name, _percent in rows[1].faults[0]["facts"]["others"]]


def test_statements_do_not_grow_with_the_rows(road: Road, db: Any) -> None:
    def cost(items: list[FileItem], name: str) -> tuple[int, int]:
        found_id = road.send(written(road.folder / name, "xlsx", items))
        with counted() as reading:
            jobs.read_files(road.clock.now())
        with unit_of_work():
            applying.ask_to_apply(found_id, actor=road.author, now=road.clock.now())
        with counted() as taking:
            jobs.apply_files(road.clock.now())
        assert files.file_import(found_id).status == "applied"
        return len(reading), len(taking)

    def some(count: int, mark: str) -> list[FileItem]:
        return [
            dataclasses.replace(
                FEW[0], id=f"{mark}-{n}", stem=f"第 {n} 座锅炉{mark}：{FEW[0].stem[: n % 40 + 9]}{n * 7919}"
            )
            for n in range(count)
        ]

    few, many = cost(some(20, "a"), "a.xlsx"), cost(some(400, "b"), "b.xlsx")
    assert abs(many[1] - few[1]) <= 2 and many[1] < 40  # the first time a document is cited it is entered
    assert abs(many[0] - few[0]) <= 6
    assert db.session.query(ImportRow).count() == 420
