"""An exam day on which things go wrong: time runs out with the phone closed, and the server dies while it saves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import desk_steps, phone_steps
from tests.support.installation import Installation
from tests.support.live_server import LiveServer
from tests.support.scripted_phone import ScriptedPhone

BEFORE_THE_KILL = 25


@pytest.fixture
def server(new_server: Callable[..., LiveServer]) -> LiveServer:
    """An installation of the test's own."""
    return new_server().start("--demo")


@pytest.fixture
def house(server: LiveServer) -> Iterator[Installation]:
    house = Installation(server)
    yield house
    house.close()


def test_time_runs_out_while_the_phone_is_closed(
    server: LiveServer,
    house: Installation,
    open_context: Callable[..., BrowserContext],
    screenshot: Callable[[Page, str], Path],
    accessible: Callable[[Page], None],
) -> None:
    house.give_hours("lin", 4)
    pocket = open_context(base_url=server.url)
    sitting = answer_five_and_close(pocket, server, house)
    _status, _ended, deadline = house.sitting(sitting)
    assert deadline is not None
    server.set_clock(deadline + timedelta(minutes=2))
    desk = open_context(
        base_url=server.url, viewport={"width": 1280, "height": 800}, is_mobile=False
    ).new_page()
    release(desk, server, house)
    status, ended, _deadline = house.sitting(sitting)
    assert (status, ended) == ("timed_out", deadline)
    later = open_context(base_url=server.url).new_page()
    phone_steps.sign_in(later, "lin", house.password)
    later.goto(f"/sittings/{sitting}")
    expect(later.get_by_role("heading", name="时间到，已自动交卷")).to_be_visible()
    expect(later.locator("main")).to_contain_text("5 / 96")
    screenshot(later, "exam-day-timed-out")
    accessible(later)
    later.goto("/results")
    phone_steps.follow(later, later.locator("main a[href^='/results/']").first)
    expect(later.locator("main")).to_contain_text("未通过")
    screenshot(later, "exam-day-failed")
    accessible(later)


def answer_five_and_close(context: BrowserContext, server: LiveServer, house: Installation) -> str:
    """Five right answers, saved; then the browser is gone."""
    page = context.new_page()
    phone_steps.sign_in(page, "lin", house.password)
    phone_steps.take_a_place(page)
    phone_steps.enter_room(page, server, house)
    sitting = phone_steps.sitting_id(page)
    items = [item for item in house.solved(sitting) if item.type != "short-answer"][:5]
    for item in items:
        phone_steps.answer_item(page, item)
        page.locator("#next").tap()
    context.close()
    assert house.answers(sitting) == {item.n: item.answer for item in items}
    return sitting


def release(desk: Page, server: LiveServer, house: Installation) -> None:
    """Nothing is left for markers, since no short answer was given: another person releases at once."""
    phone_steps.sign_in(desk, "ding", house.password)
    desk.goto("/desk/results")
    phone_steps.reload_until(desk, server, "tr:has-text('可以发布')")
    desk.locator("tr", has_text="可以发布").get_by_role("link").click()
    desk_steps.release_results(desk, house.password)


def test_a_server_killed_while_saving_keeps_every_acknowledged_answer_and_beat(
    server: LiveServer, house: Installation, open_context: Callable[..., BrowserContext]
) -> None:
    house.give_hours("lin", 4)
    page = open_context(base_url=server.url).new_page()
    phone_steps.sign_in(page, "lin", house.password)
    phone_steps.take_a_place(page)
    phone_steps.enter_room(page, server, house)
    sitting = phone_steps.sitting_id(page)
    page.close()
    candidate = Candidate(ScriptedPhone(server.url, "lin", house.password), sitting, house)
    reader = Learner(ScriptedPhone(server.url, "zhang", house.password), house.enrolment("zhang"))
    for one in (candidate, reader):
        one.start()
    while len(candidate.acknowledged) < BEFORE_THE_KILL or len(reader.acknowledged) < BEFORE_THE_KILL:
        assert candidate.is_alive(), candidate.refusal
        assert reader.is_alive(), reader.refusal
    server.kill()
    for one in (candidate, reader):
        one.join(20)
    server.start("--demo")
    kept = {n: tuple(value) for n, value in house.answers(sitting).items()}
    lost = candidate.acknowledged.items() - kept.items()
    assert {n for n, _value in lost} <= {candidate.flying[0]}, "only what was in flight may differ"
    assert kept.items() - candidate.acknowledged.items() <= {candidate.flying}
    assert house.credited_ms("zhang") >= max(reader.acknowledged.values()) > 0
    page = open_context(base_url=server.url).new_page()
    phone_steps.sign_in(page, "lin", house.password)
    page.goto(f"/sittings/{sitting}")
    phone_steps.follow(page, page.get_by_role("button", name="在这里继续作答"))
    phone_steps.open_item(page, 1)
    assert tuple(phone_steps.checked_values(page)) == kept[1]


class Sender(threading.Thread):
    """Sends without pause until the server is gone, and notes what was acknowledged."""

    def __init__(self, phone: ScriptedPhone) -> None:
        super().__init__(daemon=True)
        self.phone = phone
        self.acknowledged: dict[int, Any] = {}
        self.refusal: dict[str, Any] = {}

    def run(self) -> None:
        with suppress(OSError):
            for number in count(1):
                reply = self.send(number)
                if reply["status_code"] != 200:
                    self.refusal = reply
                    return

    def send(self, number: int) -> dict[str, Any]:
        raise NotImplementedError


class Candidate(Sender):
    """Answers single-choice questions in turn, over and over, each time with another option."""

    def __init__(self, phone: ScriptedPhone, sitting: str, house: Installation) -> None:
        super().__init__(phone)
        self.sitting = sitting
        self.numbers = [item.n for item in house.solved(sitting) if item.type == "single-choice"]
        taken = phone.json(f"/sittings/{sitting}/takeover", {"generation": 1})
        self.generation = taken["generation"]
        self.flying: tuple[int, tuple[str, ...]] = (0, ())

    def send(self, number: int) -> dict[str, Any]:
        turn, place = divmod(number - 1, len(self.numbers))
        n, value = self.flying = (self.numbers[place], ("ABCD"[turn % 4],))
        body = {
            "item": n, "revision": turn + 1, "generation": self.generation,
            "operation_id": f"kill-{number}", "value": value,
        }  # fmt: skip
        reply = self.phone.json(f"/sittings/{self.sitting}/responses", body)
        if reply["status_code"] == 200:
            self.acknowledged[n] = value
        return reply


class Learner(Sender):
    """Sends beats one after the other; each earns the little time that has passed since the last."""

    def __init__(self, phone: ScriptedPhone, enrolment: str) -> None:
        super().__init__(phone)
        lesson = phone.json(f"/study/lessons?enrolment={enrolment}")["lessons"][0]["slug"]
        self.last = phone.json("/study/sessions", {"lesson": lesson, "enrolment": enrolment})
        self.path = f"/study/sessions/{self.last['session']}/beats"

    def send(self, number: int) -> dict[str, Any]:
        at = 0 if number == 1 else self.last["painted"][0][1] if self.last.get("painted") else 0
        body = {
            "seq": number, "nonce": self.last["nonce"], "playing": True, "visible": True,
            "from": at, "to": at + 1000,
        }  # fmt: skip
        reply = self.phone.json(self.path, body)
        if reply["status_code"] == 200:
            self.last = reply
            self.acknowledged[number] = reply["credited_ms_enrolment"]
        return reply
