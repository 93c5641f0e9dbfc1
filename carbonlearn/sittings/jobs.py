"""Close what is over, even when every phone is off: one unit of work a sitting, so that one bad row holds up no other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from carbonlearn.core.errors import DomainError
from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.sittings import queries, services

log = logging.getLogger("carbonlearn.sittings")


def close_overdue(now: datetime) -> int:
    """Time out every running sitting whose time is up, mark absent who checked in and never began; how many changed."""
    ended = sum(_settled(services.close_if_overdue, found, now) for found in queries.overdue_ids(now))
    return ended + sum(_settled(services.mark_absent, found, now) for found in queries.missed_ids(now))


def _settled(settle: Callable[..., bool], sitting_id: str, now: datetime) -> bool:
    try:
        with unit_of_work():
            return settle(sitting_id, now=now)
    except (DomainError, SQLAlchemyError):
        log.exception("sitting %s could not be closed", sitting_id)
        return False


JOBS = [Job("sittings.overdue", timedelta(seconds=5), close_overdue)]
