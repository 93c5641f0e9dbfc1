"""Who stayed away, as one condition for every statement that asks: each version of a programme has its own minutes."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from carbonlearn.catalogue.models import ProgrammeVersion
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import ExamWindow
from carbonlearn.infra.db import db


def is_absent_at(now: datetime) -> ColumnElement[bool]:
    """Whether who has not begun is absent: of a joined ``ExamWindow`` as it is dated now, and an ``Enrolment``.

    The same instant as ``attendance.absent_from``: the limit of the version that the enrolment is held to, or the window's end.
    """
    versions: dict[timedelta, list[str]] = defaultdict(list)
    for version_id in db.session.scalars(select(ProgrammeVersion.id)):
        versions[rules_of(version_id).exam_day.absent_after].append(version_id)
    late = [
        and_(Enrolment.programme_version_id.in_(held), ExamWindow.starts_at <= now - limit)
        for limit, held in versions.items()
    ]
    return or_(ExamWindow.ends_at <= now, *late)
