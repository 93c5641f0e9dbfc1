"""The sweep that issues: finds released passes without certificate and settles each in a unit of work of its own."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from carbonlearn.certificates import queries, services
from carbonlearn.certificates.queries import DueResult
from carbonlearn.core.errors import Conflict
from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.glyphs import missing_glyphs
from carbonlearn.web.context import settings

log = logging.getLogger("carbonlearn.certificates")


def issue_due(now: datetime) -> int:
    """Issue every certificate that is due; how many were issued. Twice, late, or on two machines is harmless."""
    base_url = settings().base_url
    return sum(_issue(due, base_url, now) for due in queries.due_results())


def _issue(due: DueResult, base_url: str, now: datetime) -> bool:
    if due.noted and missing_glyphs(due.holder_name):
        return False
    try:
        with unit_of_work():
            return services.issue(due.result_id, base_url, now) is not None
    except Conflict as refusal:
        _note(due, str(refusal.facts["characters"]), now)
    except IntegrityError:
        log.info("result %s was being issued elsewhere", due.result_id)
    except Exception:
        log.exception("no certificate for result %s", due.result_id)
    return False


def _note(due: DueResult, characters: str, now: datetime) -> None:
    if not due.noted:
        with unit_of_work():
            services.note_blocked(due.result_id, due.base_id, list(characters), now)


JOBS = (Job("certificates.issue", every=timedelta(seconds=10), sweep=issue_due),)
