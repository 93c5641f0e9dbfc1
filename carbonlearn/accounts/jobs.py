"""What time does to accounts by itself: failed sign-ins that no rule looks at any more are forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from carbonlearn.accounts import services
from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work


def forget_failures(now: datetime) -> int:
    """Delete old failed sign-ins; how many."""
    with unit_of_work():
        return services.forget_failures(now)


JOBS = (Job("accounts.forget_failures", every=timedelta(hours=1), sweep=forget_failures),)
