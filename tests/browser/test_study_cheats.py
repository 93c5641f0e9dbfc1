"""Cheats in a real browser, on the real lesson page with its film: a tab in the background, a hurried player, scripts that press buttons.

Time is real here, so the stretches are short. Each story follows a part of the film of its own, and presence falls due only where a story
says so.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from sqlalchemy import select

from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.study import queries
from carbonlearn.study.jobs import raise_reviews
from carbonlearn.study.models import PresenceCheck, StudyReview
from tests.factories.study import set_due
from tests.support import media, phone_steps
from tests.support.installation import Installation
from tests.support.live_server import LiveServer

LEARNER = "eve"
FILM = "acc-03-boundary"
NEVER_MS = 10**9
ANSWERS = 3
PLAY = """([from, rate, muted]) => {
  const film = document.querySelector("[data-recording]");
  film.muted = muted;
  film.currentTime = from;
  film.playbackRate = rate;
  return film.play();
}"""
PAUSE = "() => document.querySelector('[data-recording]').pause()"
POSITION = "() => document.querySelector('[data-recording]').currentTime"
FORCE = "() => document.querySelector('[data-recording]').play()"
CLICKER = """setInterval(() => {
  const sheet = document.querySelector("#presence[open]");
  const option = sheet?.querySelector("input");
  if (!option || sheet.querySelector("[type=submit]").disabled) return;
  option.checked = true;
  sheet.querySelector("form").requestSubmit();
}, 400)"""
HIDER = """setInterval(() => {
  const sheet = document.querySelector("#presence[open]");
  if (!sheet) return;
  sheet.close();
  sheet.remove();
  document.getElementById("presence-waiting")?.remove();
  document.querySelector("[data-recording]").play().catch(() => {});
}, 50)"""


@pytest.fixture
def house(live_server: LiveServer) -> Iterator[Installation]:
    """The rows behind the server; no presence question is near."""
    found = Installation(live_server)
    let_ask_at(found, NEVER_MS)
    yield found
    found.close()


def let_ask_at(house: Installation, credited_ms: int) -> None:
    """Let presence be checked when so much is credited."""
    enrolment = house.enrolment(LEARNER)
    with house.app.app_context():
        set_due(enrolment, credited_ms)
        db.session.remove()


def answers(house: Installation) -> list[float]:
    """After how many seconds of server time each question in the learner's place was answered, oldest first."""
    enrolment = house.enrolment(LEARNER)
    query = select(PresenceCheck.asked_at, PresenceCheck.answered_at).where(
        PresenceCheck.enrolment_id == enrolment, PresenceCheck.answered_at.is_not(None)
    )
    with house.reading():
        rows = db.session.execute(query.order_by(PresenceCheck.asked_at)).all()
    return [(answered_at - asked_at).total_seconds() for asked_at, answered_at in rows if answered_at]


def is_waiting(house: Installation) -> bool:
    """Whether a question waits for its answer."""
    enrolment = house.enrolment(LEARNER)
    with house.reading():
        return queries.held_check(enrolment) is not None


def wait_until(page: Page, holds: Callable[[], bool], tries: int = 150) -> None:
    """Look again every fifth of a second."""
    for _try in range(tries):
        if holds():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"it did not come to this on {page.url}")


class Film:
    """The lesson with the film, open on a page of the learner's."""

    def __init__(self, page: Page, house: Installation, base_url: str = "") -> None:
        self.page, self.house = page, house
        address = f"{base_url}/lessons/{FILM}?enrolment={house.enrolment(LEARNER)}"
        with page.expect_response(re.compile(r"/study/sessions$")) as opened:
            page.goto(address)
        assert opened.value.status == 200
        self.credited = house.credited_ms(LEARNER)

    def play(self, start: float, seconds: float, rate: float = 1, muted: bool = True) -> None:
        """Play from a place for so many seconds of real time."""
        self.page.evaluate(PLAY, [start, rate, muted])
        self.page.wait_for_timeout(seconds * 1000)

    def pause(self) -> int:
        """Pause, which reports what was played; what it earned, in milliseconds."""
        with self.page.expect_response(re.compile(r"/beats$")):
            self.page.evaluate(PAUSE)
        return self.earned()

    def earned(self) -> int:
        """What was credited since this was asked last."""
        before, self.credited = self.credited, self.house.credited_ms(LEARNER)
        return self.credited - before


@pytest.fixture
def film(
    live_server: LiveServer, open_context: Callable[..., BrowserContext], house: Installation
) -> Callable[..., Film]:
    """Open the lesson on a phone on which scripts of the learner's own run."""

    def make(script: str = "") -> Film:
        page = open_context().new_page()
        phone_steps.sign_in(page, LEARNER, house.password)
        if script:
            page.add_init_script(script)
        return Film(page, house)

    return make


