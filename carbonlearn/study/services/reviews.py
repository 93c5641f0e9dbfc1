"""Signals become reviews: one for each enrolment, signal and local day. A person decides; see ``decisions``."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.core.windows import local_day
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db
from carbonlearn.study import queries
from carbonlearn.study.models import StudyReview
from carbonlearn.study.rules.signals import Finding, findings

LOOK_BACK = timedelta(days=14)


def raise_reviews(enrolment_id: str, now: datetime) -> int:
    """Look at what came since each signal was last raised, and ask for a review where one speaks; how many."""
    enrolment = db.session.get_one(Enrolment, enrolment_id)
    zone = catalogue.rules_of(enrolment.programme_version_id).zone.key
    return sum(_raise(enrolment, finding, now, zone) for finding in _wanted(enrolment_id, now))


def looked_at_since(review: StudyReview) -> datetime:
    """From when on the signal looked at what raised this review: since it was last raised, at most the look back."""
    before = queries.raised(review.enrolment_id, until=review.raised_at).get(review.signal)
    return max(review.raised_at - LOOK_BACK, before or review.raised_at - LOOK_BACK)


def wants_review(enrolment_id: str, now: datetime) -> bool:
    """Whether a signal speaks. Only reads, so that those of whom there is nothing to say, nearly all, keep no writer waiting."""
    return bool(_wanted(enrolment_id, now))


def _wanted(enrolment_id: str, now: datetime) -> list[Finding]:
    told = queries.raised(enrolment_id)
    wanted: dict[str, Finding] = {}
    for since in {now - LOOK_BACK, *told.values()}:
        facts = queries.facts_of(enrolment_id, max(since, now - LOOK_BACK))
        for finding in findings(*facts):
            if told.get(finding.signal, now - LOOK_BACK) == since:
                wanted[finding.signal] = finding
    return [wanted[signal] for signal in sorted(wanted)]


def _raise(enrolment: Enrolment, finding: Finding, now: datetime, zone: str) -> bool:
    day = local_day(now, zone)
    there = db.session.scalar(
        select(StudyReview.id).where(
            StudyReview.enrolment_id == enrolment.id,
            StudyReview.signal == finding.signal,
            StudyReview.local_day == day,
        )
    )
    if there is not None:
        return False
    db.session.add(
        StudyReview(
            enrolment_id=enrolment.id,
            user_id=enrolment.user_id,
            signal=finding.signal,
            local_day=day,
            evidence=finding.evidence,
            raised_at=now,
            status="open",
            reason="",
        )
    )
    db.session.flush()
    return True
