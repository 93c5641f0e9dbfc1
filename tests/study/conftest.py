from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.accounts.models import User
from carbonlearn.infra.clock import SettableClock
from tests.factories.enrolment import load_catalogue
from tests.factories.study import DEMONSTRATION, Device, make_learner, make_lesson

TEN_MINUTES = 600_000


@pytest.fixture
def learner(db: SQLAlchemy, clock: SettableClock) -> User:
    """A learner with an active place in the demonstration programme."""
    load_catalogue(clock.now(), DEMONSTRATION)
    return make_learner(clock.now())[0]


@pytest.fixture
def make_device(make_client: Callable[[], FlaskClient], clock: SettableClock) -> Callable[[User], Device]:
    """One more signed-in device of a person."""
    return lambda user: Device(make_client(), user, clock)


@pytest.fixture
def device(make_device: Callable[[User], Device], learner: User) -> Device:
    """The learner's phone."""
    return make_device(learner)


@pytest.fixture
def lesson(learner: User, clock: SettableClock) -> str:
    """A lesson of ten minutes in the learner's track."""
    return make_lesson(TEN_MINUTES, clock.now())
