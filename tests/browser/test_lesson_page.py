"""What the lesson page tells the server, beat by beat: the film is real, the server's answers are the test's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import Faults
from tests.support import phone_steps
from tests.support.installation import Installation
from tests.support.live_server import LiveServer

LEARNER = "eve"
FILM = "acc-03-boundary"
ARTICLE = "pub-02-climate-basics-1"
PLAY = "() => { const film = document.querySelector('[data-recording]'); film.muted = true; return film.play(); }"
PAUSE = "() => document.querySelector('[data-recording]').pause()"
POSITION = "() => document.querySelector('[data-recording]').currentTime"
QUESTION = {
    "check": "c" * 26, "stem": "哪一项对？", "stem_lang": "zh", "type": "true-false", "options": [], "attempt": 1, "part": "",
    "about": {"slug": FILM, "title": "核算边界、排放源的划分与确定", "en": "Boundaries", "part": ""},
}  # fmt: skip
SOURCE = re.compile(r'<source src="([^"]+)" type="([^"]+)">')


class Server:
    """Answers beats as told: ``offline`` drops the next so many requests, ``closed`` says so once, ``lost`` hears one and is silent."""

    def __init__(self, page: Page) -> None:
        self.beats: list[dict[str, Any]] = []
        self.opened = self.offline = self.lost = self.offline_once_closed = 0
        self.closed = False
        self.question: dict[str, Any] | None = None
        self.covered: list[list[int]] = []
        self.resume_ms = 0
        self.decided: dict[str, Any] | None = None
        self.interval_s = 20
        self._heard, self._from, self._to = 0, 0, 0
        page.route(re.compile(r"/study/(sessions|presence)"), self._answer)

    def _answer(self, route: Route) -> None:
        if self.offline:
            self.offline -= 1
            route.abort()
        elif route.request.url.endswith("/beats"):
            self._beat(route)
        elif route.request.url.endswith("/answer"):
            self.question = None
            route.fulfill(json=self._credit() | {"correct": True, "key": ["true"], "explanation": ""})
        else:
            self.opened, self._heard = self.opened + 1, 0
            route.fulfill(json=self._opening())

    def _beat(self, route: Route) -> None:
        claim = route.request.post_data_json
        self.beats.append(claim)
        if claim["seq"] > self._heard:
            self._heard, self._from, self._to = claim["seq"], claim["from"], claim["to"]
        if self.lost:
            self.lost -= 1
            route.abort()
            return
        if self.closed:
            self.offline = self.offline_once_closed
        reason, self.closed = ("session_closed" if self.closed else "counting"), False
        route.fulfill(
            json=self._credit()
            | self._next(self._heard)
            | {"painted": [[self._from, self._to]], "reason": reason}
            | ({"decided": self.decided, "covered": self.covered} if self.decided else {})
        )

    def _opening(self) -> dict[str, Any]:
        more = {
            "session": "s" * 26,
            "length_ms": 77_000,
            "covered": self.covered,
            "resume_ms": self.resume_ms,
            "taken_over": None,
        }
        return self._credit() | self._next(0) | more

    def _next(self, seq: int) -> dict[str, Any]:
        return {"seq": seq, "nonce": "0" * 32, "generation": 1, "interval_s": self.interval_s}

    def _credit(self) -> dict[str, Any]:
        reason = "presence_due" if self.question else "counting"
        figures = {"credited_ms_lesson": 1_000, "credited_ms_enrolment": 1_000}
        return figures | {"presence": self.question, "reason": reason}


@pytest.fixture
def page(live_server: LiveServer, open_context: Callable[..., BrowserContext], faults: Faults) -> Page:
    """A phone of the learner's, on which the network may fail."""
    faults.expected.append("net::ERR_FAILED")
    house = Installation(live_server)
    page = open_context().new_page()
    phone_steps.sign_in(page, LEARNER, house.password)
    house.close()
    return page


@pytest.fixture
def server(page: Page) -> Server:
    return Server(page)


def open_lesson(page: Page) -> None:
    with page.expect_response(re.compile(r"/study/sessions$")):
        page.goto(f"/lessons/{FILM}")
    page.wait_for_function("() => document.querySelector('[data-recording]').readyState >= 3")


