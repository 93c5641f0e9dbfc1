"""The sweeps of practice: mocks whose time is up are closed and marked, even when every phone is off, and their papers go in the end."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import services
from carbonlearn.practice.queries.mocks import overdue_ids

log = logging.getLogger("carbonlearn.practice")


def close_overdue(now: datetime) -> int:
    """Close every mock whose time and grace are over; one unit of work each, so that bad rows, however many, hold up no other."""
    closed, tried = 0, set[str]()
    while batch := overdue_ids(now, tried):
        for sitting_id in batch:
            closed += _closed(sitting_id, now)
        tried.update(batch)
    return closed


def _closed(sitting_id: str, now: datetime) -> bool:
    try:
        with unit_of_work():
            return services.close_if_overdue(sitting_id, now=now)
    except Exception:
        log.exception("mock %s could not be closed", sitting_id)
        return False


def drop_old_papers(now: datetime) -> int:
    """Papers of mocks that were over long ago."""
    with unit_of_work():
        return services.drop_old_papers(now)


JOBS = [
    Job("practice.mocks", timedelta(seconds=20), close_overdue),
    Job("practice.old_papers", timedelta(hours=24), drop_old_papers),
]
