"""Refusals read: what was claimed and not credited, by lesson and reason. Amounts are milliseconds."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from carbonlearn.infra.db import db
from carbonlearn.study.models import StudyRefusal


def refused_by_lesson(enrolment_id: str) -> dict[str, Counter[str]]:
    """Milliseconds lost by lesson id and reason; reasons that cost nothing are left out."""
    rows = db.session.execute(
        select(StudyRefusal.lesson_id, StudyRefusal.reason, func.sum(StudyRefusal.lost_ms))
        .where(StudyRefusal.enrolment_id == enrolment_id)
        .group_by(StudyRefusal.lesson_id, StudyRefusal.reason)
        .having(func.sum(StudyRefusal.lost_ms) > 0)
        .order_by(StudyRefusal.lesson_id, StudyRefusal.reason)
    )
    found: dict[str, Counter[str]] = {}
    for lesson_id, reason, lost in rows:
        found.setdefault(lesson_id, Counter())[reason] = int(lost)
    return found