def counts(page: Page) -> None:
    expect(page.locator("[data-chip].credit-chip-counting")).to_be_visible()


def until(page: Page, holds: Callable[[], bool], tries: int = 100) -> None:
    """Look again every tenth of a second."""
    for _try in range(tries):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come to this")


def test_a_film_that_plays_on_while_the_question_is_answered_counts_again(page: Page, server: Server) -> None:
    open_lesson(page)
    page.evaluate(PLAY)
    counts(page)
    server.question = QUESTION
    page.wait_for_timeout(500)
    page.evaluate(PAUSE)
    page.locator("#presence[open]").wait_for()
    page.locator("#presence [data-review]").click()
    page.evaluate(PLAY)
    page.locator("#presence-waiting button").click()
    page.locator("#presence input").first.check()
    page.locator("#presence [type=submit]").click()
    counts(page)


def test_a_beat_that_was_heard_though_its_answer_was_lost_costs_nothing(page: Page, server: Server) -> None:
    server.interval_s = 2
    open_lesson(page)
    server.lost = 0
    page.evaluate(PLAY)
    until(page, lambda: len(server.beats) >= 2)
    server.lost = 1
    heard = len(server.beats)
    until(page, lambda: len(server.beats) >= heard + 3)
    lost, again, after = server.beats[heard : heard + 3]
    assert lost["seq"] == again["seq"] and again["to"] > lost["to"]
    assert after["from"] == lost["to"], "what came after the beat that was heard is claimed with the next"


def offer_two_qualities(route: Route) -> None:
    """The page as it would come with the film in two qualities, which here are the same files."""
    answer = route.fetch()
    html = answer.text()
    sources = escape(json.dumps([{"url": url, "type": kind} for url, kind in SOURCE.findall(html)]))
    options = "".join(
        f'<option value="{name}" data-sources="{sources}">{name}</option>' for name in ("720p", "480p")
    )
    route.fulfill(
        response=answer, body=html.replace("</video>", f"</video><select data-quality>{options}</select>")
    )


def test_at_the_end_one_tap_leads_to_what_is_not_credited_yet(page: Page, server: Server) -> None:
    server.covered = [[0, 20_000]]
    open_lesson(page)
    assert page.locator("[data-gap]").is_hidden()
    page.evaluate("() => { document.querySelector('[data-recording]').currentTime = 85 }")
    page.evaluate(PLAY)
    page.locator("[data-gap]").click(timeout=15_000)
    assert 19.5 < page.evaluate("() => document.querySelector('[data-recording]').currentTime") < 23
    assert page.locator("[data-gap]").is_hidden()


def test_another_quality_loses_neither_what_was_played_nor_the_place(page: Page, server: Server) -> None:
    page.route(re.compile(rf"/lessons/{FILM}$"), offer_two_qualities)
    open_lesson(page)
    page.evaluate(PLAY)
    counts(page)
    page.wait_for_timeout(2000)
    page.locator("[data-quality]").select_option("480p")
    page.wait_for_timeout(1500)
    page.evaluate(PAUSE)
    page.wait_for_timeout(500)
    played = sum(beat["to"] - beat["from"] for beat in server.beats if beat["playing"])
    assert played >= page.evaluate(POSITION) * 1000 - 500
    assert page.evaluate(POSITION) >= 2.5


def test_a_session_that_cannot_be_opened_again_at_once_is_opened_later(page: Page, server: Server) -> None:
    server.interval_s = 2
    open_lesson(page)
    page.evaluate(PLAY)
    counts(page)
    server.offline_once_closed, server.closed = 1, True
    until(page, lambda: not server.closed and not server.offline)
    assert server.opened == 1
    until(page, lambda: server.opened == 2, tries=200)
    told = len(server.beats)
    until(page, lambda: len(server.beats) > told)


def test_ground_that_was_made_void_is_painted_no_more(page: Page, server: Server) -> None:
    server.interval_s = 2
    server.covered = [[0, 60_000]]
    open_lesson(page)
    expect(page.locator(".coverage-bar .coverage-span")).to_have_count(1)
    server.covered, server.closed = [], True
    page.evaluate(PLAY)
    until(page, lambda: server.opened == 2)
    widths = "() => [...document.querySelectorAll('.coverage-span')].map((one) => parseFloat(one.getAttribute('width')))"
    page.wait_for_timeout(300)
    assert all(width < 50 for width in page.evaluate(widths))


