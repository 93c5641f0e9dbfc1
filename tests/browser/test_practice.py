"""Practice on a phone: a set taken along is practised without a network and comes home once; a mock is sat in the room of real exams."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue.queries import current_version
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.practice.models import PracticeAnswer
from tests.factories.enrolment import GDCPA
from tests.factories.practice import load_pool
from tests.support import phone_steps
from tests.support.installation import Installation
from tests.support.live_server import LiveServer

PAGE = "/practice/offline"
CHIP, KEPT, MORE = "#chip-text", "#kept button.list-row", "#more button"
ALLOWED = re.compile(r"/practice/offline$|/static/|/item-pictures/")
LIES_THERE = """async () => {
  const result = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const names = (await indexedDB.databases()).map(({name}) => name);
  const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const name of names) {
    const db = await result(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      const rows = await result(db.transaction(store).objectStore(store).getAll());
      for (const row of rows) texts.push(row.data ? new TextDecoder().decode(row.data) : JSON.stringify(row));
    }
    db.close();
  }
  const cached = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) cached.push(new URL(request.url).pathname);
  }
  return {text: texts.join(" "), cached};
}"""

FULL_ONCE = """() => {
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function () {
    IDBObjectStore.prototype.add = add;
    throw new DOMException("no room", "QuotaExceededError");
  };
}"""
TAP_BETWEEN = """() => document.querySelector("#foot-answer button").addEventListener("click", () => {
  const count = IDBObjectStore.prototype.count;
  IDBObjectStore.prototype.count = function (...given) {
    IDBObjectStore.prototype.count = count;
    window.tapped = true;
    document.getElementById("question").requestSubmit();
    return count.apply(this, given);
  };
}, {once: true})"""


@pytest.fixture(scope="module")
def house(live_server: LiveServer) -> Iterator[Installation]:
    """The demonstration with a practice pool and a mock pool."""
    house = Installation(live_server)
    now = house.now
    with house.app.app_context():
        load_pool("practice", now, "single-choice", "true-false", every=2)
        load_pool("mock", now)
    yield house
    house.close()


def answers_of(house: Installation, username: str) -> list[tuple[str, str]]:
    """What the server holds: mode and verdict, in the order in which it came."""
    with house.reading():
        rows = db.session.execute(
            select(PracticeAnswer.mode, PracticeAnswer.verdict)
            .join(User, User.id == PracticeAnswer.user_id)
            .where(User.username == username)
            .order_by(PracticeAnswer.id)
        )
        return [(mode, verdict) for mode, verdict in rows]


def answer_one(page: Page) -> str:
    """Choose the first option of the question on the screen, hand it in, and go on; the verdict."""
    expect(page.locator("#foot-answer")).to_be_visible()
    page.locator("#options input").first.check()
    page.locator("#foot-answer button").tap()
    expect(page.locator("#verdict")).to_be_visible()
    word = page.locator("#verdict").inner_text()
    page.locator("#next").tap()
    return {"答对了": "right", "答错了": "wrong"}[word]


@pytest.mark.timeout(300)
def test_a_set_taken_along_is_practised_without_a_network_and_comes_home_once(
    open_context: Callable[..., BrowserContext],
    house: Installation,
    accessible: Callable[[Page], None],
    faults: Any,
) -> None:
    faults.expected += ["ERR_INTERNET_DISCONNECTED", "401"]
    context = open_context()
    page = context.new_page()
    phone_steps.sign_in(page, "lin", house.password)
    page.goto(PAGE)
    expect(page.locator(CHIP)).to_have_text("已同步")
    page.locator(MORE).first.tap()
    expect(page.locator(KEPT)).to_have_count(1)
    accessible(page)

    context.set_offline(True)
    _the_first_page_leads_to_what_is_kept(page)
    told, stem = _practise_offline(page, accessible)
    assert answers_of(house, "lin") == []
    lies = page.evaluate(LIES_THERE)
    assert [path for path in lies["cached"] if not ALLOWED.search(path)] == []
    assert PAGE in lies["cached"]
    assert [word for word in (stem[:12], "林静", "explanation") if word in lies["text"]] == []

    context.set_offline(False)
    expect(page.locator(CHIP)).to_have_text("已同步")
    assert answers_of(house, "lin") == [("offline", verdict) for verdict in told]
    page.reload()
    expect(page.locator(CHIP)).to_have_text("已同步")
    assert len(answers_of(house, "lin")) == 4

    _nothing_is_left_for_the_next_one(page, context, house)


def _the_first_page_leads_to_what_is_kept(page: Page) -> None:
    """Nobody knows the address of the offline page by heart; pages that hold what is one's own are not there without a network."""
    page.goto("/practice")
    page.wait_for_url(re.compile(f"{PAGE}$"))
    expect(page.locator(KEPT)).to_have_count(1)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto("/practice/book")
    page.wait_for_url(re.compile("chrome-error"))  # the browser's own page comes a moment after the error
    page.goto(PAGE)


