"""Items of tests: the shipped ones of accounting level 4 with what is common, loaded once into the test's database."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services

FOLDERS = {("exam", "accounting", "4"), ("exam", "common", "4")}
ACCOUNTING = [
    entry
    for entry in queries.shipped_items()
    if (entry["pool"], entry["job_type"], entry["level"]) in FOLDERS
]


def load_bank(now: datetime, author_id: str | None = None) -> int:
    """Every shipped exam item that a paper of accounting level 4 may use, live; how many."""
    with unit_of_work():
        services.load_cases(queries.shipped_cases(), now, author_id)
        return services.load_items(ACCOUNTING, now, author_id)
