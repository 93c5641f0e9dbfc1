"""What happens to the ledger without a learner: silent sessions are closed, totals are compared with the spans."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import queries, services
from carbonlearn.study.services.sessions import SILENCE

log = logging.getLogger("carbonlearn.study")
BATCH = 200
CHECKED_BACK = timedelta(hours=2)
LOOKED_AT = timedelta(hours=1)


def close_silent(now: datetime) -> int:
    """Close sessions without a beat for ten minutes; how many."""
    closed = 0
    for session_id in queries.silent_session_ids(now - SILENCE, BATCH):
        with unit_of_work():
            closed += services.close_if_silent(session_id, now)
    return closed


def check_totals(now: datetime) -> int:
    """Replay the ledger of every enrolment studied in the last two hours; how many differences were found and logged."""
    found = queries.replay(since=now - CHECKED_BACK)
    for difference in found:
        log.error("ledger: %s", difference)
    return len(found)


def raise_reviews(now: datetime) -> int:
    """Look for signals in whatever was studied in the last hour; how many reviews were asked for."""
    raised = 0
    for enrolment_id in queries.studied_since(now - LOOKED_AT):
        if not services.wants_review(enrolment_id, now):
            continue
        with unit_of_work():
            raised += services.raise_reviews(enrolment_id, now)
    return raised


JOBS = (
    Job("study.close_silent", every=timedelta(minutes=1), sweep=close_silent),
    Job("study.check_totals", every=timedelta(hours=1), sweep=check_totals),
    Job("study.raise_reviews", every=timedelta(minutes=15), sweep=raise_reviews),
)
