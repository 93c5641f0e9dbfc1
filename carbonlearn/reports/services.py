"""Work out the figures of items anew, and tell the bank how often each was shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import ItemVersion
from carbonlearn.question_bank.queries import exposures
from carbonlearn.reports import queries
from carbonlearn.reports.models import ItemStatistic
from carbonlearn.reports.rules.item_statistics import Answered, flags_of, statistics_of

A_TIME = 200  # versions in one unit of work
LOOKED_BACK = timedelta(days=40)  # a server that stood still for a month catches up


def worked_out(now: datetime) -> list[ItemStatistic]:
    """The figures of versions whose results changed since they were made. Reads only: it may take a while."""
    stale = queries.stale_versions(A_TIME)
    answers = queries.released_answers([one.version_id for one in stale])
    texts = queries.texts_of(answers)
    return [_row(texts[one.version_id], one, answers[one.version_id], now) for one in stale]


def keep_statistics(rows: list[ItemStatistic]) -> int:
    """Store what was worked out in the place of what was there; how many."""
    for row in rows:
        db.session.merge(row)
    db.session.flush()
    return len(rows)


def _row(version: ItemVersion, stale: queries.Stale, answers: list[Answered], now: datetime) -> ItemStatistic:
    found = statistics_of(answers)
    told = found.discrimination
    return ItemStatistic(
        version_id=version.id,
        item_id=stale.item_id,
        answers=found.count,
        facility=round(found.facility * 1000),
        discrimination=None if told is None else round(told * 1000),
        chosen=dict(found.chosen),
        flags=list(flags_of(found, *_key_and_options(version))),
        releases=stale.releases,
        at=now,
    )


def _key_and_options(version: ItemVersion) -> tuple[list[str], list[str]]:
    """The right letters and all letters; those of a statement are T and F."""
    if version.key and isinstance(version.key[0], bool):
        return ["T" if version.key[0] else "F"], ["T", "F"]
    return list(version.key), list(version.options)


def changed_exposures(now: datetime) -> list[tuple[str, int, datetime]]:
    """How often items of the windows that ended lately were shown in all, and when last, of those whose figures in the bank say otherwise.
    Reads only; counted anew each time, so repeating it changes nothing."""
    counted = queries.exposure_of(now - LOOKED_BACK, now)
    known = exposures(item_id for item_id, _count, _last in counted)
    return [row for row in counted if known.get(row[0]) != row[1:]]
