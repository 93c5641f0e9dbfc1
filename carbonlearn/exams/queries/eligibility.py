"""The facts of one enrolment that decide who may book and who may sit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from carbonlearn.catalogue.queries import lesson_rows, rules_of
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.enrolment.models import Enrolment, EnrolmentReview
from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.exams.queries.bookings import entitlements_of, held_booking
from carbonlearn.exams.rules.eligibility import (
    BookingFacts,
    Eligibility,
    EligibilityFacts,
    EntitlementFacts,
    decide,
)
from carbonlearn.infra.db import db
from carbonlearn.study.queries import completed_before, credited_by_lesson, credited_by_lesson_until
from carbonlearn.study.rules.completion import is_complete


def eligibility_facts(enrolment: Enrolment, paper: str, now: datetime) -> EligibilityFacts:
    """All that decides about this enrolment and examination at ``now``.

    Once booking has closed for the place held, the hours are those of the close, until the sweep has confirmed them: whoever asks,
    and however late the sweep comes, finds the same.
    """
    rules = rules_of(enrolment.programme_version_id)
    required = rules.require_all_courses(enrolment.level)
    booking = held_booking(enrolment.id, paper)
    window = db.session.get_one(ExamWindow, booking.window_id) if booking else None
    settled = _settled_at(booking, window, now)
    credited = (
        credited_by_lesson_until(enrolment.id, settled) if settled else credited_by_lesson(enrolment.id)
    )
    return EligibilityFacts(
        enrolment_status=enrolment.status,
        access_until=enrolment.access_until,
        identity_approved=_identity_approved(enrolment.id),
        credited_seconds=sum(credited.values()) // 1000,
        threshold_seconds=rules.threshold_seconds(enrolment.level),
        courses_missing=courses_missing(enrolment, rules, credited, settled) if required else (),
        courses_required=len(rules.courses(enrolment.job_type)) if required else 0,
        minutes_per_class_hour=rules.minutes_per_class_hour,
        entitlements=tuple(
            EntitlementFacts(one.kind, one.expires_at, one.used_at is not None)
            for one in entitlements_of(enrolment.id, paper)
        ),
        booking=BookingFacts(window.starts_at, window.booking_closes_at) if window else None,
    )


def eligibility(enrolment: Enrolment, paper: str, now: datetime) -> Eligibility:
    """The checklist of this enrolment for an examination at this instant."""
    return decide(eligibility_facts(enrolment, paper, now), now)


def courses_missing(
    enrolment: Enrolment, rules: ProgrammeRules, credited: Mapping[str, int], settled_at: datetime | None
) -> tuple[str, ...]:
    """Courses of the track of which some published lesson was never studied whole, or which have no lesson yet.

    ``credited`` is the credit by lesson that counts; ``settled_at`` the instant up to which it does, None for now.
    """
    percent = rules.study.completion_percent
    before = completed_before(enrolment.id, percent, settled_at)
    done: dict[str, bool] = {}
    for row in lesson_rows(enrolment.programme_key):
        complete = row.id in before or is_complete(credited.get(row.id, 0), row.length_ms, percent)
        done[row.course_slug] = done.get(row.course_slug, True) and complete
    return tuple(
        course.slug for course in rules.courses(enrolment.job_type) if not done.get(course.slug, False)
    )


def _identity_approved(enrolment_id: str) -> bool:
    """Photo and ID were checked when the association approved the admission; its newest decision counts."""
    decision = db.session.scalar(
        select(EnrolmentReview.decision)
        .where(EnrolmentReview.enrolment_id == enrolment_id, EnrolmentReview.stage == "association")
        .order_by(EnrolmentReview.at.desc())
        .limit(1)
    )
    return decision == "approved"


def _settled_at(booking: Booking | None, window: ExamWindow | None, now: datetime) -> datetime | None:
    """The close of booking, while it is past and the sweep has not confirmed the hours; None when what is studied now counts."""
    if booking is None or window is None or booking.hours_confirmed_at or now < window.booking_closes_at:
        return None
    return window.booking_closes_at
