"""What the loader does with items that people have worked on since, and with texts that nobody has read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import Item, ItemReview, ItemVersion
from carbonlearn.question_bank.rules.life import CHECKS, Stage
from carbonlearn.question_bank.services import Besides
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.factories.people import actor_of, make_user, sign_in

BARE = {name: value for name, value in ACCOUNTING[0].items() if name != "review"}
CHANGED = BARE | {"stem": BARE["stem"] + "（修订）", "difficulty": 5}
ASKED: dict[str, Any] = {
    "id": "presence-x-1", "pool": "presence", "job_type": "", "level": "", "function": "", "difficulty": 1, "source": "",
    "lesson_slug": "acc-03-boundary", "part": 1, "type": "true-false", "stem": "边界按法人划定，对吗？", "key": [True],
    "explanation": "这一节第一句就是这样写的，请再读一遍。",
}  # fmt: skip


class Shelf:
    def __init__(self, clock: SettableClock, db: Any) -> None:
        self.clock, self.db, self.now = clock, db, clock.now()
        self.author, self.chief = self._one(Role.AUTHOR), self._one(Role.CHIEF_EXAMINER)

    def _one(self, role: Role) -> Actor:
        return actor_of(make_user(role, now=self.now), self.now)

    def load(self, *entries: dict[str, Any], read: bool = True) -> int:
        with unit_of_work():
            return services.load_items(read_by_somebody(entries) if read else entries, self.clock.now())

    @property
    def item(self) -> Item:
        self.db.session.rollback()
        return self.db.session.query(Item).one()

    @property
    def stage(self) -> Stage:
        item = self.item
        return queries.stage(item, queries.newest_version(item.id))

    def live_stem(self) -> str:
        return self.db.session.get_one(ItemVersion, self.item.live_version_id).stem

    def edit(self, stem: str) -> None:
        """A revision at the desk, approved and put to use."""
        item_id, number = self.item.id, queries.newest_version(self.item.id).number
        text = services.text_of_entry(BARE | {"stem": stem})
        with unit_of_work():
            services.revise(item_id, text, number, Besides(), actor=self.author, now=self.now)
            services.review(
                item_id,
                number + 1,
                "approved",
                "",
                checks=dict.fromkeys(CHECKS, "ok"),
                actor=self.chief,
                now=self.now,
            )
            services.put_to_use(item_id, actor=self.chief, now=self.now)


@pytest.fixture
def shelf(db: Any, clock: SettableClock) -> Shelf:
    return Shelf(clock, db)


@pytest.mark.parametrize("pool", ["exam", "mock", "practice"])
def test_what_nobody_has_read_waits_for_review_and_claims_none(shelf: Shelf, db: Any, pool: str) -> None:
    assert shelf.load(BARE | {"pool": pool}, read=False) == 1
    assert (shelf.item.status, shelf.item.live_version_id, shelf.stage) == ("draft", None, Stage.WAITING)
    assert db.session.query(ItemReview).count() == 0


def test_a_word_that_comes_later_puts_the_same_text_to_use_once(shelf: Shelf, db: Any) -> None:
    shelf.load(BARE, read=False)
    assert (shelf.load(BARE), shelf.load(BARE)) == (1, 0)
    assert shelf.stage is Stage.LIVE
    word = db.session.query(ItemReview).one()
    assert (word.decision, word.reviewer_id, word.said_on) == ("approved", None, date(2026, 11, 21))
    assert db.session.query(ItemVersion).count() == 1


def test_a_word_that_comes_later_does_not_overrule_who_returned_the_draft(shelf: Shelf) -> None:
    shelf.load(BARE, read=False)
    with unit_of_work():
        services.review(
            shelf.item.id, 1, "returned", "干扰项太弱", checks={}, actor=shelf.chief, now=shelf.now
        )
    assert shelf.load(BARE) == 0
    assert shelf.stage is Stage.RETURNED


def test_a_changed_text_that_nobody_has_read_is_a_draft_beside_the_one_in_use(shelf: Shelf) -> None:
    shelf.load(BARE)
    assert shelf.load(CHANGED, read=False) == 1
    assert (shelf.live_stem(), shelf.stage) == (BARE["stem"], Stage.WAITING)
    assert shelf.item.difficulty == BARE["difficulty"]
    shelf.load(CHANGED)
    assert (shelf.live_stem(), shelf.stage) == (BARE["stem"], Stage.WAITING), "put to use by people"


def test_a_retired_item_stays_so_whatever_its_file_says_now(shelf: Shelf, db: Any) -> None:
    shelf.load(BARE)
    with unit_of_work():
        services.retire(shelf.item.id, actor=shelf.chief, now=shelf.now)
    assert shelf.load(CHANGED) == 0
    assert shelf.item.status == "retired"
    assert db.session.query(ItemVersion).count() == 1


def test_what_was_written_at_the_desk_stays_in_use(shelf: Shelf) -> None:
    shelf.load(BARE)
    shelf.edit("主考审过的题干，写在题库里，不在文件里。")
    assert shelf.load(CHANGED) == 1
    assert (shelf.live_stem(), shelf.stage) == ("主考审过的题干，写在题库里，不在文件里。", Stage.REVIEWED)


def test_an_item_never_moves_to_another_pool_or_track(shelf: Shelf) -> None:
    shelf.load(BARE)
    shelf.load(CHANGED | {"pool": "practice", "level": "3"})
    assert (shelf.item.pool, shelf.item.level) == (BARE["pool"], BARE["level"])
    assert shelf.live_stem() == CHANGED["stem"]


def test_a_changed_case_reaches_its_items_and_asks_for_another_reading(shelf: Shelf) -> None:
    case = {
        "id": "acc4-case-99",
        "text": "某企业年产熟料 100 万 t，" * 5,
        "pool": "exam",
        "job_type": "accounting",
        "level": "4",
    }

    def both(text: str) -> dict[str, Any]:
        with unit_of_work():
            services.load_cases([case | {"text": text}], shelf.now)
        return BARE | {"case": case["id"], "case_text": text}

    entry = both(case["text"])
    shelf.load(entry)
    again = both(case["text"].replace("100", "200"))
    assert services.digest_of(again) != services.digest_of(entry)
    (read,) = read_by_somebody([entry])
    assert shelf.load(again | {"review": read["review"]}, read=False) == 1
    newest = queries.newest_version(shelf.item.id)
    assert "200 万" in queries.case_text(newest.case_version_id) and shelf.stage is Stage.WAITING
    assert [item.case[:14] for item in queries.live_items("accounting", "4")] == [case["text"][:14]]
    assert shelf.load(again, read=False) == 0


def test_a_presence_question_says_that_it_came_with_its_lesson(
    shelf: Shelf, db: Any, make_client: Callable[[], FlaskClient]
) -> None:
    shelf.load(ASKED, read=False)
    assert shelf.item.status == "live"
    word = db.session.query(ItemReview).one()
    assert (word.decision, word.checks, word.reviewer_id) == ("shipped", {}, None)
    page = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=shelf.now), shelf.now).get(
        f"/desk/items/{shelf.item.id}"
    )
    assert "随程序发布，没有单独审题" in page.text and "答案、歧义、依据都看过" not in page.text
