"""Mocks of tests: begun, answered and handed in by a learner, each in a unit of work of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import services
from carbonlearn.practice.models import MockSitting
from carbonlearn.question_bank.models import Item
from tests.factories.practice import (
    Practiser,
    a_small_mock,
    load_pool,
)


def begin(lin: Practiser, now: datetime) -> MockSitting:
    place = lin.place(now)
    drawn = services.prepare(place, actor=lin.actor, now=now)
    with unit_of_work():
        return services.start(place, drawn, actor=lin.actor, now=now)


def save(lin: Practiser, mock: MockSitting, item: int, value: Any, now: datetime, **over: Any) -> Any:
    wish: dict[str, Any] = {"item": item, "revision": 1, "generation": 1, "operation_id": f"op-{item}"}
    with unit_of_work():
        return services.save(mock.id, value=value, actor=lin.actor, now=now, **(wish | over))


def submit(lin: Practiser, mock: MockSitting, now: datetime) -> MockSitting:
    with unit_of_work():
        return services.submit(mock.id, actor=lin.actor, now=now)


def small(lin: Practiser, now: datetime) -> tuple[MockSitting, list[Item]]:
    """A running mock of one item of each type."""
    kinds = ("single-choice", "true-false", "multiple-choice", "short-answer")
    items = [load_pool("mock", now, kind, every=20)[0] for kind in kinds]
    return a_small_mock(lin.actor, lin.enrolment.id, items, now), items
