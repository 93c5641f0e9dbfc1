"""What is kept of item files, for how long, and that nothing else goes with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.permissions import Role
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import jobs
from carbonlearn.question_bank.models import ItemExport
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying
from tests.factories.enrolment import a_portrait
from tests.factories.item_files import written
from tests.factories.items import load_bank
from tests.factories.people import make_user, sign_in
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
