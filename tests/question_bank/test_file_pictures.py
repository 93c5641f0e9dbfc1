"""Pictures in item files: they travel with the texts that show them, are drawn anew when they are strange, and kept when they are ours."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from carbonlearn.infra import rich, vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank import jobs
from carbonlearn.question_bank.formats.kinds import FORMATS
from carbonlearn.question_bank.models import ItemPicture
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying, exporting
from tests.factories.item_files import shipped, written
from tests.question_bank.test_import_road import Road

ITEMS, _CASES = shipped()
WITH_PICTURES = [kind for kind in FORMATS if kind != "gift"]  # a text file has no pictures inside


def webp(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "WEBP", quality=85)
    return out.getvalue()


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


def a_picture(road: Road, colour: str = "green") -> str:
    content = webp(colour)
    stored = vault.media().put(io.BytesIO(content), 10_000_000)
    with unit_of_work():
        from carbonlearn.infra.db import db

        row = ItemPicture(
            id=new_id(),
            sha256=stored.key,
            kind="image/webp",
            width=40,
            height=30,
            size=len(content),
            created_at=road.clock.now(),
        )
        db.session.add(row)
        return row.id


def showing(picture_id: str) -> Any:
    item = next(one for one in ITEMS if one.type == "single-choice" and not one.case)
    options = item.options | {"A": f"![甲](media:{picture_id})"}
    return dataclasses.replace(
        item,
        id="shown-01",
        stem=f"看图：![锅炉 1](media:{picture_id}) 它排放什么？\n\n{item.stem}",
        options=options,
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_of_the_bank_comes_back_as_itself(road: Road, db: Any, kind: str) -> None:
    item = showing(a_picture(road))
    road.bring([item], kind, picture=exporting.picture)
    again = road.read(road.folder / f"items.{kind}")
    assert again.summary["verdicts"] == {"new": 0, "changed": 0, "same": 1, "fault": 0}
    assert db.session.query(ItemPicture).count() == 1
    (told,) = [item for _row, item in files.bank_items()]
    assert (told.stem, told.options) == (item.stem, item.options)


@pytest.mark.parametrize("kind", WITH_PICTURES)
def test_a_picture_that_the_bank_does_not_have_comes_in_with_its_item(road: Road, db: Any, kind: str) -> None:
    foreign = new_id()
    item = showing(foreign)
    road.bring([item], kind, picture=lambda asked: webp("red") if asked == foreign else None)
    (row,) = db.session.query(ItemPicture).all()
    (told,) = [item for _row, item in files.bank_items()]
    assert rich.pictures_in(told.stem) == [row.id] and rich.pictures_in(told.options["A"]) == [row.id] != [
        foreign
    ]
    with Image.open(vault.media().open(row.sha256)) as image:
        assert image.size == (40, 30) and image.convert("RGB").getpixel((5, 5))[0] > 200


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_that_is_nowhere_is_a_fault_of_its_row(road: Road, db: Any, kind: str) -> None:
    found = road.read(written(road.folder / "a", kind, [showing(new_id())]))
    (row,) = files.import_rows(found.id)
    assert row.verdict == "fault" and "IMPORT_PICTURE" in [note["code"] for note in row.faults]


def test_what_only_claims_to_be_a_picture_is_a_fault_too(road: Road, db: Any) -> None:
    foreign = new_id()
    path = written(
        road.folder / "a", "moodle", [showing(foreign)], picture=lambda _asked: b"<svg onload='x()'/>"
    )
    found = road.read(path)
    (row,) = files.import_rows(found.id)
    assert row.verdict == "fault" and db.session.query(ItemPicture).count() == 0
    jobs.read_files(road.clock.now())


def test_a_picture_that_another_file_waits_with_is_not_taken_back(road: Road, db: Any) -> None:
    foreign = new_id()

    def bring(number: str) -> Any:
        item = dataclasses.replace(showing(foreign), id=number)
        return written(road.folder / f"{number}.xml", "moodle", [item], picture=lambda _asked: webp("red"))

    first = road.take(road.read(bring("one")).id).id
    second = road.read(bring("two")).id
    with unit_of_work():
        applying.undo(first, actor=road.author, now=road.clock.now())
    assert db.session.query(ItemPicture).count() == 1
    assert road.take(second).status == "applied"
    with unit_of_work():
        applying.undo(second, actor=road.author, now=road.clock.now())
