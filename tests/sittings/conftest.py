"""The candidates of these tests, and the instant at which the clock stands."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.infra.clock import SettableClock
from tests.factories.sittings import Candidate, a_candidate
from tests.support.sitting_rows import AT_ONCE


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def candidate(now: datetime) -> Candidate:
    return a_candidate(now)


@pytest.fixture
def sitter(now: datetime) -> Candidate:
    return a_candidate(now, starts_in=AT_ONCE)
