"""Documents that change: what becomes due, when, and until when; and the day by which an item must be looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import ItemReview, ItemVersion, Source
from carbonlearn.question_bank.queries import Filters
from carbonlearn.question_bank.queries.shipped import shipped_items
from carbonlearn.question_bank.rules.citation import TITLE, cited
from carbonlearn.question_bank.rules.item import ItemText
from carbonlearn.question_bank.rules.life import CHECKS, counts_from, day_of
from carbonlearn.question_bank.services import Besides, Place
from tests.factories.people import actor_of, make_user, sign_in

TEXT = ItemText(
    "true-false", "basic-knowledge", 2, "活动数据以原始计量记录为依据。", "两份台账不一致时先回到原始记录核对。" * 2,
    "《核算通则》（GB/T 32150）", key=[True],
)  # fmt: skip


class Shelf:
    """An item in use that cites one document."""

    def __init__(self, clock: SettableClock) -> None:
        self.clock = clock
        self.author, self.chief = self._one(Role.AUTHOR), self._one(Role.CHIEF_EXAMINER)
        self.item = self.put(TEXT)
        self.source = queries.source_rows()[0].id

    def _one(self, role: Role) -> Actor:
        return actor_of(make_user(role, now=self.clock.now()), self.clock.now())

    def put(self, text: ItemText, review_by: date | None = None) -> str:
        now = self.clock.now()
        with unit_of_work():
            item = services.draft(
                text,
                Place("exam", "accounting", "4"),
                Besides(review_by=review_by),
                actor=self.author,
                now=now,
            ).id
            self.accept(item, now)
        return item

    def accept(self, item: str, now: datetime) -> None:
        number, checks = queries.newest_version(item).number, dict.fromkeys(CHECKS, "ok")
        services.review(item, number, "approved", "", checks=checks, actor=self.chief, now=now)
        services.put_to_use(item, actor=self.chief, now=now)

    def revise(self, text: ItemText) -> None:
        base = queries.newest_version(self.item).number
        with unit_of_work():
            services.revise(self.item, text, base, Besides(), actor=self.author, now=self.clock.now())

    def note(self, day: date, words: str = "有变") -> None:
        with unit_of_work():
            services.note_change(self.source, day, words, actor=self.chief, now=self.clock.now())

    def confirm(self, review_by: date | None = None, item: str = "") -> None:
        with unit_of_work():
            services.confirm(item or self.item, review_by, "", actor=self.chief, now=self.clock.now())

    @property
    def today(self) -> date:
        return day_of(self.clock.now())

    def due(self) -> bool:
        return queries.is_due(queries.item(self.item), self.today)


@pytest.fixture
def shelf(db: Any, clock: SettableClock) -> Shelf:
    return Shelf(clock)


# -- changes


def test_a_change_of_later_does_not_put_out_the_one_that_is_in_force(shelf: Shelf) -> None:
    shelf.clock.advance(days=1)
    shelf.note(shelf.today - timedelta(days=1), "已生效")
    assert shelf.due()
    shelf.clock.advance(minutes=1)
    shelf.note(date(2028, 1, 1), "以后还要变")
    assert shelf.due()
    assert [change.note for change, _name in queries.changes(shelf.source)] == ["以后还要变", "已生效"]


def test_a_change_noted_ahead_falls_due_on_its_day_whatever_was_said_until_then(shelf: Shelf) -> None:
    shelf.clock.advance(days=1)
    shelf.note(shelf.today + timedelta(days=30))
    shelf.clock.advance(days=1)
    shelf.confirm()
    assert not shelf.due()
    shelf.clock.advance(days=28)
    assert not shelf.due()
    shelf.clock.advance(days=1)
    assert shelf.due()
    shelf.confirm()
    assert not shelf.due()


def test_a_change_noted_afterwards_asks_for_a_look_although_its_day_was_before_the_last(shelf: Shelf) -> None:
    shelf.clock.advance(days=5)
    shelf.confirm()
    shelf.clock.advance(days=1)
    shelf.note(shelf.today - timedelta(days=5))
    assert shelf.due()


def test_every_change_stands_on_the_page_of_the_document(
    shelf: Shelf, make_client: Callable[[], FlaskClient]
) -> None:
    shelf.note(shelf.today, "第 5.3 条改了")
    shelf.clock.advance(minutes=5)
    shelf.note(shelf.today + timedelta(days=99), "全文代替")
    now = shelf.clock.now()
    page = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now), now).get(
        f"/desk/items/sources/{shelf.source}"
    )
    assert "第 5.3 条改了" in page.text and "全文代替" in page.text


def test_a_day_begins_in_china(shelf: Shelf) -> None:
    evening = datetime.fromisoformat("2026-11-02T23:59:00+08:00")
    midnight = datetime.fromisoformat("2026-11-03T00:00:00+08:00")
    assert (day_of(evening), day_of(midnight)) == (date(2026, 11, 2), date(2026, 11, 3))
    assert counts_from(date(2026, 11, 3), evening) == midnight
    shelf.clock.set(evening)
    shelf.note(date(2026, 11, 3))
    assert not shelf.due() and queries.due_for_review(evening) == 0
    assert queries.due_for_review(midnight) == 1
    shelf.clock.set(midnight)
    with pytest.raises(Invalid, match="ITEM_REVIEW_BY_PAST"):
        shelf.confirm(date(2026, 11, 3))


# -- the day of the next look


def test_confirming_without_a_day_keeps_the_day_that_stands(shelf: Shelf, db: Any) -> None:
    day = shelf.today + timedelta(days=30)
    item = shelf.put(replace(TEXT, stem="原始记录与台账不一致时以台账为准。", key=[False]), day)
    shelf.confirm(item=item)
    version = queries.newest_version(item)
    assert queries.review_day_of(version) == day
    shelf.clock.advance(minutes=1)
    shelf.confirm(day + timedelta(days=60), item)
    assert queries.review_day_of(version) == day + timedelta(days=60)
    shelf.clock.advance(minutes=1)
    shelf.confirm(item=item)
    assert queries.review_day_of(version) == day + timedelta(days=60)
    assert db.session.get(ItemVersion, version.id).review_by == day, "a version is frozen"
    days = [word.review_by for word in db.session.query(ItemReview).filter_by(decision="confirmed")]
    assert sorted(days) == [day, day + timedelta(days=60), day + timedelta(days=60)]


def test_a_day_that_is_over_asks_for_a_new_one(shelf: Shelf) -> None:
    item = shelf.put(replace(TEXT, stem="外购电力按结算单上的电量计算。"), shelf.today + timedelta(days=3))
    shelf.clock.advance(days=4)
    assert queries.is_due(queries.item(item), shelf.today)
    with pytest.raises(Invalid, match="ITEM_REVIEW_BY_PAST"):
        shelf.confirm(item=item)
    shelf.confirm(shelf.today + timedelta(days=90), item)
    assert not queries.is_due(queries.item(item), shelf.today)
    (row,) = [row for row in queries.item_rows(Filters()) if row.id == item]
    assert row.review_by == shelf.today + timedelta(days=90)


# -- who cites it


def test_page_list_and_count_name_the_same_items(shelf: Shelf, db: Any) -> None:
    shelf.revise(replace(TEXT, source="《另一份文件》"))
    other = db.session.query(Source).filter_by(title="另一份文件").one().id
    for source in (shelf.source, other):
        filters = Filters(source=source)
        assert [row.id for row in queries.item_rows(filters)] == [shelf.item]
        assert queries.item_count(filters) == 1
    assert {row.title: row.items for row in queries.source_rows()} == {"核算通则": 1, "另一份文件": 1}
    with unit_of_work():
        shelf.accept(shelf.item, shelf.clock.now())
    assert {row.title: row.items for row in queries.source_rows()} == {"核算通则": 0, "另一份文件": 1}
    assert queries.item_count(Filters(source=shelf.source)) == 0


def test_titles_that_differ_by_blanks_alone_are_one_document(shelf: Shelf) -> None:
    for words, title in (
        ("外购热力按结算单上的热量计算。", "《2006 年 IPCC 国家温室气体清单指南》第1卷"),
        (
            "外购蒸汽按结算单上的热量计算，两份单据不一致时先查计量器具。",
            "《2006年IPCC国家温室气体清单指南》",
        ),
    ):
        shelf.put(replace(TEXT, stem=words, source=title))
    for asked in ("2006年IPCC", "2006 年 IPCC"):
        assert [(row.title, row.items) for row in queries.source_rows(asked)] == [
            ("2006年IPCC国家温室气体清单指南", 2)
        ]


def test_blanks_that_belong_to_a_title_stay() -> None:
    assert list(cited("《核算与报告指南 发电设施》《ISO  14064 Part 1》")) == [
        "核算与报告指南 发电设施",
        "ISO 14064 Part 1",
    ]


def test_no_two_shipped_sources_differ_by_blanks_alone() -> None:
    spellings: dict[str, set[str]] = {}
    for item in shipped_items():
        for title, _detail in TITLE.findall(item["source"]):
            spellings.setdefault("".join(title.split()), set()).add(title)
    assert [names for names in spellings.values() if len(names) > 1] == []
