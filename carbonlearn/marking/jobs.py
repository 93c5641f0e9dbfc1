"""The sweeps of marking: mark what has ended, confirm what is fully marked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.marking import queries, services

log = logging.getLogger("carbonlearn.marking")


def mark_ended(now: datetime) -> int:
    """Mark the objective items of every sitting that has ended."""
    return _each(queries.unmarked_sittings(), services.auto_mark_sitting, now)


def confirm_marked(now: datetime) -> int:
    """Confirm the result of every sitting whose marking is complete."""
    return _each(queries.unconfirmed_sittings(), services.confirm_result, now)


def _each(sitting_ids: list[str], act: Callable[[str, datetime], object], now: datetime) -> int:
    done = 0
    for sitting_id in sitting_ids:
        try:
            with unit_of_work():
                done += bool(act(sitting_id, now))
        except Exception:
            log.exception(
                "sitting %s could not be handled", sitting_id
            )  # one bad row does not stop the sweep
    return done


JOBS = [
    Job("marking.objective", timedelta(seconds=10), mark_ended),
    Job("marking.confirm", timedelta(seconds=10), confirm_marked),
]
