"""The sweeps behind the reports: figures of items after a release, exposure after a window."""

from __future__ import annotations

from datetime import datetime, timedelta

from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank.services import note_exposures
from carbonlearn.reports import services


def refresh_items(now: datetime) -> int:
    """Both, each in a unit of work of its own, and none where nothing changed; what takes long is read before, since others wait to write
    meanwhile."""
    done = 0
    if rows := services.worked_out(now):
        with unit_of_work():
            done = services.keep_statistics(rows)
    if shown := services.changed_exposures(now):
        with unit_of_work():
            done += note_exposures(shown)
    return done


JOBS = [Job("reports.items", timedelta(minutes=10), refresh_items)]
