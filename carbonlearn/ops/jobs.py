"""The sweep that forgets: allowances whose time is over, and with them the hashed addresses they were counted for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from carbonlearn.core.job import Job
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.models import Allowance


def forget_allowances(now: datetime) -> int:
    """Delete the allowances that ended; how many. One that is being counted at this moment is left to the next sweep."""
    ended = select(Allowance.bucket).where(Allowance.until <= now).with_for_update(skip_locked=True)
    with unit_of_work():
        forgotten = delete(Allowance).where(Allowance.bucket.in_(ended)).returning(Allowance.bucket)
        return len(db.session.execute(forgotten, execution_options={"synchronize_session": False}).all())


JOBS = (Job("ops.forget_allowances", every=timedelta(minutes=10), sweep=forget_allowances),)
