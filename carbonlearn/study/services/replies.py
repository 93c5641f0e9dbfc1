"""What a device claims in a beat, and what the server answers."""

from __future__ import annotations

from dataclasses import dataclass

from carbonlearn.study.rules.credit import BeatReason
from carbonlearn.study.rules.ground import Stretch
from carbonlearn.study.services.nonce import summons


@dataclass(frozen=True, slots=True)
class Claim:
    """What a device says: which beat this is, whether the lesson was seen and ran all the time, and from where to where (ms)."""

    seq: int
    nonce: str
    playing: bool
    visible: bool
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Question:
    """A presence question as it is shown: no key, no explanation. ``options`` are letter and text, in the order drawn; ``part`` is the
    anchor of the part of this lesson that it asks about, empty when it asks about another lesson; ``about`` the lesson that it asks about,
    whichever is open, with the anchor of the part there: slug, title, en, part.
    """

    check: str
    stem: str
    stem_lang: str
    type: str
    options: list[dict[str, str]]
    attempt: int
    part: str
    about: dict[str, str]


@dataclass(frozen=True, slots=True)
class Decided:
    """The newest decision about this enrolment's study: its number, whether it took away or gave back, how much (ms) and why."""

    id: int
    void: bool
    ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class BeatReply:
    """The server's numbers, in milliseconds, and what the next beat needs. ``painted`` is the ground of the span that grows; where a
    person decided about study while the session ran, ``decided`` says so and ``covered`` is all ground that counts now.
    """

    credited_ms_lesson: int
    credited_ms_enrolment: int
    seq: int
    nonce: str
    reason: str
    generation: int
    interval_s: int
    painted: list[Stretch]
    presence: Question | None = None
    decided: Decided | None = None
    covered: list[Stretch] | None = None


def reply(
    session_id: str,
    seq: int,
    reason: BeatReason,
    generation: int,
    lesson: int,
    enrolment: int,
    painted: list[Stretch],
    presence: Question | None = None,
    decided: Decided | None = None,
    covered: list[Stretch] | None = None,
) -> BeatReply:
    """The answer to beat ``seq``, with the nonce of the next and when it is wanted."""
    nonce, seconds = summons(session_id, seq + 1)
    return BeatReply(
        credited_ms_lesson=lesson,
        credited_ms_enrolment=enrolment,
        seq=seq,
        nonce=nonce,
        reason=reason.value,
        generation=generation,
        interval_s=seconds,
        painted=painted,
        presence=presence,
        decided=decided,
        covered=covered,
    )
