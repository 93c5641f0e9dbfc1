"""Work out the figures of items anew, and tell the bank how often each was shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import ItemVersion
from carbonlearn.question_bank.services import note_exposures
from carbonlearn.reports import queries
from carbonlearn.reports.models import ItemStatistic
from carbonlearn.reports.rules.item_statistics import Answered, flags_of, statistics_of

A_TIME = 200  # versions in one unit of work
LOOKED_BACK = timedelta(days=40)  # a server that stood still for a month catches up


def worked_out(now: datetime) -> list[ItemStatistic]:
    """The figures of versions whose results changed since they were made. Reads only: it may take a while."""
    stale = queries.stale_versions(A_TIME)
    answers = queries.released_answers([version_id for version_id, _ in stale])
    texts = queries.texts_of(answers)
    return [_row(texts[version_id], item_id, answers[version_id], now) for version_id, item_id in stale]


def keep_statistics(rows: list[ItemStatistic]) -> int:
    """Store what was worked out in the place of what was there; how many."""
    for row in rows:
        db.session.merge(row)
    db.session.flush()
    return len(rows)


def _row(version: ItemVersion, item_id: str, answers: list[Answered], now: datetime) -> ItemStatistic:
    found = statistics_of(answers)
    told = found.discrimination
    return ItemStatistic(
        version_id=version.id,
        item_id=item_id,
        answers=found.count,
        facility=round(found.facility * 1000),
        discrimination=None if told is None else round(told * 1000),
        chosen=dict(found.chosen),
        flags=list(flags_of(found, *_key_and_options(version))),
        at=now,
    )


def _key_and_options(version: ItemVersion) -> tuple[list[str], list[str]]:
    """The right letters and all letters; those of a statement are T and F."""
    if version.key and isinstance(version.key[0], bool):
        return ["T" if version.key[0] else "F"], ["T", "F"]
    return list(version.key), list(version.options)


def refresh_exposure(now: datetime) -> int:
    """How often each item of the windows that ended lately was shown in all; counted anew, so repeating it changes nothing."""
    return note_exposures(queries.exposure_of(now - LOOKED_BACK, now))
