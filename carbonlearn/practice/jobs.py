"""The sweep of practice: mocks whose time is up are closed and marked, even when every phone is off."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import services
from carbonlearn.practice.queries.mocks import overdue_ids

log = logging.getLogger("carbonlearn.practice")


def close_overdue(now: datetime) -> int:
    """Close every mock whose time and grace are over; one unit of work each, so that one bad row holds up no other."""
    closed = 0
    for sitting_id in overdue_ids(now):
        try:
            with unit_of_work():
                closed += services.close_if_overdue(sitting_id, now=now)
        except Exception:
            log.exception("mock %s could not be closed", sitting_id)
    return closed


JOBS = [Job("practice.mocks", timedelta(seconds=20), close_overdue)]
