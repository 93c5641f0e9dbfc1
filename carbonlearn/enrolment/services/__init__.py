"""What is done with places. One file a noun; the verbs that views, jobs and commands use are gathered here."""

from carbonlearn.enrolment.services.access import expire, extend, withdraw
from carbonlearn.enrolment.services.admission import (
    FIELDS,
    Application,
    Entered,
    amend,
    approve,
    check,
    enter,
    mark_paid,
)
from carbonlearn.enrolment.services.journal import MAX_REASON

__all__ = [
    "FIELDS",
    "MAX_REASON",
    "Application",
    "Entered",
    "amend",
    "approve",
    "check",
    "enter",
    "expire",
    "extend",
    "mark_paid",
    "withdraw",
]
