"""Enrolments of tests, walked through their stages by the services themselves."""

from __future__ import annotations

import io
from datetime import datetime
from functools import lru_cache
from typing import Any

from PIL import Image

from carbonlearn.accounts.models import User
from carbonlearn.catalogue import services as catalogue
from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.enrolment import services
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra import vault
from carbonlearn.infra.db import db, unit_of_work
from tests.factories.people import a_phone, actor_of, an_id_number, make_base, make_user

GDCPA = "gdcpa-petrochem"


def a_portrait(width: int = 295, height: int = 413, kind: str = "JPEG", **save: Any) -> bytes:
    """The bytes of a plain portrait picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#9fb8d8").save(out, kind, **save)
    return out.getvalue()


@lru_cache
def programme_file(key: str) -> dict[str, Any]:
    """A programme file that ships, read and checked once."""
    return catalogue.read_programme((FOLDER / "programmes" / f"{key}.yaml").read_text("utf-8"))


def load_catalogue(now: datetime, *keys: str, lessons: bool = False) -> None:
    """Load programme files (the GDCPA one unless named), and every shipped lesson when they matter."""
    with unit_of_work():
        for key in keys or (GDCPA,):
            catalogue.load_programme(programme_file(key), now)
        if lessons:
            catalogue.load_lessons(FOLDER / "content" / "lessons", now)


def an_application(base_id: str, **changes: Any) -> services.Application:
    """What a clerk enters for a new person in accounting, level 4."""
    values: dict[str, Any] = {
        "name": "张文丰",
        "id_number": an_id_number(),
        "phone": a_phone(),
        "photo_key": vault.files().put(a_portrait()),
        "base_id": base_id,
        "programme_key": GDCPA,
        "job_type": "accounting",
        "level": "4",
        "override": "课程分批上线，年底前补齐",
    }
    return services.Application(**(values | changes))


class Desk:
    """A base with its administrator, and the association's: the three that an admission needs."""

    def __init__(self, now: datetime, slug: str = "qingyuan") -> None:
        self.now = now
        self.base_id = make_base(slug, now=now)
        self.clerk = make_user(Role.BASE_ADMIN, base_id=self.base_id, now=now, name="何立新")
        self.association = make_user(Role.ASSOCIATION_ADMIN, now=now, name="苏明远")

    @property
    def clerk_actor(self) -> Actor:
        return actor_of(self.clerk, self.now)

    @property
    def association_actor(self) -> Actor:
        return actor_of(self.association, self.now)

    def enter(self, **changes: Any) -> services.Entered:
        """A submitted application."""
        actor = self.clerk_actor
        with unit_of_work():
            return services.enter(an_application(self.base_id, **changes), actor=actor, now=self.now)

    def open_account(self, **changes: Any) -> Enrolment:
        """An enrolment that went all the way to active."""
        entered = self.enter(**changes)
        clerk, association = self.clerk_actor, self.association_actor
        with unit_of_work():
            services.check(entered.enrolment.id, {}, actor=clerk, now=self.now)
            services.approve(entered.enrolment.id, {}, actor=association, now=self.now)
            return services.mark_paid(
                entered.enrolment.id, "non_member", 340_000, "", actor=clerk, now=self.now
            )

    def learner_of(self, enrolment: Enrolment) -> User:
        return db.session.get_one(User, enrolment.user_id)
