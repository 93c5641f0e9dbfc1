"""What a device claims in a beat, and what the server answers."""

from __future__ import annotations

from dataclasses import dataclass

from carbonlearn.study.rules.credit import BEAT_SECONDS, BeatReason
from carbonlearn.study.rules.ground import Stretch
from carbonlearn.study.services.nonce import nonce_for


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
class BeatReply:
    """The server's numbers, in milliseconds, and what the next beat needs. ``painted`` is the ground of the span that grows."""

    credited_ms_lesson: int
    credited_ms_enrolment: int
    seq: int
    nonce: str
    reason: str
    generation: int
    interval_s: int
    painted: list[Stretch]


def reply(
    session_id: str,
    seq: int,
    reason: BeatReason,
    generation: int,
    lesson: int,
    enrolment: int,
    painted: list[Stretch],
) -> BeatReply:
    """The answer to beat ``seq``, with the nonce of the next."""
    return BeatReply(
        credited_ms_lesson=lesson,
        credited_ms_enrolment=enrolment,
        seq=seq,
        nonce=nonce_for(session_id, seq + 1),
        reason=reason.value,
        generation=generation,
        interval_s=BEAT_SECONDS,
        painted=painted,
    )
