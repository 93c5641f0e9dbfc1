"""The published list of cheats, each played against the server, each beside an honest learner on the same stage.

A server that never credits anything fails the honest learners; one that believes what it is told fails the cheats.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.infra.clock import SettableClock
from carbonlearn.study import queries
from tests.study.cheats import limits, places, presence, rhythm, words
from tests.study.cheats.catalogue import CHEATS, Cheat, tried
from tests.study.cheats.stage import Stage

PARTS = (words, rhythm, places, presence, limits)
"""Reading them puts their stories on the list."""

NewStage = Callable[[Cheat], Stage]


@pytest.fixture
def new_stage(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> Callable[[Cheat], Stage]:
    """A fresh learner on a stage as the cheat wants it."""
    return lambda one: Stage(make_client, clock, one.limits, one.length_ms)


def assert_honest_study_pays(one: Cheat, stage: Stage) -> None:
    """Who follows the lesson on such a stage earns every second of it: a server that credits nothing would fail here."""
    one.honest(stage)
    assert stage.earned_ms() == one.pays * 1000 > 0, one.name


@pytest.mark.only_on("sqlite")  # the test below plays all of them on both
@pytest.mark.parametrize("one", CHEATS, ids=lambda one: one.name)
def test_earns_nothing_where_honest_study_earns_every_second(one: Cheat, new_stage: NewStage) -> None:
    outcome = tried(one, new_stage(one))
    assert outcome.beyond_ms == 0, outcome
    assert outcome.believed_ms > outcome.most_ms, (
        "a server that believes positions would not be cheated by this"
    )
    assert_honest_study_pays(one, new_stage(one))
    assert queries.replay() == []


@pytest.mark.timeout(240)
def test_the_table_of_cheats_is_all_zeros(
    new_stage: NewStage, record_property: Callable[[str, object], None]
) -> None:
    assert len({one.name for one in CHEATS}) == len(CHEATS) >= 18
    outcomes = [tried(one, new_stage(one)) for one in CHEATS]
    for outcome in outcomes:
        record_property("cheat", outcome.line)
    assert {outcome.name: outcome.beyond_ms for outcome in outcomes if outcome.beyond_ms} == {}
    assert queries.replay() == []


@pytest.mark.timeout(240)
def test_honest_study_pays_on_every_stage(new_stage: NewStage) -> None:
    for one in CHEATS:
        assert_honest_study_pays(one, new_stage(one))


def test_the_list_is_published_as_it_is_played(repository: Path) -> None:
    """Every cheat stands in the table of the page with what it tries and what it earns: nothing."""
    text = (repository / "docs" / "study-time.md").read_text("utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row] for row in rows]
    published = {row[0]: row[1] for row in cells if row[2:] == ["nothing"]}
    assert published == {one.name: one.tries for one in CHEATS}