def test_a_report_before_its_time_puts_the_next_one_off(page: Page, server: Server) -> None:
    server.interval_s = 4
    open_lesson(page)
    page.evaluate(PLAY)
    counts(page)
    page.wait_for_timeout(2500)
    page.evaluate("() => { document.querySelector('[data-recording]').currentTime = 40 }")
    page.wait_for_timeout(900)
    told = len(server.beats)
    page.wait_for_timeout(2200)
    assert len(server.beats) == told, "the interval begins with the report that the jump caused"
    until(page, lambda: len(server.beats) > told)


def test_a_question_about_another_lesson_names_it_and_leads_there(page: Page, server: Server) -> None:
    server.question = QUESTION | {
        "about": {"slug": ARTICLE, "title": "气候变化基础", "en": "", "part": "part-2"}
    }
    open_lesson(page)
    sheet = page.locator("#presence[open]")
    expect(sheet).to_contain_text("气候变化基础")
    expect(sheet.locator("[data-review]")).to_be_hidden()
    server.question = QUESTION | {"about": {"slug": ARTICLE, "title": "气候变化基础", "en": "", "part": ""}}
    sheet.locator("[data-review-away]").click()
    expect(page).to_have_url(re.compile(rf"/lessons/{ARTICLE}\?enrolment=\w+#part-2$"))
    expect(page.locator("#presence [data-review]")).to_be_visible()
    expect(page.locator("#presence [data-about]")).to_be_hidden()


def test_after_the_answer_and_after_looking_back_one_is_at_the_player(page: Page, server: Server) -> None:
    server.question = QUESTION
    open_lesson(page)
    on_player = "() => document.activeElement.matches('[data-recording]')"
    page.locator("#presence [data-review]").click()
    page.wait_for_function(on_player)
    page.locator("#presence-waiting button").click()
    page.locator("#presence input").first.check()
    page.locator("#presence [type=submit]").click()
    page.wait_for_function(on_player)


def test_a_beat_that_nobody_answered_is_tried_again_within_seconds(page: Page, server: Server) -> None:
    server.interval_s = 12
    open_lesson(page)
    page.evaluate(PLAY)
    counts(page)
    server.offline = 1
    until(page, lambda: not server.offline, tries=200)
    told = len(server.beats)
    until(page, lambda: len(server.beats) > told, tries=75)
    counts(page)


def test_a_decision_about_earlier_time_is_told_and_the_lesson_counts_on(page: Page, server: Server) -> None:
    server.interval_s = 2
    server.covered = [[0, 60_000]]
    open_lesson(page)
    page.evaluate(PLAY)
    server.covered = []
    server.decided = {"id": 7, "void": True, "ms": 56_000, "reason": "两台设备同时在学"}
    line = page.locator("#decided")
    expect(line).to_contain_text("00:56")
    expect(line).to_contain_text("两台设备同时在学")
    assert server.opened == 1
    counts(page)


def part_bounds(page: Page, number: int) -> tuple[int, int]:
    row = page.locator("#outline [data-part]").nth(number)
    return int(str(row.get_attribute("data-from"))), int(str(row.get_attribute("data-to")))


def open_article(page: Page) -> None:
    with page.expect_response(re.compile(r"/study/sessions$")):
        page.goto(f"/lessons/{ARTICLE}")


def test_an_article_opens_where_it_was_left_and_its_end_leads_back_to_what_is_open(
    page: Page, server: Server
) -> None:
    open_article(page)
    parts = page.locator("#outline [data-part]").count()
    assert parts > 3
    page.wait_for_timeout(300)
    assert page.evaluate("() => scrollY") == 0
    start, _end = part_bounds(page, 2)
    server.resume_ms = start + 1
    server.covered = [[start, part_bounds(page, parts - 1)[1]]]
    open_article(page)
    page.wait_for_function("() => scrollY > 200")
    gap = page.locator("[data-gap]")
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    expect(gap).to_be_visible()
    expect(gap).to_have_text("前面还有没读满的部分")
    gap.click()
    counts(page)
    expect(gap).to_be_hidden()
