"""What is kept of item files, for how long, and that nothing else goes with it."""

from __future__ import annotations

import dataclasses
import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.errors import Conflict, Refused
from carbonlearn.core.permissions import Role
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import jobs
from carbonlearn.question_bank.formats.opening import opened
from carbonlearn.question_bank.models import ItemExport
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.queries.desk import Filters
from carbonlearn.question_bank.services import applying, exporting, importing
from tests.factories.enrolment import a_portrait
from tests.factories.item_files import written
from tests.factories.items import load_bank
from tests.factories.people import actor_of, make_user, sign_in
from tests.question_bank.test_file_pictures import a_picture, showing
from tests.question_bank.test_import_road import FEW, Road


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


def passing() -> set[str]:
    from carbonlearn.web.context import settings

    return {path.name for path in (settings().data_dir / "passing").rglob("*") if path.is_file()}


def test_the_bytes_of_a_portrait_sent_as_a_file_take_no_portrait_away(road: Road) -> None:
    key = vault.files().put(a_portrait())
    path = road.folder / "portrait.xlsx"
    path.write_bytes(a_portrait())
    found = road.read(path)
    assert found.fault["code"] == "IMPORT_KIND_UNKNOWN"
    jobs.read_files(road.clock.now())
    assert vault.files().get(key) == a_portrait()


def test_an_export_that_is_sent_in_again_can_still_be_fetched(
    road: Road, db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    load_bank(clock.now())
    chief = sign_in(
        make_client(), make_user(Role.CHIEF_EXAMINER, now=clock.now()), clock.now(), stepped_up=True
    )
    chief.post("/desk/items/exports", data={"format": "gift", "pool": "exam"})
    jobs.write_exports(clock.now())
    db.session.rollback()
    row_id = db.session.query(ItemExport).one().id
    content = chief.get(f"/desk/items/exports/{row_id}/file").data
    path = road.folder / "again.gift"
    path.write_bytes(content)
    import_id = road.read(path).id
    with unit_of_work():
        applying.drop(import_id, actor=road.author, now=clock.now())
    jobs.read_files(clock.now())
    assert chief.get(f"/desk/items/exports/{row_id}/file").data == content


def test_a_settled_file_goes_with_the_next_sweep_and_not_before_it_is_settled_for_good(road: Road) -> None:
    before = passing()
    import_id = road.read(written(road.folder / "a.xlsx", "xlsx", FEW)).id
    assert len(passing() - before) == 1
    with pytest.raises(LookupError), unit_of_work():
        applying.drop(import_id, actor=road.author, now=road.clock.now())
        raise LookupError("something else failed")
    assert len(passing() - before) == 1 and files.file_import(import_id).status == "previewed"
    with unit_of_work():
        applying.drop(import_id, actor=road.author, now=road.clock.now())
    jobs.read_files(road.clock.now())
    assert passing() - before == set() and files.file_import(import_id).file_key == ""


def test_a_file_beyond_what_one_may_have_waiting_is_not_kept(
    road: Road, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    author = sign_in(make_client(), make_user(Role.AUTHOR, now=clock.now()), clock.now())
    path = written(road.folder / "a.gift", "gift", FEW)

    def send() -> int:
        data = {"file": (io.BytesIO(path.read_bytes()), path.name)}
        return author.post("/desk/items/imports", data=data, content_type="multipart/form-data").status_code

    assert [send() for _ in range(importing.MOST_WAITING)] == [303] * importing.MOST_WAITING
    before = passing()
    assert send() == 409 and passing() == before


def test_what_nobody_decides_about_is_dropped_in_time_and_rows_do_not_stay_for_ever(
    road: Road, db: Any
) -> None:
    waiting = road.read(written(road.folder / "a.xlsx", "xlsx", FEW)).id
    taken = road.bring(FEW, "gift").id
    road.clock.advance(days=15)
    for _sweep in range(2):
        jobs.read_files(road.clock.now())
    assert files.file_import(waiting).status == "dropped" and files.import_rows(waiting) == []
    assert len(files.import_rows(taken)) == 4
    road.clock.advance(days=80)
    jobs.read_files(road.clock.now())
    assert files.import_rows(taken) == []
    assert applying.why_not_undo(files.file_import(taken), road.clock.now()) == "IMPORT_TOO_OLD"


def test_only_who_is_concerned_drops_a_file_and_a_refusal_stands_in_the_chain(road: Road, db: Any) -> None:
    from carbonlearn.audit.models import AuditEntry

    other = actor_of(make_user(Role.AUTHOR, now=road.clock.now()), road.clock.now())
    first = road.read(written(road.folder / "a.xlsx", "xlsx", FEW)).id
    with pytest.raises(Refused, match="IMPORT_NOT_YOURS"), unit_of_work():
        applying.drop(first, actor=other, now=road.clock.now())
    with unit_of_work():
        applying.drop(first, actor=road.chief, now=road.clock.now())
    taken = road.bring(FEW, "gift").id
    with pytest.raises(Refused, match="IMPORT_NOT_YOURS"), unit_of_work():
        applying.undo(taken, actor=other, now=road.clock.now())
    (road.folder / "b.pdf").write_bytes(b"%PDF-1.7 nothing")
    refused = road.read(road.folder / "b.pdf").id
    entry = db.session.query(AuditEntry).filter_by(action="item_import:refuse").one()
    assert (entry.subject_id, entry.facts["reason"]) == (refused, "IMPORT_KIND_UNKNOWN")


def test_a_word_file_of_more_items_than_can_be_written_is_refused_when_it_is_asked_for(
    road: Road, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    road.bring(FEW)
    monkeypatch.setitem(exporting.MOST, "docx", 3)
    ask = functools.partial(exporting.ask, Filters(), english=False, actor=road.chief, now=clock.now())
    with pytest.raises(Conflict) as refused, unit_of_work():
        ask("docx")
    assert (refused.value.code, refused.value.facts) == ("EXPORT_TOO_MANY", {"count": 4, "most": 3})
    with unit_of_work():
        assert ask("xlsx").rows_total == 4


def test_one_picture_of_many_questions_counts_once(road: Road) -> None:
    picture = a_picture(road)
    items = [dataclasses.replace(showing(picture), id=f"shown-{number}") for number in range(4)]
    path = written(road.folder / "a.xml", "moodle", items, picture=exporting.picture)
    found = opened(path, road.folder)
    assert (found.rows, found.pictures) == (4, 1)
    assert len((road.folder / "pictures.jsonl").read_text("utf-8").splitlines()) == 4
