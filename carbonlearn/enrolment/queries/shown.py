"""One's own places as pages name them: which one a page is about, which can be switched to, and which have ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.rules.programme import ProgrammeRules, Track
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.enrolment.rules.standing import Standing, shown_place, standing_of
from carbonlearn.infra.db import db


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A place with the names of its programme and track, and where it stands now."""

    enrolment: Enrolment
    rules: ProgrammeRules
    track: Track
    standing: Standing

    @property
    def id(self) -> str:
        return self.enrolment.id


@dataclass(frozen=True, slots=True)
class OwnPlaces:
    """``shown``: what the page is about. ``current``: to switch between. ``ended``: finished, lapsed or withdrawn after it was opened.

    ``asked``: the address named the shown one.
    """

    shown: OwnPlace
    current: tuple[OwnPlace, ...]
    ended: tuple[OwnPlace, ...]
    asked: bool

    @property
    def other_ended(self) -> tuple[OwnPlace, ...]:
        """The ended ones that the page is not about."""
        return tuple(one for one in self.ended if one.id != self.shown.id)

    @property
    def unsaid(self) -> tuple[OwnPlace, ...]:
        """The ended ones of which a page has to say so, because it shows another without having been asked to."""
        return () if self.asked else self.other_ended

    @property
    def kept(self) -> str | None:
        """The place that links to other pages carry along; None where there is only one."""
        return self.shown.id if self.asked or len(self.current) + len(self.ended) > 1 else None


def places_shown(actor: Actor, asked: str | None, now: datetime) -> OwnPlaces | None:
    """Which of the actor's places a page is about; None for who has none. One statement and what the programmes cost."""
    newest = func.coalesce(Enrolment.access_from, Enrolment.created_at)
    query = select(Enrolment).where(Enrolment.user_id == actor.user_id)
    own = [_own(one, now) for one in db.session.scalars(query.order_by(newest.desc(), Enrolment.id))]
    shown = shown_place(own, asked)
    if shown is None:
        return None
    current = tuple(one for one in own if one.standing.is_current)
    ended = tuple(
        one for one in own if one.standing.has_ended and (one.enrolment.access_from or one is shown)
    )
    return OwnPlaces(shown, current, ended, shown.id == asked)


def _own(enrolment: Enrolment, now: datetime) -> OwnPlace:
    rules = catalogue.rules_of(enrolment.programme_version_id)
    track = rules.track(enrolment.job_type, enrolment.level)
    return OwnPlace(enrolment, rules, track, standing_of(enrolment.status, enrolment.access_until, now))
