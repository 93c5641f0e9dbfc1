"""Items of tests: the shipped ones, loaded once into the test's database."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services


def load_bank(now: datetime, author_id: str | None = None) -> int:
    """Every shipped item, live; how many."""
    with unit_of_work():
        return services.load_items(queries.shipped_items(), now, author_id)
