"""The sweeps of exams: each finds its due rows and settles every one in a unit of work of its own; a bad row is logged and skipped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from carbonlearn.core.job import Job
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import queries, services
from carbonlearn.infra.db import db, unit_of_work

log = logging.getLogger("carbonlearn.exams")
Row = TypeVar("Row")


def make_windows(now: datetime) -> int:
    """The holidays that became known, then each programme's missing windows, and its tentative ones looked at again."""
    with unit_of_work():
        services.load_holidays(now)
    keys = [rules.key for rules in queries.programmes_with_rule(now)]
    made = _each("windows", keys, lambda key: services.materialise_programme(key, now))
    return made + _each("replans", keys, lambda key: services.replan_programme(key, now))


def give_entitlements(now: datetime) -> int:
    """The first attempt of every enrolment that became active."""
    return _each("entitlements", queries.lacking_entitlement_ids(), lambda row: _give(row, now))


def settle_bookings(now: datetime) -> int:
    """At booking close: places whose hours are met are confirmed, the others released."""
    return _each("unmet_bookings", queries.unconfirmed_ids(now), lambda row: services.settle_hours(row, now))


def seal_papers(now: datetime) -> int:
    """Every paper whose sealing time has come; worked out before the write lock is taken."""
    sealed = 0
    for due in services.papers_to_try(now):
        try:
            prepared = services.prepare_paper(due, now)
            with unit_of_work():
                sealed += services.store_paper(prepared, now)
        except Exception as error:
            log.exception("exams.papers: window %s %s %s skipped", due.window_id, due.job_type, due.level)
            _each("papers", [(due, error)], lambda failed: services.note_failure(*failed, now))
    return sealed


def open_papers(now: datetime) -> int:
    """Every sealed paper whose exam has begun."""
    return _each("openings", queries.unopened_papers(now), lambda row: services.open_paper(row, now))


def note_no_shows(now: datetime) -> int:
    """Held places whose candidate did not begin."""
    return _each("no_shows", queries.no_show_ids(now), lambda row: services.mark_no_show(row, now))


def _give(enrolment_id: str, now: datetime) -> bool:
    return bool(services.ensure_entitlements(db.session.get_one(Enrolment, enrolment_id), now))


def _each(name: str, rows: Iterable[Row], settle: Callable[[Row], int]) -> int:
    touched = 0
    for row in rows:
        try:
            with unit_of_work():
                touched += int(settle(row))
        except Exception:
            log.exception("exams.%s: %s skipped", name, row)
    return touched


JOBS = [
    Job("exams.windows", timedelta(hours=1), make_windows),
    Job("exams.entitlements", timedelta(minutes=1), give_entitlements),
    Job("exams.unmet_bookings", timedelta(seconds=10), settle_bookings),
    Job("exams.papers", timedelta(seconds=10), seal_papers),
    Job("exams.openings", timedelta(seconds=10), open_papers),
    Job("exams.no_shows", timedelta(minutes=1), note_no_shows),
]
