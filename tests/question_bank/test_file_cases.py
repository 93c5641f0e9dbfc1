"""Cases in item files: previewed like rows, revised by one way, kept in their pool, and whole when they come back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.errors import Conflict
from carbonlearn.infra import rich
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.formats.entry import FileCase
from carbonlearn.question_bank.formats.kinds import FORMATS
from carbonlearn.question_bank.models import CaseVersion, Item, ItemCase, ItemPicture, ItemVersion
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying, exporting
from tests.factories.item_files import written
from tests.question_bank.test_file_pictures import WITH_PICTURES, a_picture, webp
from tests.question_bank.test_import_races import CASE, of_case, undo
from tests.question_bank.test_import_road import FEW, Road

OTHER = dataclasses.replace(CASE, text=CASE.text.replace("100 万", "200 万"))


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


def brought(road: Road, *cases: FileCase) -> str:
    return road.bring([of_case(0), of_case(1)], cases=cases or [CASE]).id


def newest(external_id: str) -> ItemVersion:
    return queries.newest_version(queries_item(external_id).id)


def queries_item(external_id: str) -> Item:
    from carbonlearn.infra.db import db

    return db.session.query(Item).filter_by(external_id=external_id).one()


def text_of(external_id: str) -> str:
    return queries.case_text(newest(external_id).case_version_id)


def case_codes(import_id: str) -> list[str]:
    return [note["code"] for case in files.import_cases(import_id) for note in case.faults]


def test_a_changed_case_is_previewed_and_gives_each_of_its_items_a_version(road: Road, db: Any) -> None:
    brought(road)
    found = road.read(written(road.folder / "b.xlsx", "xlsx", [of_case(0)], [OTHER]))
    assert found.summary["verdicts"] == {"new": 0, "changed": 0, "same": 1, "fault": 0}
    assert found.summary["case_verdicts"] == {"new": 0, "changed": 1, "same": 0, "fault": 0}
    import_id = found.id
    road.take(import_id)
    for name in ("of-case-0", "of-case-1"):
        assert newest(name).number == 2 and "200 万" in text_of(name)
    acts = [entry.action for entry in db.session.query(AuditEntry).filter_by(subject_type="case")]
    assert acts == ["case:write", "case:revise"]
    undo(road, import_id)
    for name in ("of-case-0", "of-case-1"):
        assert newest(name).number == 1 and "100 万" in text_of(name)
    assert db.session.query(CaseVersion).count() == 1


def test_an_item_changed_in_the_same_file_gets_one_version_and_the_others_follow(road: Road, db: Any) -> None:
    brought(road)
    changed = dataclasses.replace(of_case(0), explanation=FEW[0].explanation + "另外，再说一句。")
    road.bring([changed], cases=[OTHER])
    assert [newest(name).number for name in ("of-case-0", "of-case-1")] == [2, 2]
    assert newest("of-case-0").explanation.endswith("再说一句。") and "200 万" in text_of("of-case-0")


def test_an_import_that_only_follows_a_case_is_not_undone_once_that_is_reviewed(road: Road, db: Any) -> None:
    brought(road)
    import_id = road.bring([of_case(0)], cases=[OTHER]).id
    with unit_of_work():
        item_id = queries_item("of-case-1").id
        services.review(item_id, 2, "returned", "案例不清", checks={}, actor=road.chief, now=road.clock.now())
    with pytest.raises(Conflict, match="IMPORT_REVIEWED_SINCE"):
        undo(road, import_id)


def test_a_file_from_before_a_revision_reverts_nothing(road: Road, db: Any) -> None:
    brought(road)
    out = road.folder / "out.gift"
    exported(out, "gift")
    case_id = db.session.query(ItemCase).one().id
    with unit_of_work():
        services.revise_case(case_id, OTHER.text, 1, actor=road.author, now=road.clock.now())
    out.write_text(out.read_text("utf-8").replace("100 万", "100 余万"), "utf-8")
    found = road.read(out)
    assert "IMPORT_STALE" in case_codes(found.id) and found.summary["case_verdicts"]["fault"] == 1
    with pytest.raises(Conflict, match="IMPORT_HAS_FAULTS"), unit_of_work():
        applying.ask_to_apply(found.id, actor=road.author, now=road.clock.now())


def exported(path: Path, kind: str) -> Path:
    told = [item for _row, item in files.bank_items()]
    cases = [FileCase(name, case.text) for name, case in files.newest_cases().items()]
    return written(path, kind, told, cases, picture=exporting.picture)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_revised_comes_back_as_the_same_with_its_cases(road: Road, db: Any, kind: str) -> None:
    picture = a_picture(road)
    shown = dataclasses.replace(CASE, text=f"{CASE.text}\n\n![流程](media:{picture})")
    road.bring([of_case(0), of_case(1)], cases=[shown], picture=exporting.picture)
    with unit_of_work():
        services.revise_case(
            db.session.query(ItemCase).one().id,
            shown.text + "\n\n又一段。",
            1,
            actor=road.author,
            now=road.clock.now(),
        )
    found = road.read(exported(road.folder / "again", kind))
    assert found.summary["verdicts"]["same"] == 2 and found.summary["case_verdicts"]["same"] == 1, case_codes(
        found.id
    )


@pytest.mark.parametrize("kind", WITH_PICTURES)
def test_a_foreign_picture_of_a_case_comes_in_with_it_and_goes_with_it(
    road: Road, db: Any, kind: str
) -> None:
    foreign = new_id()
    shown = dataclasses.replace(CASE, text=f"{CASE.text}\n\n![流程](media:{foreign})")
    path = written(road.folder / "a", kind, [of_case(0)], [shown], picture=lambda _asked: webp("red"))
    import_id = road.read(path).id
    assert db.session.query(ItemPicture).count() == 0, "nothing is the bank's before the file is taken"
    assert road.take(import_id).status == "applied"
    (picture,) = db.session.query(ItemPicture).all()
    assert rich.pictures_in(text_of("of-case-0")) == [picture.id]
    undo(road, import_id)
    assert db.session.query(ItemPicture).count() == 0


def test_a_picture_that_a_case_lacks_is_a_fault(road: Road) -> None:
    shown = dataclasses.replace(CASE, text=f"{CASE.text}\n\n![流程](media:{new_id()})")
    found = road.read(written(road.folder / "a.gift", "gift", [of_case(0)], [shown]))
    assert case_codes(found.id) == ["IMPORT_PICTURE"]
    (row,) = files.import_rows(found.id)
    assert (row.verdict, row.faults[0]["code"]) == ("fault", "IMPORT_CASE_FAULTY")


def test_a_practice_item_names_no_case_of_the_exam(road: Road) -> None:
    brought(road)
    mixed = dataclasses.replace(of_case(2), pool="practice")
    found = road.read(written(road.folder / "b.xlsx", "xlsx", [mixed]))
    (row,) = files.import_rows(found.id)
    assert (row.verdict, row.faults[0]["code"]) == ("fault", "IMPORT_CASE_ELSEWHERE")
    both = [of_case(2), dataclasses.replace(of_case(3), pool="practice")]
    fresh = [dataclasses.replace(item, case="case-2") for item in both]
    case = dataclasses.replace(CASE, id="case-2")
    found = road.read(written(road.folder / "c.xlsx", "xlsx", fresh, [case]))
    assert [row.verdict for row in files.import_rows(found.id)] == ["new", "fault"]


def test_cases_with_odd_numbers_twice_or_belonging_nowhere_are_told(road: Road) -> None:
    odd = dataclasses.replace(CASE, id="案例 一")
    found = road.read(
        written(road.folder / "a.docx", "docx", [dataclasses.replace(FEW[0], case="案例 一")], [odd])
    )
    assert case_codes(found.id) == ["IMPORT_ID_FORM"]
    (row,) = files.import_rows(found.id)
    assert row.faults[0]["code"] == "IMPORT_CASE_FAULTY"
    twice = road.read(written(road.folder / "b.gift", "gift", [of_case(0)], [CASE, OTHER]))
    assert case_codes(twice.id) == ["IMPORT_CASE_TWICE"]
    lonely = dataclasses.replace(CASE, id="case-9")
    alone = road.read(written(road.folder / "c.gift", "gift", FEW[:1], [lonely]))
    assert case_codes(alone.id) == ["IMPORT_CASE_UNPLACED"]


def test_html_in_a_case_is_told(road: Road) -> None:
    dirty = dataclasses.replace(CASE, text=CASE.text + "<script>x()</script>")
    found = road.read(written(road.folder / "a.gift", "gift", [of_case(0)], [dirty]))
    assert case_codes(found.id) == ["IMPORT_CLEANED"]
    (case,) = files.import_cases(found.id)
    assert case.verdict == "new" and "script" not in case.text
