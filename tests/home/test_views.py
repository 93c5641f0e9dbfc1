from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.core.permissions import Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import services as exams
from carbonlearn.exams.rules.forecast import AimWindow, forecast
from carbonlearn.home.rules.outlook import outlook
from carbonlearn.home.views import class_hours_up
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import load_catalogue
from tests.factories.people import make_user, sign_in
from tests.factories.study import DEMONSTRATION, Device, make_learner, make_lesson
from tests.support.counting import counted_statements

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def a_window(day: int, month: int = 11) -> AimWindow:
    starts = datetime(2026, month, day, 1, 0, tzinfo=UTC)
    return AimWindow(f"{month}-{day}", starts, datetime(2026, month, day - 3, 15, 59, tzinfo=UTC))


def test_strangers_get_the_landing_page_learners_study_and_staff_the_desk(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION)
    stranger = make_client().get("/")
    assert stranger.status_code == 200 and "碳排放核算员（演示项目）" in stranger.text
    assert "Set-Cookie" not in stranger.headers
    learner = sign_in(make_client(), make_learner(clock.now())[0], clock.now())
    assert learner.get("/").headers["Location"] == "/study"
    staff = sign_in(make_client(), make_user(Role.ASSOCIATION_ADMIN, now=clock.now()), clock.now())
    assert staff.get("/").headers["Location"] == "/desk"


def test_the_front_page_shows_the_ledgers_sum_and_what_is_missing(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION)
    device = Device(make_client(), make_learner(clock.now())[0], clock)
    lesson = make_lesson(600_000, clock.now())
    assert "开始第一课" in device.client.get("/study").text
    device.open(lesson)
    device.follow(100)
    page = device.client.get("/study").text
    assert "已计入 1.6 课时，要求 3 课时" in page
    assert "<b>1.4</b>" in page
    assert "继续学习" in page and f"/lessons/{lesson}" in page
    device.follow(80)
    assert "课时已满，可以考试了" in device.client.get("/study").text


def test_a_track_whose_hours_cannot_be_reached_says_so_before_any_date(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), "gdcpa-petrochem", lessons=True)
    with unit_of_work():
        exams.load_holidays(clock.now())
    with unit_of_work():
        exams.materialise_windows(clock.now())
    sign_in(client, make_learner(clock.now(), programme="gdcpa-petrochem")[0], clock.now())
    page = client.get("/study").text
    told = re.search(r"一共只有 (\d+\.\d) 课时", page)
    assert "学不满 80 课时" in page and told is not None and 3 < float(told[1]) < 80
    assert "预计" not in page


def test_a_completed_place_says_so_and_asks_for_nothing_more(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION)
    learner, place = make_learner(clock.now())
    with unit_of_work():
        db.session.get_one(Enrolment, place).status = "completed"
    sign_in(client, learner, clock.now())
    page = client.get(f"/study?enrolment={place}").text
    assert "已结业" in page and "/certificates" in page
    assert "学习期已结束" not in page and "还剩" not in page and "学满就能约" not in page


def test_tabs_choose_the_list_without_script(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION)
    sign_in(client, make_learner(clock.now())[0], clock.now())
    assert "职业操守与行为准则" in client.get("/study?part=public").text
    specialised = client.get("/study?part=specialised").text
    assert "碳排放核算员职能解析" in specialised and "职业操守与行为准则" not in specialised


def test_without_an_opened_account_the_page_teaches_what_comes(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    sign_in(client, make_user(Role.LEARNER, now=clock.now()), clock.now())
    page = client.get("/study")
    assert page.status_code == 200 and "还没有报名" in page.text


def test_the_front_page_costs_the_same_however_much_was_studied(
    db: SQLAlchemy, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION)
    device = Device(make_client(), make_learner(clock.now())[0], clock)
    lessons = [make_lesson(60_000, clock.now())]
    device.client.get("/study")
    with counted_statements(db) as few:
        device.client.get("/study")
    lessons += [make_lesson(60_000, clock.now(), course="acc-03-boundary") for _ in range(6)]
    for lesson in lessons:
        device.open(lesson)
        device.follow(40)
    with counted_statements(db) as many:
        device.client.get("/study")
    assert len(many) == len(few) <= 14


def test_the_sentence_names_the_day_and_the_exam_that_the_pace_reaches() -> None:
    daily = {NOW.date().replace(day=day): 5_400 for day in range(1, 21)}
    windows = [a_window(28), a_window(26, 12)]
    found = forecast(daily, NOW, 90_000, windows, ZONE)
    said = outlook(90_000, 400_000, 216_000, False, found, windows, NOW.date(), ZONE)
    assert said.kind == "aimed"
    assert said.starts_at == windows[1].starts_at
    assert [point.kind for point in said.points] == ["today", "missed", "mine", "aim"]
    assert 0 < said.run < 1


def test_what_cannot_be_earned_is_said_before_any_forecast() -> None:
    found = forecast({NOW.date(): 3_600}, NOW, 90_000, [a_window(28)], ZONE)
    assert outlook(90_000, 100_000, 216_000, False, found, [], NOW.date(), ZONE).kind == "unreachable"
    assert outlook(0, 100_000, 216_000, False, found, [], NOW.date(), ZONE).kind == "reached"
    assert outlook(None, 0, None, False, found, [], NOW.date(), ZONE).kind == "courses"


def test_what_is_missing_is_rounded_up_so_that_it_makes_the_whole() -> None:
    assert [class_hours_up(seconds, 45) for seconds in (0, 1, 270, 271, 2_700)] == [
        "0.0",
        "0.1",
        "0.1",
        "0.2",
        "1.0",
    ]
