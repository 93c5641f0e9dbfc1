"""What exams still have open on a place whose access period may have passed: a place in a window, a retake that can be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import literal, or_, select, union_all

from carbonlearn.enrolment.rules.expiry import BOOKED, RETAKE
from carbonlearn.exams.models import Booking, Entitlement
from carbonlearn.exams.queries.bookings import HELD
from carbonlearn.infra.db import db


def pending_exams(enrolment_ids: Sequence[str], now: datetime) -> dict[str, frozenset[str]]:
    """BOOKED and RETAKE by enrolment, in one statement.

    A first attempt holds nothing open: it lasts as long as access does. A retake reaches past it while it is unused and unexpired.
    """
    held = select(Booking.enrolment_id, literal(BOOKED)).where(
        Booking.enrolment_id.in_(enrolment_ids), Booking.status == HELD
    )
    retakes = select(Entitlement.enrolment_id, literal(RETAKE)).where(
        Entitlement.enrolment_id.in_(enrolment_ids),
        Entitlement.kind != "first",
        Entitlement.used_at.is_(None),
        or_(Entitlement.expires_at.is_(None), Entitlement.expires_at > now),
    )
    found: dict[str, frozenset[str]] = {}
    for enrolment_id, word in db.session.execute(union_all(held, retakes)):
        found[enrolment_id] = found.get(enrolment_id, frozenset()) | {word}
    return found
