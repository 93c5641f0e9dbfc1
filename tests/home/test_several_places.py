"""Who has more than one place, or one that has ended: which is shown, what is said of the others, how to get to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.accounts.models import User
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams.models import Entitlement
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import load_catalogue
from tests.factories.people import sign_in
from tests.factories.study import DEMONSTRATION, make_learner, open_place

GDCPA = "gdcpa-petrochem"
PAGES = ("/study", "/exams")
WORDS = {"completed": "已结业", "expired": "学习期已结束", "withdrawn": "报名已撤回"}


@pytest.fixture
def now(db: Any, clock: SettableClock) -> datetime:
    load_catalogue(clock.now() - timedelta(days=3), DEMONSTRATION, GDCPA)
    return clock.now()


@pytest.fixture
def two(db: Any, now: datetime, client: FlaskClient) -> tuple[FlaskClient, str, str]:
    """Signed in, with a place in the demonstration and an older one at GDCPA."""
    learner, older = make_learner(now - timedelta(days=1), programme=GDCPA)
    newer = open_place(learner, now)
    return sign_in(client, learner, now), newer, older


def end(db: Any, place: str, status: str) -> None:
    with unit_of_work():
        db.session.get_one(Enrolment, place).status = status


def tabs(page: str) -> dict[str, str]:
    bar = page[page.index('class="tab-bar"') :]
    return dict(re.findall(r'href="(/(?:study|exams))(\?enrolment=\w+)?"', bar))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("status", WORDS)
def test_a_place_that_ended_is_named_where_another_is_shown_and_is_one_tap_away(
    db: Any, two: tuple[FlaskClient, str, str], path: str, status: str
) -> None:
    client, newer, older = two
    end(db, newer, status)
    page = client.get(path).text
    assert "这里是您的另一份报名" in page and WORDS[status] in page
    assert f'href="{path}?enrolment={newer}"' in page
    ended = client.get(f"{path}?enrolment={newer}").text
    assert WORDS[status] in ended and "这里是您的另一份报名" not in ended and "/results" in ended
    assert (f"/certificates?enrolment={newer}" in ended) == (status == "completed")
    assert f'href="{path}?enrolment={older}"' in ended


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_said_of_an_end_while_every_place_is_open(
    two: tuple[FlaskClient, str, str], path: str
) -> None:
    page = two[0].get(path).text
    assert "这里是您的另一份报名" not in page and "已结束的报名" not in page


@pytest.mark.parametrize("path", PAGES)
def test_two_open_places_offer_a_switch_that_names_both_and_is_kept_between_the_pages(
    two: tuple[FlaskClient, str, str], path: str
) -> None:
    client, newer, older = two
    page = client.get(path).text
    switch = page[page.index('aria-label="换一份报名"') :].split("</nav>")[0]
    rows = re.findall(r'enrolment=(\w+)"( aria-current="true")?', switch)
    assert rows == [(newer, ' aria-current="true"'), (older, "")]
    assert "演示项目" in switch and "广东" in switch
    assert tabs(page) == dict.fromkeys(PAGES, f"?enrolment={newer}")
    chosen = client.get(f"{path}?enrolment={older}").text
    assert tabs(chosen) == dict.fromkeys(PAGES, f"?enrolment={older}")
    assert re.search(rf'enrolment={older}" aria-current="true"', chosen)


def test_one_place_needs_no_switch_and_no_address(db: Any, now: datetime, client: FlaskClient) -> None:
    sign_in(client, make_learner(now)[0], now)
    for path in PAGES:
        page = client.get(path).text
        assert "换一份报名" not in page
        assert tabs(page) == dict.fromkeys(PAGES, "")


@pytest.mark.parametrize("path", PAGES)
def test_somebody_elses_place_in_the_address_shows_ones_own(
    now: datetime, make_client: Callable[[], FlaskClient], path: str
) -> None:
    learner = make_learner(now)[0]
    other = make_learner(now, programme=GDCPA)[1]
    page = sign_in(make_client(), learner, now).get(f"{path}?enrolment={other}").text
    assert "广东" not in page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("status", WORDS)
def test_whose_only_place_has_ended_is_told_so_and_what_comes_next(
    db: Any, now: datetime, client: FlaskClient, path: str, status: str
) -> None:
    learner, place = make_learner(now)
    end(db, place, status)
    page = sign_in(client, learner, now).get(path).text
    assert WORDS[status] in page and "/results" in page
    if status == "completed":
        assert f"/certificates?enrolment={place}" in page
    else:
        assert "联系您的培训基地" in page and "/programmes" in page
    assert "参加考试的条件" not in page and "去考试" not in page
    if path == "/study":
        assert "已计入 0.0 课时" in page


def test_a_lapsed_period_says_so_and_leads_to_the_retake_that_is_left(
    db: Any, now: datetime, client: FlaskClient, clock: SettableClock
) -> None:
    learner, place = make_learner(now, programme=GDCPA, access=timedelta(days=10))
    with unit_of_work():
        db.session.add(
            Entitlement(
                enrolment_id=place,
                kind="free_retake",
                source="released_failure",
                granted_at=now,
                expires_at=now + timedelta(days=180),
            )
        )
    clock.set(now + timedelta(days=10))
    sign_in(client, learner, clock.now())
    page = client.get("/study").text
    assert "学习期已结束" in page and f"/exams?enrolment={place}" in page and "还剩" not in page
    exams = client.get("/exams").text
    assert "参加考试的条件" in exams and "学习期已结束，请联系培训基地" not in exams


def test_an_application_withdrawn_before_it_opened_is_not_said_to_be_under_way(
    db: Any, now: datetime, client: FlaskClient
) -> None:
    learner, place = make_learner(now)
    with unit_of_work():
        row = db.session.get_one(Enrolment, place)
        row.status, row.access_from, row.access_until = "withdrawn", None, None
    page = sign_in(client, learner, now).get("/study").text
    assert "报名已撤回" in page and "报名还在办理" not in page


def test_a_new_application_is_under_way_while_the_old_place_stays_reachable(
    db: Any, now: datetime, client: FlaskClient
) -> None:
    learner, old = make_learner(now - timedelta(days=2))
    new = open_place(learner, now, programme=GDCPA)
    end(db, old, "withdrawn")
    with unit_of_work():
        row = db.session.get_one(Enrolment, new)
        row.status, row.access_from, row.access_until = "submitted", None, None
    page = sign_in(client, learner, now).get("/study").text
    assert "报名还在办理" in page and f"/study?enrolment={old}" in page


def test_the_certificate_link_opens_the_one_of_that_place(
    db: Any, client: FlaskClient, now: datetime
) -> None:
    from carbonlearn.certificates import jobs
    from carbonlearn.certificates.models import Certificate
    from carbonlearn.infra.runner import run_all
    from tests.factories.certificates import RELEASED, make_released_pass

    first, second = (make_released_pass(number=number) for number in (1, 2))
    run_all(jobs.JOBS, RELEASED)
    with unit_of_work():
        for found in db.session.query(Certificate):
            found.user_id = first.user_id
    client = sign_in(client, db.session.get_one(User, first.user_id), now)
    numbers = {found.enrolment_id: found.number for found in db.session.query(Certificate)}
    for place in (first.enrolment_id, second.enrolment_id):
        page = client.get(f"/certificates?enrolment={place}").text
        assert page.index(numbers[place]) == min(
            page.index(number) for number in numbers.values() if number in page
        )
