"""A practice pool and a mock pool of tests: the shipped exam items of accounting level 4 under other numbers, and a learner to use them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from carbonlearn.accounts.models import User
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.enrolment.queries import OwnPlace, places_shown
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from tests.factories.enrolment import Desk, load_catalogue
from tests.factories.items import ACCOUNTING
from tests.factories.people import actor_of

CANARY = "CANARY-PRACTICE-KEY"


def entries_of(pool: str, every: int = 1, **changes: Any) -> list[dict[str, Any]]:
    """The entries as this pool would ship them, every so-manyth; without cases, which belong to another pool."""
    return [
        entry | {"id": f"{pool}-{entry['id']}", "pool": pool, "case": None} | changes
        for entry in ACCOUNTING[::every]
    ]


def load_pool(pool: str, now: datetime, every: int = 1, **changes: Any) -> int:
    """Load them, live; how many."""
    with unit_of_work():
        return services.load_items(entries_of(pool, every, **changes), now, None)


def load_one_case(pool: str, now: datetime) -> None:
    """A case with its items, as the pool would ship it."""
    case = queries.shipped_cases()[0]
    with unit_of_work():
        services.load_cases([case | {"id": f"{pool}-{case['id']}", "pool": pool}], now, None)


def a_practiser(now: datetime, desk: Desk | None = None, **changes: Any) -> tuple[User, Enrolment]:
    """A learner of accounting level 4 whose account is open."""
    if desk is None:
        load_catalogue(now)
        desk = Desk(now)
    enrolment = desk.open_account(**changes)
    return desk.learner_of(enrolment), enrolment


def place_of(actor: Actor, now: datetime) -> OwnPlace:
    """The place that the actor's pages are about."""
    places = places_shown(actor, None, now)
    assert places is not None
    return places.shown


def practiser_and_place(now: datetime) -> tuple[Actor, OwnPlace]:
    """Who practises, as services see them, and where."""
    user, _enrolment = a_practiser(now)
    actor = actor_of(user, now)
    assert Role.LEARNER in actor.roles
    return actor, place_of(actor, now)
