"""Items that must not stand on one paper: told by the files, set apart and let meet again at the desk, and never overwritten."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.errors import Conflict, Invalid, NotFound
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import Item, ItemEnemy, ItemVersion
from tests.factories.items import ACCOUNTING, read_by_somebody
from tests.factories.people import actor_of
from tests.practice.test_race import AT_ONCE, together
from tests.question_bank.test_item_pages import SINGLE, Bank
from tests.support.statements import counted

PLAIN = [entry for entry in ACCOUNTING if not entry.get("not_with")][:6]
NAMING = next(entry for entry in ACCOUNTING if entry.get("not_with"))
NAMED = next(entry for entry in ACCOUNTING if entry["id"] == NAMING["not_with"][0])
WHY = "一道的选项里写出了另一道要求的数值"


@pytest.fixture
def bank(db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]) -> Bank:
    return Bank(make_client, clock, PLAIN)


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


def an_item(number: str) -> Item:
    found = queries.item_numbered(number)
    assert found is not None
    return found


def load(entries: list[dict[str, Any]], now: datetime) -> int:
    with unit_of_work():
        services.load_cases(queries.shipped_cases(), now)
        return services.load_items(read_by_somebody(entries), now)


def set_apart(bank: Bank, one: str, other: str, now: datetime, reason: str = WHY) -> ItemEnemy:
    actor = actor_of(bank.author_user, now)
    with unit_of_work():
        return services.set_apart(an_item(one).id, other, reason, actor=actor, now=now)


def let_meet(bank: Bank, one: str, enemy_id: str, now: datetime, reason: str = "已改写") -> None:
    actor = actor_of(bank.author_user, now)
    with unit_of_work():
        services.let_meet(an_item(one).id, enemy_id, reason, actor=actor, now=now)


def enemies_of(number: str) -> set[str]:
    """By number, those in force."""
    return {row.external_id for row in queries.enemy_rows(an_item(number).id) if row.lifted_at is None}


# -- what people say


def test_two_items_are_set_apart_from_either_side_and_papers_hear_of_it(bank: Bank, now: datetime) -> None:
    one, other, third = (entry["id"] for entry in PLAIN[:3])
    set_apart(bank, other, one, now)
    set_apart(bank, one, third, now)
    assert enemies_of(one) == {other, third} and enemies_of(other) == {one} and enemies_of(third) == {one}
    live = {item.external_id: item for item in queries.live_items("accounting", "4")}
    assert live[one].enemies == {live[other].id, live[third].id}
    assert live[other].enemies == {live[one].id} and live[PLAIN[4]["id"]].enemies == frozenset()


@pytest.mark.parametrize(
    ("other", "reason", "code"),
    [
        ("acc4-nowhere-s01", WHY, "ENEMY_UNKNOWN"),
        (PLAIN[0]["id"], WHY, "ENEMY_SELF"),
        ("mock-one", WHY, "ENEMY_POOL"),
        (PLAIN[1]["id"], " 同 ", "ENEMY_REASON"),
        (PLAIN[1]["id"], "长" * 201, "ENEMY_REASON"),
    ],
)
def test_what_cannot_be_set_apart_is_refused(
    bank: Bank, now: datetime, db: Any, other: str, reason: str, code: str
) -> None:
    load([PLAIN[1] | {"id": "mock-one", "pool": "mock", "stem": "模拟卷里的一道题，问的是什么？"}], now)
    with pytest.raises(Invalid) as refused:
        set_apart(bank, PLAIN[0]["id"], other, now, reason)
    assert refused.value.code == code
    assert db.session.query(ItemEnemy).count() == 0


def test_a_pair_in_force_is_not_entered_twice_from_whichever_side(bank: Bank, now: datetime) -> None:
    one, other = PLAIN[0]["id"], PLAIN[1]["id"]
    set_apart(bank, one, other, now)
    for first, second in ((one, other), (other, one)):
        with pytest.raises(Conflict) as refused:
            set_apart(bank, first, second, now)
        assert refused.value.code == "ENEMY_ALREADY"


def test_what_is_lifted_stays_on_record_and_may_be_said_again(
    bank: Bank, clock: SettableClock, db: Any
) -> None:
    one, other = PLAIN[0]["id"], PLAIN[1]["id"]
    first = set_apart(bank, one, other, clock.now()).id
    clock.advance(days=1)
    let_meet(bank, other, first, clock.now(), "题干已改，不再提示")
    assert enemies_of(one) == set()
    assert all(item.enemies == frozenset() for item in queries.live_items("accounting", "4"))
    with pytest.raises(Conflict):
        let_meet(bank, one, first, clock.now())
    set_apart(bank, one, other, clock.now(), "改回来了")
    rows = queries.enemy_rows(an_item(one).id)
    assert [(row.reason, row.lift_reason, row.lifted_by) for row in rows] == [
        (WHY, "题干已改，不再提示", "何立新"),
        ("改回来了", "", None),
    ]
    acts = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.action.in_(("item:set_apart", "item:let_meet")))
        .order_by(AuditEntry.seq)
    ).all()
    assert [entry.action for entry in acts] == ["item:set_apart", "item:let_meet", "item:set_apart"]
    assert acts[0].facts == {"item": one, "other": other, "reason": WHY}


def test_only_a_pair_of_this_item_is_lifted_and_with_a_word(bank: Bank, now: datetime) -> None:
    row = set_apart(bank, PLAIN[0]["id"], PLAIN[1]["id"], now).id
    with pytest.raises(NotFound):
        let_meet(bank, PLAIN[2]["id"], row, now)
    with pytest.raises(Invalid):
        let_meet(bank, PLAIN[0]["id"], row, now, " ")
    assert enemies_of(PLAIN[0]["id"]) == {PLAIN[1]["id"]}


@pytest.mark.parametrize("wrong", ["twice", "backwards"])
def test_the_database_itself_holds_to_one_pair_in_order(
    bank: Bank, now: datetime, db: Any, wrong: str
) -> None:
    row = set_apart(bank, PLAIN[0]["id"], PLAIN[1]["id"], now)
    pair = (row.first_id, row.second_id)
    first, second = pair if wrong == "twice" else pair[::-1]
    values = {"id": new_id(), "first_id": first, "second_id": second, "reason": WHY, "lift_reason": ""}
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.execute(insert(ItemEnemy), [values | {"set_at": now}])


def test_two_people_who_say_the_same_at_once_are_one_entry(
    app: Flask, bank: Bank, now: datetime, db: Any
) -> None:
    actor = actor_of(bank.author_user, now)
    ids = [an_item(entry["id"]).id for entry in PLAIN[:2]]
    db.session.rollback()

    def say(number: int) -> str:
        here, there = (0, 1) if number % 2 else (1, 0)
        try:
            services.set_apart(ids[here], PLAIN[there]["id"], WHY, actor=actor, now=now)
        except Conflict as refused:
            return refused.code
        return "entered"

    assert sorted(together(app, say)) == ["ENEMY_ALREADY"] * (AT_ONCE - 1) + ["entered"]
    assert db.session.query(ItemEnemy).count() == 1


# -- what files say


def test_a_file_names_enemies_once_and_a_pair_lifted_at_the_desk_stays_lifted(
    bank: Bank, now: datetime, db: Any
) -> None:
    assert load([NAMING, NAMED], now) == 2
    assert enemies_of(NAMING["id"]) == {NAMED["id"]} and enemies_of(NAMED["id"]) == {NAMING["id"]}
    row = queries.enemy_rows(an_item(NAMED["id"]).id)[0]
    assert (row.set_by, row.reason) == (None, "")
    assert load([NAMING, NAMED], now) == 0
    assert db.session.query(ItemEnemy).count() == 1
    let_meet(bank, NAMED["id"], row.id, now)
    load([NAMING, NAMED], now)
    assert enemies_of(NAMING["id"]) == set() and db.session.query(ItemEnemy).count() == 1


def test_naming_an_enemy_changes_neither_the_text_nor_the_reviewers_word(
    bank: Bank, now: datetime, db: Any
) -> None:
    entry, other = PLAIN[0], PLAIN[1]["id"]
    named = entry | {"not_with": [other]}
    assert services.digest_of(named) == services.digest_of(entry)
    before = db.session.query(ItemVersion).count()
    assert load([named], now) == 0
    assert db.session.query(ItemVersion).count() == before
    assert enemies_of(other) == {entry["id"]}


def test_an_enemy_that_is_not_in_the_bank_or_in_another_pool_is_passed_over(
    bank: Bank, now: datetime, db: Any
) -> None:
    mock = PLAIN[1] | {"id": "mock-one", "pool": "mock", "stem": "模拟卷里的一道题，问的是什么？"}
    load([mock | {"not_with": [PLAIN[0]["id"], "acc4-nowhere-s01"]}], now)
    assert db.session.query(ItemEnemy).count() == 0


def test_the_shipped_pairs_are_what_the_reviewers_asked_for() -> None:
    """Whoever noted that two items should not meet finds them named; the notes name most of them by number."""
    pairs = {
        frozenset((entry["id"], other))
        for entry in queries.shipped_items()
        for other in entry.get("not_with", ())
    }
    asked = {
        frozenset((entry["id"], other))
        for entry in queries.shipped_items()
        if "同卷" in (entry.get("review") or {}).get("note", "")
        for other in re.findall(r"(?:mock-|prac-)?[a-z]+\d-[a-z]+-[stma]\d{2,}", entry["review"]["note"])
    }
    assert len(asked) > 20 and asked <= pairs


# -- at the desk


def test_an_author_sets_apart_and_lets_meet_again_on_the_page_of_an_item(
    bank: Bank, clock: SettableClock, db: Any
) -> None:
    item, other = an_item(PLAIN[0]["id"]), PLAIN[1]["id"]
    path = f"/desk/items/{item.id}"
    assert "这道题和别的题都可以同卷" in bank.author.get(path).text
    refused = bank.author.post(f"{path}/enemies", data={"enemy": "acc4-x-s01", "enemy_reason": WHY})
    assert refused.status_code == 422
    assert "没有编号是 acc4-x-s01 的试题" in refused.text and WHY in refused.text
    done = bank.author.post(f"{path}/enemies", data={"enemy": f" {other} ", "enemy_reason": WHY})
    assert done.status_code == 303 and done.headers["Location"].endswith(f"{path}#enemies")
    page = bank.author.get(path).text
    assert other in page and WHY in page and "何立新" in page
    assert PLAIN[0]["id"] in bank.author.get(f"/desk/items/{an_item(other).id}").text
    (row,) = queries.enemy_rows(item.id)
    empty = bank.author.post(f"{path}/enemies/{row.id}/lift", data={"lift": row.id, "lift_reason": ""})
    assert empty.status_code == 422 and "理由要有 2 到 200 个字" in empty.text
    lifted = bank.author.post(f"{path}/enemies/{row.id}/lift", data={"lift_reason": "两题都改过了"})
    assert lifted.status_code == 303
    page = bank.author.get(path).text
    assert "已解除 1 条" in page and "两题都改过了" in page


def test_who_may_not_edit_items_sees_the_pairs_and_changes_none(bank: Bank, now: datetime, db: Any) -> None:
    row = set_apart(bank, PLAIN[0]["id"], PLAIN[1]["id"], now)
    path = f"/desk/items/{an_item(PLAIN[0]['id']).id}"
    page = bank.chief.get(path).text
    assert WHY in page and f"{path}/enemies" not in page
    assert bank.chief.post(f"{path}/enemies", data={"enemy": PLAIN[2]["id"]}).status_code == 403
    assert bank.chief.post(f"{path}/enemies/{row.id}/lift", data={"lift_reason": "没有"}).status_code == 403


def nearly(stem: str) -> str:
    return f"{stem[:-1]}呢？"


def test_while_typing_an_item_that_is_alike_is_set_apart_by_one_tick(bank: Bank, db: Any) -> None:
    alike = PLAIN[0]
    typed = SINGLE | {"stem": nearly(alike["stem"])}
    shown = bank.author.post("/desk/items/preview", data=typed).text
    assert re.search(r"\d\d% 相同", shown) and f'name="not_with" value="{alike["id"]}"' in shown
    again = bank.author.post("/desk/items/preview", data=typed | {"not_with": alike["id"]}).text
    assert f'value="{alike["id"]}" checked' in again
    other_pool = bank.author.post("/desk/items/preview", data=typed | {"pool": "mock"}).text
    assert "题库里有相近的题" in other_pool and 'name="not_with"' not in other_pool
    path = bank.draft(stem=typed["stem"], not_with=alike["id"])
    (row,) = queries.enemy_rows(path.rsplit("/", 1)[-1])
    assert row.external_id == alike["id"] and re.fullmatch(r"题干 \d\d% 相同", row.reason)
    edit = SINGLE | {"stem": typed["stem"], "item": path.rsplit("/", 1)[-1]}
    assert "已定为不宜同卷" in bank.author.post("/desk/items/preview", data=edit).text
    revision = bank.author.post(
        f"{path}/revision", data=edit | {"base_number": "1", "not_with": [alike["id"], "gone-01"]}
    )
    assert revision.status_code == 303 and len(queries.enemy_rows(path.rsplit("/", 1)[-1])) == 1


def test_likeness_is_told_in_either_language_while_typing_and_on_the_page(bank: Bank) -> None:
    """A bare percent sign in a text breaks the page, and only an item that is nearly another shows it."""
    path = bank.draft(stem=nearly(PLAIN[0]["stem"]))
    for language, told in (("zh", r"\d\d% 相同"), ("en", r"\d\d% the same")):
        typed = SINGLE | {"stem": nearly(PLAIN[0]["stem"])}
        for client, words in ((bank.author, told), (bank.chief, rf"{PLAIN[0]['id']} \d\d%")):
            page = client.get(f"{path}?lang={language}")
            assert page.status_code == 200 and re.search(words, page.text)
        shown = bank.author.post(f"/desk/items/preview?lang={language}", data=typed)
        assert shown.status_code == 200 and re.search(told, shown.text)


def test_the_page_of_an_item_offers_what_is_alike_by_one_tap(bank: Bank, db: Any) -> None:
    path = bank.draft(stem=nearly(PLAIN[0]["stem"]))
    page = bank.author.get(path).text
    found = re.search(r'name="enemy_reason" value="(题干 \d\d% 相同)"', page)
    assert found is not None
    data = {"enemy": PLAIN[0]["id"], "enemy_reason": found[1]}
    assert bank.author.post(f"{path}/enemies", data=data).status_code == 303
    assert 'name="enemy_reason" value="题干' not in bank.author.get(path).text


def test_the_page_costs_the_same_however_many_enemies_an_item_has(bank: Bank, now: datetime) -> None:
    one = PLAIN[0]["id"]
    path = f"/desk/items/{an_item(one).id}"
    set_apart(bank, one, PLAIN[1]["id"], now)
    bank.author.get(path)
    with counted() as few:
        bank.author.get(path)
    for entry in PLAIN[2:]:
        set_apart(bank, one, entry["id"], now)
    with counted() as many:
        bank.author.get(path)
    assert len(many) == len(few)


def test_a_presence_question_has_no_paper_and_no_enemies(bank: Bank, now: datetime) -> None:
    entry = queries.shipped_presence()[0]
    load([entry], now)
    assert 'id="enemies"' not in bank.author.get(f"/desk/items/{an_item(entry['id']).id}").text
