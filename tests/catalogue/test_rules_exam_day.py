"""The limits of an exam day: a default of ours is shown as ours, and gives way to what the programme's file states."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
import yaml

from carbonlearn.catalogue.queries import FOLDER, defaults, weights
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.catalogue.services.programme_file import schema_faults

STATED = {
    "check_in_opens_minutes": 90,
    "check_in_closes_minutes": 0,
    "absent_after_minutes": 15,
    "start_jitter_seconds": 5,
    "marking_tolerance_percent": 30,
}


@pytest.fixture
def data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        (FOLDER / "programmes" / "gdcpa-petrochem.yaml").read_text("utf-8")
    )
    return loaded


def rules(data: dict[str, Any], **exam_day: int) -> ProgrammeRules:
    return ProgrammeRules({**data, "exam_day": exam_day} if exam_day else data, defaults(), weights())


def ours(found: ProgrammeRules) -> set[str]:
    return {one.field for one in found.ours if one.field.startswith("exam_day.")}


def test_a_silent_programme_has_our_limits_and_says_so(data: dict[str, Any]) -> None:
    silent = rules(data)
    assert silent.exam_day.check_in_opens == timedelta(minutes=45)
    assert silent.exam_day.absent_after == timedelta(minutes=30)
    assert silent.exam_day.marking_tolerance_percent == 20
    assert len(ours(silent)) == 4
    words = " ".join(one.zh + one.en for one in silent.ours)
    for shown in ("45", "10", "30", "60", "20%"):
        assert shown in words
    assert "%(" not in words


def test_what_the_file_states_holds_and_is_not_ours(data: dict[str, Any]) -> None:
    own = rules(data, **STATED)
    assert own.exam_day.check_in_opens == timedelta(minutes=90)
    assert own.exam_day.start_jitter == timedelta(seconds=5)
    assert own.exam_day.marking_tolerance_percent == 30
    assert ours(own) == set()
    partly = rules(data, absent_after_minutes=15)
    assert partly.exam_day.check_in_closes == timedelta(minutes=10)
    assert len(ours(partly)) == 3


def test_the_schema_takes_these_limits_and_no_others(data: dict[str, Any]) -> None:
    for exam_day, faulty in ((STATED, False), ({"absent_after_minutes": 0}, True), ({"lateness": 3}, True)):
        changed = deepcopy(data) | {"exam_day": exam_day}
        assert bool(schema_faults(changed)) is faulty
