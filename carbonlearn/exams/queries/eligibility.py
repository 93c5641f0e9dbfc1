"""The facts of one enrolment that decide who may book and who may sit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.catalogue.queries import lesson_rows, rules_of
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.enrolment.models import Enrolment, EnrolmentReview
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries.bookings import entitlements_of, held_booking
from carbonlearn.exams.rules.eligibility import (
    BookingFacts,
    Eligibility,
    EligibilityFacts,
    EntitlementFacts,
    decide,
)
from carbonlearn.infra.db import db
from carbonlearn.study.queries import credited_by_lesson, credited_ms
from carbonlearn.study.rules.completion import is_complete


def eligibility_facts(enrolment: Enrolment, now: datetime) -> EligibilityFacts:
    """All that decides about this enrolment, read now."""
    rules = rules_of(enrolment.programme_version_id)
    required = rules.require_all_courses(enrolment.level)
    return EligibilityFacts(
        enrolment_status=enrolment.status,
        access_until=enrolment.access_until,
        identity_approved=_identity_approved(enrolment.id),
        credited_seconds=credited_ms(enrolment.id) // 1000,
        threshold_seconds=rules.threshold_seconds(enrolment.level),
        courses_missing=courses_missing(enrolment, rules) if required else (),
        courses_required=len(rules.courses(enrolment.job_type)) if required else 0,
        minutes_per_class_hour=rules.minutes_per_class_hour,
        entitlements=tuple(
            EntitlementFacts(one.kind, one.expires_at, one.used_at is not None)
            for one in entitlements_of(enrolment.id)
        ),
        booking=_booking_facts(enrolment.id),
    )


def eligibility(enrolment: Enrolment, now: datetime) -> Eligibility:
    """The checklist of this enrolment at this instant."""
    return decide(eligibility_facts(enrolment, now), now)


def courses_missing(enrolment: Enrolment, rules: ProgrammeRules) -> tuple[str, ...]:
    """Courses of the track of which some published lesson is not studied whole, or which have no lesson yet."""
    credited = credited_by_lesson(enrolment.id)
    done: dict[str, bool] = {}
    for row in lesson_rows(enrolment.programme_key):
        complete = is_complete(credited.get(row.id, 0), row.length_ms)
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


def _booking_facts(enrolment_id: str) -> BookingFacts | None:
    booking = held_booking(enrolment_id)
    if booking is None:
        return None
    window = db.session.get_one(ExamWindow, booking.window_id)
    return BookingFacts(window.starts_at, window.booking_closes_at)
