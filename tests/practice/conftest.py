from __future__ import annotations

from datetime import datetime

import pytest
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.infra.clock import SettableClock
from tests.factories.practice import Practiser, a_practiser


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def lin(db: SQLAlchemy, now: datetime) -> Practiser:
    """A learner of accounting level 4 with an open account."""
    return a_practiser(now)
