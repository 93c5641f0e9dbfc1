"""The examinations of a level: which there are, which is passed, which is next. Most levels have one, whose key is empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from carbonlearn.catalogue.models import ProgrammeVersion
from carbonlearn.catalogue.queries import current_rules, programmes, rules_of
from carbonlearn.catalogue.rules.programme import PaperSpec
from carbonlearn.core.errors import NotFound
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.queries.attempts import Attempt, attempt_of
from carbonlearn.infra.db import db


@dataclass(frozen=True, slots=True)
class Examination:
    """One examination of an enrolment's level, with the newest attempt at it."""

    key: str
    spec: PaperSpec
    attempt: Attempt | None

    @property
    def is_passed(self) -> bool:
        """Whether a pass was released."""
        return self.attempt is not None and self.attempt.outcome is not None and self.attempt.outcome.passed


def examinations_of(enrolment: Enrolment, now: datetime) -> list[Examination]:
    """In the order in which the programme lists them; none where the level has no written examination."""
    specs = rules_of(enrolment.programme_version_id).examinations(enrolment.level)
    return [Examination(key, spec, attempt_of(enrolment.id, key, now)) for key, spec in specs.items()]


def next_examination(examinations: list[Examination]) -> Examination | None:
    """The first that is not passed yet, else the last; None where there are none."""
    waiting = [one for one in examinations if not one.is_passed]
    return next(iter(waiting or examinations[-1:]), None)


def examination_names(now: datetime) -> dict[tuple[str, str], tuple[str, str]]:
    """Name and English name by programme and key, of programmes with several examinations: others have nothing to tell apart."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for programme in programmes():
        try:
            named = current_rules(programme.key, now).all_examinations
        except NotFound:
            continue  # loaded, and not yet in force
        if len(named) > 1:
            found |= {(programme.key, key): (spec.name, spec.en) for key, spec in named.items()}
    return found


def several_examinations() -> Iterator[tuple[ColumnElement[bool], list[str]]]:
    """Where more than one examination is to be passed: a condition on a joined ``Enrolment``, and the keys of the examinations."""
    for version_id in db.session.scalars(select(ProgrammeVersion.id).order_by(ProgrammeVersion.id)):
        rules = rules_of(version_id)
        for level in rules.data["levels"]:
            keys = list(rules.examinations(level["code"]))
            if len(keys) > 1:
                yield (
                    and_(Enrolment.programme_version_id == version_id, Enrolment.level == level["code"]),
                    keys,
                )


def judged_elsewhere() -> Iterator[ColumnElement[bool]]:
    """Where something besides the written examinations decides that is not held here, as an oral defence: conditions on ``Enrolment``."""
    for version_id in db.session.scalars(select(ProgrammeVersion.id).order_by(ProgrammeVersion.id)):
        rules = rules_of(version_id)
        for level in rules.data["levels"]:
            if rules.is_judged_elsewhere(level["code"]):
                yield and_(Enrolment.programme_version_id == version_id, Enrolment.level == level["code"])