@pytest.fixture
def plain_browser(
    playwright: Playwright, browser_type_launch_args: dict[str, object], tmp_path: Path
) -> Iterator[Browser]:
    """A browser of its own whose tabs go to the background as they do for people: automation keeps every tab in front otherwise."""
    command = [str(browser_type_launch_args["executable_path"]), *browser_type_launch_args["args"]]  # type: ignore[misc]
    command += ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}"]
    command += ["--autoplay-policy=no-user-gesture-required", "--disable-background-timer-throttling"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = (re.search(r"DevTools listening on (ws://\S+)", line) for line in process.stderr)
        address = next(found.group(1) for found in told if found)
        browser = playwright.chromium.connect_over_cdp(address, no_defaults=True)
        yield browser
        browser.close()
        process.kill()


@pytest.mark.timeout(600)
def test_a_tab_in_the_background_earns_nothing_while_it_plays(
    live_server: LiveServer, house: Installation, plain_browser: Browser
) -> None:
    context = plain_browser.contexts[0]
    page = context.new_page()
    page.goto(f"{live_server.url}/sign-in")
    page.locator('input[name="login"]').fill(LEARNER)
    page.locator('input[name="password"]').fill(house.password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(re.compile(r"/study"))
    sound = media.film("mp4", seconds=30)  # the browser itself stops a silent film in the background
    page.route(re.compile(r"\.(mp4|webm)"), lambda route: route.fulfill(body=sound, content_type="video/mp4"))
    film = Film(page, house, live_server.url)

    film.play(0, 3, muted=False)
    with page.expect_response(re.compile(r"/beats$")):
        context.new_page().bring_to_front()
    seen = film.earned()
    assert 1_500 <= seen <= 6_000, "who watched for three seconds is paid for them"
    assert page.evaluate("document.visibilityState") == "hidden"

    page.wait_for_timeout(1000)
    assert page.evaluate("document.querySelector('[data-recording]').paused"), "nobody sees it, so it waits"
    left_at = page.evaluate(POSITION)
    page.evaluate(FORCE)
    live_server.advance(30)
    page.wait_for_timeout(5000)
    assert page.evaluate(POSITION) - left_at > 3, "a script kept it going in the background"
    assert film.earned() == 0

    page.bring_to_front()
    page.wait_for_timeout(2000)
    assert film.pause() <= 4_000, "the seconds in the background are not claimed afterwards"


@pytest.mark.timeout(600)
def test_a_player_at_sixteen_times_its_speed_earns_no_more_than_the_server_s_time(
    film: Callable[..., Film], house: Installation
) -> None:
    hurried = film()
    claimed: list[int] = []
    hurried.page.on(
        "request",
        lambda one: claimed.append(one.post_data_json["to"]) if one.url.endswith("/beats") else None,
    )
    began = house.now
    hurried.play(15, 4, rate=16)
    earned = hurried.pause()
    passed = (house.now - began).total_seconds() * 1000
    assert 1_500 <= earned <= passed < 12_000
    assert max(claimed) >= 50_000, "the page itself told of three times as much ground"


@pytest.mark.timeout(600)
def test_a_script_that_clicks_at_once_earns_nothing_meanwhile_and_is_looked_at(
    film: Callable[..., Film], house: Installation
) -> None:
    clicked = film(CLICKER)
    before = len(answers(house))
    for start in range(50, 70, 4):
        given = len(answers(house))
        let_ask_at(house, house.credited_ms(LEARNER) + 1_000)
        clicked.play(start, 2)
        clicked.pause()
        held_at = house.credited_ms(LEARNER)
        wait_until(clicked.page, lambda given=given: len(answers(house)) > given and not is_waiting(house))
        assert house.credited_ms(LEARNER) == held_at
        if len(answers(house)) - before >= ANSWERS:
            break
        expect(clicked.page.locator("#presence[open]")).to_have_count(0)
    took = answers(house)[before:]
    assert len(took) >= ANSWERS
    assert sorted(took)[ANSWERS - 1] < 1.5, took
    credited, enrolment = house.credited_ms(LEARNER), house.enrolment(LEARNER)
    with house.app.app_context():
        raise_reviews(house.now)
        found = set(
            db.session.scalars(select(StudyReview.signal).where(StudyReview.enrolment_id == enrolment))
        )
        db.session.remove()
    assert "instant_answers" in found
    assert house.credited_ms(LEARNER) == credited, "a review takes nothing away"


@pytest.mark.timeout(600)
def test_a_script_that_removes_the_question_earns_nothing(
    film: Callable[..., Film], house: Installation, live_server: LiveServer
) -> None:
    blind = film(HIDER)
    let_ask_at(house, house.credited_ms(LEARNER) + 1_000)
    blind.play(72, 3)
    assert blind.pause() >= 1_000
    expect(blind.page.locator("#presence")).to_have_count(0)
    live_server.advance(25)
    blind.page.wait_for_timeout(4000)
    blind.page.evaluate(PAUSE)
    blind.page.reload()
    blind.page.wait_for_timeout(1500)
    assert blind.earned() == 0
    assert is_waiting(house)
    answer_what_waits(house)


def answer_what_waits(house: Installation) -> None:
    """Leave the place as it was found: with no question open."""
    enrolment = house.enrolment(LEARNER)
    with house.app.app_context(), unit_of_work():
        check = queries.held_check(enrolment)
        assert check is not None
        check.answered_at, check.correct = check.asked_at, True
