"""The record of one local day of an enrolment, for whoever decides about it."""

from __future__ import annotations

from datetime import date

from carbonlearn.infra.db import microseconds
from carbonlearn.study.queries.timeline import Event, timeline
from carbonlearn.study.rules.day import day_bounds


def day_record(
    enrolment_id: str, day: date, after: str, limit: int, zone: str = "Asia/Shanghai"
) -> list[Event]:
    """At most ``limit`` events of one local day, newest first: spans, refusals, questions. ``after`` is the key of an event."""
    begin, end = day_bounds(day, zone)
    found = timeline(enrolment_id, after or f"{microseconds(end)}.", limit)
    return [event for event in found if begin <= event.at < end]
