"""Who may decide about an admission, whether a track's hours can be earned at all, and what a portrait must measure.

Source: domain paper, "Hours that are honest" and "Life of an enrolment"; separation of duties as in the architecture paper, section 9.
Study amounts are milliseconds, image sides pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_PHOTO_BYTES = 1024 * 1024  # the programmes ask for less than 1 M
MAX_PIXELS = 25_000_000
MIN_WIDTH, MIN_HEIGHT = 150, 200
RATIO_LOW, RATIO_HIGH = (
    1.2,
    1.6,
)  # height over width: identity photos are 1.4 (25 x 35 mm) or 1.26 (33 x 48 less margins)

OPEN_STATES = ("draft", "submitted", "base_approved", "association_approved", "paid", "active")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a track's lessons can earn beside what it asks for. ``needed_ms`` None: completing every course is what counts."""

    earnable_ms: int
    needed_ms: int | None
    courses: int
    empty_courses: int
    all_courses: bool

    @property
    def missing_ms(self) -> int:
        """How much is lacking to the threshold; 0 when it can be reached."""
        return max(0, (self.needed_ms or 0) - self.earnable_ms)

    @property
    def reachable(self) -> bool:
        """Whether a learner who follows everything would get there."""
        return self.missing_ms == 0 and not (self.all_courses and self.empty_courses)


def may_approve(entered_by: str | None, checked_by: str | None, actor_id: str) -> bool:
    """The second approval is by a person who neither entered the learner nor gave the first."""
    return actor_id not in (entered_by, checked_by)


def photo_fault(width: int, height: int) -> str | None:
    """A stable code when a portrait is too small or has the wrong shape, or None."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return "PHOTO_TOO_SMALL"
    return None if RATIO_LOW <= height / width <= RATIO_HIGH else "PHOTO_RATIO"
