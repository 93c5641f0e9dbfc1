"""Loading the shipped items into the bank, once and again, and what papers get to see of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import Citation, Item, ItemPoint, ItemVersion, Source
from carbonlearn.question_bank.rules.item import faults
from tests.factories.items import ACCOUNTING, read_by_somebody


def load(items: list[dict[str, Any]], clock: SettableClock) -> int:
    with unit_of_work():
        services.load_cases(queries.shipped_cases(), clock.now())
        return services.load_items(read_by_somebody(items), clock.now())


def test_every_shipped_item_is_one_that_the_bank_would_take() -> None:
    found = {item["id"]: faults(services.text_of_entry(item)) for item in queries.shipped_items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) == len(queries.shipped_items()) >= 160


def test_shipped_items_are_live_after_loading_for_their_job_type_and_what_is_common_for_all(
    db: Any, clock: SettableClock
) -> None:
    assert load(queries.shipped_items(), clock) == len(queries.shipped_items())
    live = queries.live_items("accounting", "4")
    assert Counter(item.type for item in live) == Counter(item["type"] for item in ACCOUNTING)
    assert sum(queries.supply("accounting", "4").values()) == len(live) == len(ACCOUNTING)
    common = {item.id for item in live if item.function == "basic-knowledge"}
    assert common and common <= {item.id for item in queries.live_items("monitoring", "4")}


def test_loading_again_changes_nothing(db: Any, clock: SettableClock) -> None:
    load(queries.shipped_items(), clock)
    assert load(queries.shipped_items(), clock) == 0
    assert db.session.query(ItemVersion).count() == len(queries.shipped_items())


def test_a_version_is_found_by_what_it_tests_and_by_what_it_cites(db: Any, clock: SettableClock) -> None:
    entry = next(entry for entry in ACCOUNTING if entry["source"].count("《") == 2)
    load([entry], clock)
    version = db.session.query(ItemVersion).one()
    assert {point.point for point in db.session.query(ItemPoint)} == set(entry["competence"])
    cited = db.session.query(Source.title).join(Citation, Citation.source_id == Source.id)
    assert {title for (title,) in cited} == set(re.findall("《([^》]+)》", entry["source"]))
    assert {row.version_id for row in db.session.query(Citation)} == {version.id}


def test_a_changed_entry_becomes_a_second_version_and_the_first_keeps_its_text(
    db: Any, clock: SettableClock
) -> None:
    entry = ACCOUNTING[0]
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
    entry = ACCOUNTING[0]
    load([entry], clock)
    with unit_of_work():
        db.session.query(Item).one().status = "retired"
    load([entry], clock)
    assert queries.live_items("accounting", "4") == []


@pytest.mark.parametrize("kind", ["single-choice", "multiple-choice", "true-false", "short-answer"])
def test_points_are_hundredths_and_keys_are_lists(kind: str, db: Any, clock: SettableClock) -> None:
    load(queries.shipped_items(), clock)
    items = [item for item in queries.live_items("accounting", "4") if item.type == kind]
    assert items
    for item in items:
        if kind == "short-answer":
            assert sum(line["points"] for line in item.rubric) == 300
            assert item.reference
        elif kind == "true-false":
            assert item.key in ((True,), (False,))
        else:
            assert set(item.key) <= set(item.options)
