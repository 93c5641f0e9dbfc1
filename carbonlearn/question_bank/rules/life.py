"""The life of an item: drafted by one person, reviewed by another, put to use, retired; and what a reviewer has to have looked at.

Source: architecture paper, section 9 (separation of duties). A live item with a newer version stays live; the newer one lives its own
life beside it until it is put to use.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum

from carbonlearn.core.windows import local_day, local_instant

ZONE = "Asia/Shanghai"  # the bank's days are China's, as those of exams are
CHECKS = ("key", "ambiguity", "source")  # one unambiguous key; no other reading; the source says so
APPROVED, RETURNED = "approved", "returned"  # what a second person says of a version
CONFIRMED = "confirmed"  # what is said of a version in use that was looked at again and still holds
SHIPPED = "shipped"  # of a version that came into use from a file: nobody reviewed it by itself


class Stage(StrEnum):
    """Where the newest version of an item stands."""

    WAITING = "waiting"  # for a second person
    RETURNED = "returned"  # to its author
    REVIEWED = "reviewed"  # and not yet in use
    LIVE = "live"
    RETIRED = "retired"


def stage_of(status: str, *, newest_is_live: bool, decision: str | None) -> Stage:
    """The stage of an item's newest version, from the item's status and the last word on that version."""
    if status == "retired":
        return Stage.RETIRED
    if newest_is_live:
        return Stage.LIVE
    return {None: Stage.WAITING, APPROVED: Stage.REVIEWED}.get(decision, Stage.RETURNED)


def may_review(writers: Collection[str], reviewer_id: str) -> bool:
    """Who wrote any of a text that nobody else has approved yet does not approve it, nor put it to use."""
    return reviewer_id not in writers


def may_take_back(actor_id: str, concerned: Collection[str | None], *, is_chief: bool) -> bool:
    """Who may drop a file or undo its import: who sent it, who had it imported, or a chief examiner."""
    return is_chief or actor_id in concerned


def unchecked(checks: Mapping[str, str]) -> tuple[str, ...]:
    """What an approving reviewer has not said to have looked at."""
    return tuple(name for name in CHECKS if checks.get(name) != "ok")


def day_of(now: datetime) -> date:
    """The bank's day: reviews fall due and documents change as it begins."""
    return local_day(now, ZONE)


def counts_from(changed_on: date, noted_at: datetime) -> datetime:
    """From when a change of a document asks for another look: from its day on, and not before it was noted."""
    return max(noted_at, local_instant(changed_on, "00:00", ZONE))
