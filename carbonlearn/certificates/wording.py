"""What a certificate says in Chinese and in English: title, occupation, job type, level, issuers, training base.

The words come from the version of the programme under which the person enrolled, which never changes.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from carbonlearn.accounts.models import TrainingBase
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.enrolment.models import Enrolment

UNSTATED = "—"
Pair = tuple[str, str]
"""The same words in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one certificate."""

    title: Pair
    occupation: Pair
    occupation_code: str
    job_type: Pair
    level: Pair
    issuers: tuple[Pair, ...]
    training_base: Pair


def wording(rules: ProgrammeRules, job_type: str, level: str, training_base: Pair) -> Wording:
    """The words for a track of a programme, and the base that taught the holder."""
    track, occupation = rules.track(job_type, level), rules.data.get("occupation") or {}
    return Wording(
        title=rules.certificate_name,
        occupation=(str(occupation.get("name") or UNSTATED), str(occupation.get("en") or UNSTATED)),
        occupation_code=str(occupation.get("code") or ""),
        job_type=(track.name, track.en),
        level=(track.level_name or UNSTATED, track.level_en or UNSTATED),
        issuers=tuple((str(body["name"]), str(body["en"])) for body in rules.issuers),
        training_base=training_base,
    )


def wording_of(rules: ProgrammeRules, enrolment: Enrolment, base: TrainingBase) -> Wording:
    """The words of the certificate of an enrolment."""
    return wording(rules, enrolment.job_type, enrolment.level, (base.name, base.en))


def texts_of(words: Wording) -> str:
    """Every character that is printed, for the check against the fonts."""
    return "".join(_flat(astuple(words)))


def _flat(value: object) -> list[str]:
    if isinstance(value, tuple):
        return [text for part in value for text in _flat(part)]
    return [str(value)]
