"""What a person's eligibility means for one window: whether the place would still be theirs when the window starts.

Enrolment and entitlement are judged at the window's start, so that nobody books a date that lies past the end of either.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from carbonlearn.core.decision import YES, Decision, no
from carbonlearn.exams.rules.eligibility import EligibilityFacts, LineState, decide


def reaches(facts: EligibilityFacts, starts_at: datetime) -> Decision:
    """Whether access and entitlement last until the window starts. Codes: access_ends_before, entitlement_ends_before."""
    then = decide(replace(facts, booking=None), starts_at)
    if then.line("entitlement").state is not LineState.MET:
        return no("entitlement_ends_before")
    if then.line("enrolment").state is not LineState.MET:
        return no("access_ends_before", access_until=facts.access_until)
    return YES


def no_show_uses_entitlement(earlier_no_shows: int, first_is_free: bool) -> bool:
    """Whether staying away costs the attempt: a first time does not where the setting says so, every later one does."""
    return earlier_no_shows > 0 or not first_is_free
