"""What happens to lessons without a person: a version that was published for later takes its place when its time comes."""

from __future__ import annotations

from datetime import datetime, timedelta

from carbonlearn.catalogue import services
from carbonlearn.core.job import Job
from carbonlearn.infra.db import unit_of_work


def turn_lessons(now: datetime) -> int:
    """Turn the lessons whose next version holds by now; how many."""
    turned = 0
    for lesson_id in services.due_lessons(now):
        with unit_of_work():
            turned += services.turn_if_due(lesson_id, now)
    return turned


JOBS = (Job("catalogue.turn_lessons", every=timedelta(minutes=1), sweep=turn_lessons),)