def _practise_offline(page: Page, accessible: Callable[[Page], None]) -> tuple[list[str], str]:
    """Four answers with a reload among them: the verdicts in their order, and the stem of the first."""
    page.reload()
    expect(page.locator(CHIP)).to_have_text("离线")
    expect(page.locator(MORE)).to_have_count(0)
    page.locator(KEPT).tap()
    expect(page.locator("#foot-answer")).to_be_visible()
    stem = page.locator("#stem").inner_text()
    told = [answer_one(page) for _number in range(3)]
    page.reload()
    expect(page.locator(CHIP)).to_have_text("待同步 3")
    expect(page.locator(KEPT)).to_contain_text("3 /")
    page.locator(KEPT).tap()
    told.append(answer_one(page))
    accessible(page)
    return told, stem


def _nothing_is_left_for_the_next_one(page: Page, context: BrowserContext, house: Installation) -> None:
    """Signed out, with and without a network, and signed in as somebody else: no set opens."""
    page.goto("/me")
    page.locator("form[action='/sign-out'] button").tap()
    page.wait_for_url(re.compile("/sign-in"))
    context.set_offline(True)
    page.goto(PAGE)
    expect(page.locator("#hint")).to_contain_text("没有可以打开的练习")
    expect(page.locator(KEPT)).to_have_count(0)
    context.set_offline(False)
    phone_steps.sign_in(page, "zhang", house.password)
    page.goto(PAGE)
    expect(page.locator(MORE).first).to_be_visible()
    expect(page.locator(KEPT)).to_have_count(0)


@pytest.mark.timeout(300)
def test_a_browser_without_random_names_of_its_own_brings_its_answers_home(
    open_context: Callable[..., BrowserContext], house: Installation, faults: Any
) -> None:
    faults.expected += ["ERR_INTERNET_DISCONNECTED"]
    context = open_context()
    context.add_init_script("delete Crypto.prototype.randomUUID")
    page = context.new_page()
    phone_steps.sign_in(page, "eve", house.password)
    page.goto(PAGE)
    assert page.evaluate("crypto.randomUUID") is None
    page.locator(MORE).first.tap()
    page.locator(KEPT).first.tap()
    context.set_offline(True)
    told = [answer_one(page) for _number in range(4)]
    assert answers_of(house, "eve") == []
    context.set_offline(False)
    expect(page.locator(CHIP)).to_have_text("已同步")
    assert answers_of(house, "eve") == [("offline", verdict) for verdict in told]


@pytest.mark.timeout(300)
def test_answers_of_a_place_that_has_ended_hold_up_none_of_another(
    open_context: Callable[..., BrowserContext], house: Installation, faults: Any
) -> None:
    faults.expected += ["ERR_INTERNET_DISCONNECTED"]
    ends = a_second_place(house, "eve")
    context = open_context()
    page = context.new_page()
    phone_steps.sign_in(page, "eve", house.password)
    page.goto(PAGE)
    expect(page.locator(CHIP)).to_have_text("已同步")
    rows = page.locator(MORE).filter(has_text="职业道德")
    expect(rows).to_have_count(2)
    names = [row.locator("span").first.inner_text() for row in rows.all()]
    for name in names:
        page.locator(MORE).filter(has_text=name).tap()
        expect(page.locator(KEPT).filter(has_text=name)).to_be_visible()
    expect(page.locator(KEPT)).to_have_count(2)
    before = answers_of(house, "eve")
    names.sort(key=lambda name: "监测" not in name)
    context.set_offline(True)
    told = []
    for name in names:
        page.locator(KEPT).filter(has_text=name).tap()
        told.append(answer_one(page))
        page.locator("#back").tap()
    expect(page.locator(CHIP)).to_have_text("待同步 2")
    with house.app.app_context(), unit_of_work():
        db.session.get_one(Enrolment, ends).status = "withdrawn"
    context.set_offline(False)
    expect(page.locator(CHIP)).to_have_text("已同步")
    expect(page.locator("#hint")).to_contain_text("1 条作答没有计入")
    expect(page.locator(KEPT)).to_have_count(1)
    assert answers_of(house, "eve") == [*before, ("offline", told[1])]


