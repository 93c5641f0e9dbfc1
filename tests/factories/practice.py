"""A practice pool and a mock pool of tests: the shipped exam items of accounting level 4 under other numbers, and a learner to use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.permissions import Actor
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.enrolment.queries import OwnPlace, places_shown
from carbonlearn.exams.queries.sealed import FACE, KEY, seal_hash
from carbonlearn.infra import vault
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.tokens import new_id
from carbonlearn.practice import services
from carbonlearn.practice.models import MockPaper, MockSitting, PracticeAnswer
from carbonlearn.question_bank import services as bank
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.sittings.queries import login_id
from tests.factories.enrolment import Desk, load_catalogue
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.factories.people import actor_of, sign_in

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Practiser:
    """Somebody who practises, with their place."""

    user: User
    enrolment: Enrolment
    actor: Actor
    desk: Desk

    def place(self, now: datetime, asked: str | None = None) -> OwnPlace:
        places = places_shown(self.actor, asked, now)
        assert places is not None
        return places.shown

    def answer(
        self, item_id: str, value: Any, now: datetime, mode: str = "chapter", **more: Any
    ) -> PracticeAnswer:
        """One answer in a unit of work of its own."""
        place = self.place(now)
        wish = services.Wish(item_id, mode, value, more.pop("operation_id", new_id()), **more)
        with unit_of_work():
            return services.answer(wish, actor=self.actor, track=place.track, zone=SHANGHAI, now=now)

    def another_place(self, **changes: Any) -> Enrolment:
        """A second place of the same person, like the first but for these columns."""
        columns = [column.key for column in Enrolment.__table__.columns if column.key != "id"]
        made = Enrolment(**{name: getattr(self.enrolment, name) for name in columns} | changes)
        with unit_of_work():
            db.session.add(made)
        return made

    def enter(self, client: FlaskClient, now: datetime) -> FlaskClient:
        return sign_in(client, self.user, now)


def a_practiser(now: datetime, desk: Desk | None = None, level: str = "4", **changes: Any) -> Practiser:
    """A learner of accounting whose account is open; of ``desk``'s base where that is given."""
    if desk is None:
        load_catalogue(now)
        desk = Desk(now)
    enrolment = desk.open_account(**changes)
    with unit_of_work():
        enrolment.level = level  # the fee of each is another matter
    user = desk.learner_of(enrolment)
    return Practiser(user, enrolment, actor_of(user, now), desk)


@lru_cache
def _plain() -> list[dict[str, Any]]:
    """The shipped items that belong to no case, which another pool's items could not share."""
    return [entry for entry in ACCOUNTING if not entry.get("case")]


def entries_of(pool: str, *types: str, every: int = 1, **changes: Any) -> list[dict[str, Any]]:
    """The entries as this pool would ship them: every so-manyth, of these types only."""
    chosen = [entry for entry in _plain() if not types or entry["type"] in types]
    return [entry | {"id": f"{pool}-{entry['id']}", "pool": pool} | changes for entry in chosen[::every]]


def load_pool(pool: str, now: datetime, *types: str, every: int = 1, **changes: Any) -> list[Item]:
    """Load them, live; the items by number."""
    entries = entries_of(pool, *types, every=every, **changes)
    with unit_of_work():
        bank.load_items(read_by_somebody(entries), now)
    names = [entry["id"] for entry in entries]
    return list(
        db.session.scalars(select(Item).where(Item.external_id.in_(names)).order_by(Item.external_id))
    )


def text_of(item: Item) -> ItemVersion:
    """The live text of an item."""
    return db.session.get_one(ItemVersion, item.live_version_id)


def right(item: Item) -> Any:
    """What is right for an item; some words for a short answer."""
    key = text_of(item).key
    return {"short-answer": "按要点作答。", "true-false": bool(key[0]) if key else None}.get(
        item.type, list(key)
    )


def wrong(item: Item) -> Any:
    """What is wrong for an item that is judged by rule."""
    text = text_of(item)
    if item.type == "true-false":
        return not text.key[0]
    return [next(letter for letter in sorted(text.options) if [letter] != text.key)]


def form_value(value: Any) -> Any:
    """A value as the boxes of a form send it."""
    return ("T" if value else "F") if isinstance(value, bool) else value


def a_small_mock(actor: Actor, enrolment_id: str, items: list[Item], now: datetime) -> MockSitting:
    """A running mock of these items, on the actor's device; its paper sealed as the service seals one."""
    faces, keys = [], []
    for number, item in enumerate(items, start=1):
        text = text_of(item)
        options = (
            [["T", "正确"], ["F", "错误"]] if item.type == "true-false" else sorted(text.options.items())
        )
        faces.append(
            {
                "n": number,
                "type": item.type,
                "points": 300,
                "stem": text.stem,
                "options": [list(one) for one in options],
            }
        )
        keys.append(
            {"n": number, "item_id": item.id, "version_id": text.id, "key": list(text.key), "rubric": list(text.rubric),
             "reference": text.reference, "explanation": text.explanation, "source": text.source}
        )  # fmt: skip
    face, key = canonical_json({"name": "模拟", "items": faces}), canonical_json({"items": keys})
    cipher = vault.cipher()
    sitting = MockSitting(
        user_id=actor.user_id, enrolment_id=enrolment_id, job_type="accounting", level="4", parts=1, whole=1,
        item_count=len(items), total_points=300 * len(items), pass_points=180 * len(items), duration_seconds=3600,
        shown=[], status="running", started_at=now, must_submit_by=now + timedelta(hours=1), device=login_id(actor), own_points={},
    )  # fmt: skip
    with unit_of_work():
        db.session.add(sitting)
        db.session.flush()
        db.session.add(
            MockPaper(
                sitting_id=sitting.id, seed="test", proof={}, face=cipher.encrypt_bytes(FACE, face),
                key=cipher.encrypt_bytes(KEY, key), sha256=seal_hash(face, key), sealed_at=now,
            )
        )  # fmt: skip
    return sitting


def an_answer(actor: Actor, item: Item, now: datetime) -> PracticeAnswer:
    """An answer of this person to an item, whatever pool it is of."""
    made = PracticeAnswer(
        user_id=actor.user_id, item_id=item.id, version_id=item.live_version_id, mode="chapter", value='["A"]',
        verdict="wrong", operation_id=new_id(), answered_at=now,
    )  # fmt: skip
    with unit_of_work():
        db.session.add(made)
    return made
