"""The preview of a file shows each row as the item it would become, and a changed one against what the bank has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.question_bank.models import Item, ItemLook
from tests.factories.item_files import written
from tests.factories.people import make_user, sign_in
from tests.question_bank.test_import_road import FEW, ITEMS, Road
from tests.support.statements import counted

CHOICES = [item for item in ITEMS if item.type == "single-choice" and item.pool == "exam" and not item.case]


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


@pytest.fixture
def desk(road: Road, make_client: Callable[[], FlaskClient]) -> FlaskClient:
    now = road.clock.now()
    return sign_in(make_client(), make_user(Role.AUTHOR, now=now), now)


def test_every_row_can_be_read_whole_before_it_is_taken(road: Road, desk: FlaskClient) -> None:
    found = road.read(written(road.folder / "a.xlsx", "xlsx", FEW))
    shown = desk.get(f"/desk/items/imports/{found.id}").text
    assert shown.count("<details") >= len(FEW) and "diff-gone" not in shown
    one, written_one = FEW[0], FEW[3]
    assert all(words in shown for words in [*one.options.values(), one.explanation[:12], one.source])
    assert "item-option-key" in shown and "得分点" in shown and written_one.rubric[0]["text"][:8] in shown


def test_a_changed_row_shows_old_against_new_of_what_changed_alone(road: Road, desk: FlaskClient) -> None:
    old = CHOICES[0]
    road.bring([old])
    key = next(letter for letter in old.options if letter not in old.key)
    new = dataclasses.replace(old, key=[key], options=old.options | {key: "另一句话"})
    found = road.read(written(road.folder / "b.xlsx", "xlsx", [new]))
    shown = desk.get(f"/desk/items/imports/{found.id}").text
    gone, added = (shown.split(f'class="{name}">')[1:] for name in ("diff-gone", "diff-added"))
    assert any(f"{key}. {old.options[key]}" in part.split("</del>")[0] for part in gone)
    assert any(f"{key}. 另一句话" in part.split("</ins>")[0] for part in added)
    assert any(part.split("</del>")[0].endswith(f"</span>{old.key[0]}") for part in gone)
    assert any(part.split("</ins>")[0].endswith(f"</span>{key}") for part in added)
    assert all(old.explanation[:12] not in part.split("</del>")[0] for part in gone)


def test_who_sees_the_keys_of_exam_items_in_a_preview_is_noted(
    road: Road, desk: FlaskClient, db: Any
) -> None:
    road.bring(CHOICES[:2])
    db.session.query(ItemLook).delete()
    db.session.commit()
    found = road.read(road.folder / "items.xlsx")
    desk.get(f"/desk/items/imports/{found.id}?verdict=new")
    assert db.session.query(ItemLook).count() == 0
    desk.get(f"/desk/items/imports/{found.id}")
    looks = db.session.query(ItemLook).all()
    assert {look.item_id for look in looks} == {item.id for item in db.session.query(Item)}
    assert {look.place for look in looks} == {"import"}


def test_more_rows_ask_the_database_no_more(road: Road, desk: FlaskClient) -> None:
    road.bring(CHOICES[:12])
    told = []
    for count in (2, 12):
        more = [dataclasses.replace(one, source=one.source + f"，{count}") for one in CHOICES[:count]]
        found = road.read(written(road.folder / f"{count}.xlsx", "xlsx", more))
        with counted() as sent:
            shown = desk.get(f"/desk/items/imports/{found.id}").text
        assert shown.count("diff-added") == count
        told.append(len(sent))
    assert told[0] == told[1]