def a_second_place(house: Installation, username: str) -> str:
    """An open place in monitoring beside the one that this member of the cast has."""
    with house.app.app_context(), unit_of_work():
        first = db.session.scalars(
            select(Enrolment).join(User, User.id == Enrolment.user_id).where(User.username == username)
        ).first()
        assert first is not None
        columns = [column.key for column in Enrolment.__table__.columns if column.key != "id"]
        other = {"programme_key": GDCPA, "programme_version_id": current_version(GDCPA, house.now).id}
        kept = {name: getattr(first, name) for name in columns}
        made = Enrolment(**kept | other | {"job_type": "monitoring"})
        db.session.add(made)
        db.session.flush()
        return made.id


@pytest.mark.timeout(300)
def test_a_second_tap_stores_nothing_and_an_answer_that_could_not_be_stored_is_said(
    open_context: Callable[..., BrowserContext], house: Installation, faults: Any
) -> None:
    context = open_context()
    page = context.new_page()
    phone_steps.sign_in(page, "zhang", house.password)
    page.goto(PAGE)
    page.locator(MORE).first.tap()
    page.locator(KEPT).first.tap()
    page.evaluate(FULL_ONCE)
    page.locator("#options input").first.check()
    page.locator("#foot-answer button").tap()
    expect(page.locator("#fault")).to_contain_text("没有存下这次作答")
    expect(page.locator("#verdict")).to_be_hidden()
    page.evaluate(TAP_BETWEEN)
    page.locator("#foot-answer button").tap()
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator(CHIP)).to_have_text("已同步")
    assert page.evaluate("window.tapped") is True
    assert len(answers_of(house, "zhang")) == 1


@pytest.mark.timeout(300)
def test_a_mock_is_sat_in_the_room_of_real_exams_and_marked_at_once(
    open_context: Callable[..., BrowserContext], house: Installation, accessible: Callable[[Page], None]
) -> None:
    page = open_context().new_page()
    phone_steps.sign_in(page, "zhang", house.password)
    page.goto("/practice/mocks")
    accessible(page)
    page.get_by_role("button", name="开始模拟考试").tap()
    expect(page.locator("#question")).to_be_visible()
    for number in (1, 2):
        expect(page.locator("#question-number")).to_have_text(f"第 {number} 题")
        page.locator("#options input").first.check()
        page.locator("#next").tap()
    expect(page.locator("#sync-text")).to_have_text("已保存", timeout=15_000)
    page.reload()
    expect(page.locator("#question")).to_be_visible()
    page.locator("#open-sheet").tap()
    expect(page.locator("#answered-count")).to_have_text("2")
    page.locator("#hand-in").tap()
    page.wait_for_url(re.compile("/submission$"))
    page.get_by_role("button", name="交卷").tap()
    page.wait_for_url(re.compile("/result"))
    expect(page.get_by_text("交卷回执")).to_be_visible()
    page.locator("details.review summary").first.tap()
    expect(page.locator("details.review[open] .answer-row-right").first).to_be_visible()
    accessible(page)


@pytest.mark.timeout(300)
def test_what_is_chosen_stays_chosen_when_the_question_is_starred(
    open_context: Callable[..., BrowserContext], house: Installation, accessible: Callable[[Page], None]
) -> None:
    page = open_context().new_page()
    phone_steps.sign_in(page, "zhang", house.password)
    page.goto("/practice/next?mode=chapter&chapter=basic-knowledge")
    first, star = page.locator("input[name=value]").first, page.locator("#star")
    first.check()
    for pressed in ("true", "false", "true"):
        star.tap()
        expect(star).to_have_attribute("aria-pressed", pressed)
        expect(first).to_be_checked()
    accessible(page)
    page.goto("/practice/stars")
    expect(page.locator("main a[href*='/practice/items/']")).to_have_count(1)
