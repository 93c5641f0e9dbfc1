"""The sweeps behind the reports: figures of items after a release, exposure after a window."""

from __future__ import annotations

from datetime import datetime, timedelta

from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.reports import services


def refresh_items(now: datetime) -> int:
    """Both, each in a unit of work of its own; what takes long is read before."""
    rows = services.worked_out(now)
    with unit_of_work():
        done = services.keep_statistics(rows)
    with unit_of_work():
        return done + services.refresh_exposure(now)


JOBS = [Job("reports.items", timedelta(minutes=10), refresh_items)]
