"""Loading the shipped items into the bank, once and again, and what papers get to see of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.question_bank.rules.item import faults


def load(items: list[dict[str, Any]], clock: SettableClock) -> int:
    with unit_of_work():
        return services.load_items(items, clock.now())


def test_every_shipped_item_is_one_that_the_bank_would_take() -> None:
    found = {item["id"]: faults(services.text_of_entry(item)) for item in queries.shipped_items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) == len(queries.shipped_items()) >= 160


def test_shipped_items_are_live_after_loading(db: Any, clock: SettableClock) -> None:
    shipped = queries.shipped_items()
    assert load(shipped, clock) == len(shipped)
    live = queries.live_items("accounting", "4")
    assert len(live) == len(shipped)
    assert Counter(item.type for item in live) == Counter(item["type"] for item in shipped)
    assert sum(queries.supply("accounting", "4").values()) == len(shipped)


def test_loading_again_changes_nothing(db: Any, clock: SettableClock) -> None:
    load(queries.shipped_items(), clock)
    assert load(queries.shipped_items(), clock) == 0
    assert db.session.query(ItemVersion).count() == len(queries.shipped_items())


def test_a_changed_entry_becomes_a_second_version_and_the_first_keeps_its_text(
    db: Any, clock: SettableClock
) -> None:
    entry = queries.shipped_items()[0]
    load([entry], clock)
    before = queries.live_items("accounting", "4")[0]
    assert load([entry | {"stem": entry["stem"] + "（修订）"}], clock) == 1
    after = queries.live_items("accounting", "4")[0]
    assert after.stem.endswith("（修订）")
    assert after.version_id != before.version_id
    assert db.session.get(ItemVersion, before.version_id).stem == before.stem


def test_a_retired_item_stays_retired_when_the_same_file_is_loaded_again(
    db: Any, clock: SettableClock
) -> None:
    entry = queries.shipped_items()[0]
    load([entry], clock)
    with unit_of_work():
        db.session.query(Item).one().status = "retired"
    load([entry], clock)
    assert queries.live_items("accounting", "4") == []


@pytest.mark.parametrize("kind", ["single-choice", "multiple-choice", "true-false", "short-answer"])
def test_points_are_hundredths_and_keys_are_lists(kind: str, db: Any, clock: SettableClock) -> None:
    load(queries.shipped_items(), clock)
    items = [item for item in queries.live_items("accounting", "4") if item.type == kind]
    for item in items:
        if kind == "short-answer":
            assert sum(line["points"] for line in item.rubric) == 300
            assert item.reference
        elif kind == "true-false":
            assert item.key in ((True,), (False,))
        else:
            assert set(item.key) <= set(item.options)
