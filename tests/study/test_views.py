from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.accounts.models import User
from carbonlearn.infra.clock import SettableClock
from carbonlearn.study.views.lessons import half_minutes
from carbonlearn.web.openapi import description
from tests.factories.enrolment import load_catalogue
from tests.factories.people import sign_in
from tests.factories.study import DEMONSTRATION, Device, make_learner, make_lesson, open_place


def test_a_lesson_can_be_read_without_script_and_names_its_sources(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION, lessons=True)
    sign_in(client, make_learner(clock.now())[0], clock.now())
    page = client.get("/lessons/pub-02-climate-basics-1").text
    assert "哪些气体算数" in page and "《碳排放权交易管理暂行条例》" in page
    assert "学时不会计入" in page
    assert "2027年3月31日" in page and "2027-03-31" not in page
    assert 'id="part-1"' in page and 'href="#part-1"' in page
    assert " style=" not in page


def test_a_film_has_captions_and_is_served_in_ranges(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION, lessons=True)
    sign_in(client, make_learner(clock.now())[0], clock.now())
    page = client.get("/lessons/acc-03-boundary").text
    assert page.count("<track ") == 2 and "共 01:26" in page
    part = client.get("/static/lessons/video/boundary.webm", headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.data)) == (206, 100)
    assert part.headers["Content-Range"].startswith("bytes 100-199/")


def test_a_learner_with_a_lapsed_place_may_read_and_is_told(
    make_device: Callable[[User], Device], learner: User, lesson: str, clock: SettableClock
) -> None:
    device = make_device(learner)
    clock.advance(hours=24 * 29)
    sign_in(device.client, learner, clock.now())
    clock.advance(hours=48)
    page = device.client.get(f"/lessons/{lesson}")
    assert page.status_code == 200
    assert "学时不再计入" in page.text and "js/lesson.js" not in page.text
    answer = device.client.post("/study/sessions", json={"lesson": lesson})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "ACCESS_CLOSED")


def test_the_lesson_page_shows_what_the_server_credited(device: Device, lesson: str) -> None:
    device.open(lesson)
    device.follow(100)
    page = device.client.get(f"/lessons/{lesson}").text
    assert "已计入 01:40" in page
    assert 'class="coverage-span" x="0.0%" y="4" width="16.7%"' in page


def test_totals_and_lessons_speak_of_one_enrolment_and_agree_with_the_ledger(
    device: Device, learner: User, lesson: str, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(60)
    totals = device.client.get("/study/totals").json
    assert totals["credited_ms"] == 60_000
    row = next(one for one in totals["lessons"] if one["slug"] == lesson)
    assert (row["credited_ms"], row["open_ms"], row["complete"]) == (60_000, 540_000, False)
    listed = device.client.get("/study/lessons").json["lessons"]
    assert [one | {"refused": {}} for one in listed] == totals["lessons"]


def test_each_place_has_its_own_credit_for_the_same_lesson(
    device: Device, learner: User, lesson: str, clock: SettableClock, db: SQLAlchemy
) -> None:
    load_catalogue(clock.now(), "gdcpa-petrochem")
    other = open_place(learner, clock.now(), programme="gdcpa-petrochem")
    shared = make_lesson(600_000, clock.now(), programme="gdcpa-petrochem")
    device.open(shared, enrolment=other)
    device.follow(40)
    assert device.client.get(f"/study/totals?enrolment={other}").json["credited_ms"] == 40_000
    demonstration = device.client.get("/study/lessons").json["enrolment"]
    amounts = {
        one: device.client.get(f"/study/totals?enrolment={one}").json["credited_ms"]
        for one in (other, demonstration)
    }
    assert sum(amounts.values()) == 40_000


def test_a_foreign_enrolment_is_not_found(device: Device, clock: SettableClock) -> None:
    _, foreign = make_learner(clock.now())
    assert device.client.get(f"/study/totals?enrolment={foreign}").status_code == 404
    assert device.client.get(f"/courses/acc-01-role?enrolment={foreign}").status_code == 404


def test_a_course_without_lessons_says_so(device: Device) -> None:
    assert "这门课还在编写" in device.client.get("/courses/acc-03-boundary").text
    assert device.client.get("/courses/tra-04-trading").status_code == 404


def test_the_operations_of_study_are_described(app: Flask) -> None:
    paths = description(app, "http://localhost")["paths"]
    described = {entry["operationId"] for path in paths.values() for entry in path.values()}
    assert described >= {"listLessons", "openStudySession", "beat", "closeStudySession", "studyTotals"} | {
        "answerPresence"
    }
    beat = paths["/study/sessions/{session_id}/beats"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert beat["additionalProperties"] is False
    assert set(beat["required"]) == {"seq", "nonce", "playing", "visible", "from", "to"}


def test_lengths_are_shown_to_the_nearest_half_minute() -> None:
    assert [half_minutes(ms) for ms in (1_000, 44_000, 60_000, 280_000, 360_000)] == [
        "0.5",
        "0.5",
        "1",
        "4.5",
        "6",
    ]
