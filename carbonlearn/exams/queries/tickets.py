"""The admission ticket: who, when, which number, and the rules of the day as the programme's settings give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carbonlearn.accounts.models import TrainingBase, User
from carbonlearn.accounts.queries import own_user
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.catalogue.rules.programme import PaperSpec, ProgrammeRules, Track
from carbonlearn.core.errors import Conflict
from carbonlearn.core.identity import mask_id_number
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Booking, ExamWindow
from carbonlearn.exams.queries.bookings import HELD, own_booking
from carbonlearn.exams.queries.eligibility import eligibility
from carbonlearn.exams.queries.papers import spec_for
from carbonlearn.exams.rules.attendance import absent_from, check_in_closes_at, check_in_opens_at
from carbonlearn.exams.rules.eligibility import LineState
from carbonlearn.infra import vault
from carbonlearn.infra.db import db


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as page, PDF and JSON show it; instants, not texts."""

    booking: Booking
    window: ExamWindow
    rules: ProgrammeRules
    track: Track
    paper: PaperSpec
    name: str
    id_masked: str
    photo_key: str | None
    base: TrainingBase
    number: str
    check_in_opens_at: datetime
    check_in_closes_at: datetime
    absent_from: datetime
    level: str
    confirmed: bool  # the hours are met; until then they are due when booking closes

    @property
    def digits(self) -> str:
        """The number without spaces, as it stands in the code."""
        return self.number.replace(" ", "")


def own_ticket(booking_id: str, actor: Actor, now: datetime) -> Ticket:
    """One's own ticket. Raises NotFound; Conflict: TICKET_NOT_YET, TICKET_GONE."""
    booking, window = own_booking(booking_id, actor)
    if booking.status not in ("held", "used") or not booking.ticket_number:
        raise Conflict("TICKET_GONE", status=booking.status)
    if now < window.ticket_at:
        raise Conflict("TICKET_NOT_YET", at=window.ticket_at.isoformat())
    enrolment = db.session.get_one(Enrolment, booking.enrolment_id)
    rules = rules_of(enrolment.programme_version_id)
    user = own_user(actor)
    return Ticket(
        booking=booking,
        window=window,
        rules=rules,
        track=rules.track(enrolment.job_type, enrolment.level),
        paper=spec_for(enrolment, window),
        name=user.name,
        id_masked=_id_masked(user),
        photo_key=user.photo_key,
        base=db.session.get_one(TrainingBase, booking.base_id),
        number=booking.ticket_number,
        check_in_opens_at=check_in_opens_at(window.starts_at, rules.exam_day),
        check_in_closes_at=check_in_closes_at(window.starts_at, window.ends_at, rules.exam_day),
        absent_from=absent_from(window.starts_at, window.ends_at, rules.exam_day),
        level=enrolment.level,
        confirmed=_is_confirmed(booking, enrolment, now),
    )


def _is_confirmed(booking: Booking, enrolment: Enrolment, now: datetime) -> bool:
    """Whether the place stands: it was sat, or the hours are met."""
    if booking.status != HELD or booking.hours_confirmed_at is not None:
        return True
    return eligibility(enrolment, booking.paper, now).line("hours").state is LineState.MET


def photo_of(ticket: Ticket) -> bytes | None:
    """The candidate's photo, for the printed ticket."""
    return vault.files().get(ticket.photo_key) if ticket.photo_key else None


def _id_masked(user: User) -> str:
    stored = user.id_number_encrypted
    return mask_id_number(vault.cipher().decrypt("id_number", stored)) if stored else ""
