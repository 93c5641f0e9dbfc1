from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.infra.clock import SettableClock
from tests.factories.enrolment import load_catalogue

KEYS = (
    "cec-petrochem",
    "ceca-carbon-reduction",
    "coal-industry",
    "demonstration",
    "gdcpa-petrochem",
    "national-standard",
)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_programme_stands_at_full_length_for_everybody(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock, key: str, language: str
) -> None:
    load_catalogue(clock.now(), key)
    page = client.get(f"/programmes/{key}?lang={language}")
    assert page.status_code == 200 and "Set-Cookie" not in page.headers
    assert "None" not in page.text and "|" not in page.text.split("<main")[1]


def test_the_list_names_all_six_and_marks_the_demonstration(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), *KEYS)
    page = client.get("/programmes").text
    assert all(f"/programmes/{key}" in page for key in KEYS)
    assert page.count('class="badge badge-warn">演示<') == 1


def test_what_the_source_does_not_say_is_marked_as_ours(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), "gdcpa-petrochem")
    page = client.get("/programmes/gdcpa-petrochem").text
    assert "本平台约定" in page and "1 课时按 45 分钟计" in page
    assert "考前 3 天截止预约" in page
    assert "96 题 · 满分 100 · 60 分及格 · 90 分钟" in page
    assert "中专（中职）以上学历（含在读）" in page


def test_branches_that_hold_together_are_listed_together(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), "ceca-carbon-reduction")
    page = client.get("/programmes/ceca-carbon-reduction").text
    assert "须同时满足" in page and "累计从事相关领域工作满 2 年" in page
    assert "顺延到下一个不在假期里的周六" in page


def test_an_unknown_programme_is_not_found(client: FlaskClient) -> None:
    assert client.get("/programmes/nothing").status_code == 404
