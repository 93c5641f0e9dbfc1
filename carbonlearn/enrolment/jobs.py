"""What time does to places by itself: the record follows when an access period has passed and nothing is under way any more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from carbonlearn.core.job import Job
from carbonlearn.enrolment import queries, services
from carbonlearn.infra.db import unit_of_work

log = logging.getLogger("carbonlearn.enrolment")
BATCH = 200


def expire_lapsed(now: datetime) -> int:
    """Record the end of every place that is over; how many. Those with something under way are looked at again next time."""
    return sum(_expire(enrolment_id, now) for enrolment_id in _over(now))


def _over(now: datetime) -> Iterator[str]:
    """Lapsed places with nothing under way, a batch at a time: those that wait for a retake must not stand before the others."""
    after: tuple[datetime, str] | None = None
    while batch := queries.lapsed_ids(now, after, BATCH):
        after, under_way = batch[-1], queries.pending([row[1] for row in batch], now)
        yield from [row[1] for row in batch if not under_way[row[1]]]


def _expire(enrolment_id: str, now: datetime) -> bool:
    try:
        with unit_of_work():
            return services.expire(enrolment_id, now)
    except Exception:
        log.exception("enrolment.expire: %s skipped", enrolment_id)
        return False


JOBS = (Job("enrolment.expire", every=timedelta(minutes=10), sweep=expire_lapsed),)
