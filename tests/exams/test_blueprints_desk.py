"""组卷 at the desk: the list, the proof that follows what is typed, two people, and what whoever opens a window is told."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from carbonlearn.core.permissions import Role
from carbonlearn.exams import queries
from carbonlearn.exams.models import BlueprintVersion
from carbonlearn.exams.queries import feasibility
from carbonlearn.exams.rules.sheet import typed_of
from carbonlearn.exams.services import blueprints
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank.models import Item
from tests.exams.test_blueprints import NATIONAL, PAGE, TRACK, asked_now
from tests.factories.enrolment import GDCPA
from tests.factories.exams import Hall
from tests.factories.items import load_bank
from tests.factories.people import make_user, sign_in


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    made = Hall(now, GDCPA, NATIONAL)
    load_bank(now)
    return made


@pytest.fixture
def chief(hall: Hall, make_client: Any, now: datetime) -> FlaskClient:
    return sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now), now, stepped_up=True)


def test_the_list_marks_what_the_bank_can_fill(chief: FlaskClient) -> None:
    page = chief.get(f"/desk/blueprints?programme={GDCPA}").text
    assert "碳排放核算员 · 四级" in page and ">够<" in page and "没有在用题" in page


def test_the_page_shows_table_curve_and_how_items_are_drawn(chief: FlaskClient) -> None:
    page = chief.get(PAGE).text
    for words in (
        "题库够组卷",
        "职业功能与题型",
        "统计核算和报告",
        "难度分布",
        "20–38 题",
        "项目默认",
        "还没有改过",
    ):
        assert words in page, words
    both = chief.get(f"/desk/blueprints/{NATIONAL}/accounting/4/skill").text
    assert "理论知识考试" in both and "每份满分 100 分、60 分合格；各卷都合格才算通过" in both
    assert chief.get("/desk/blueprints/x/accounting/4/unified").status_code == 404
    assert chief.get(f"/desk/blueprints/{GDCPA}/accounting/4/oral").status_code == 404


def test_the_proof_follows_what_is_typed(
    chief: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feasibility, "SOON", 60.0)  # however busy the machine is
    typed = typed_of(asked_now(now).blueprint)
    fine = chief.post(f"{PAGE}/proof", data=typed | {"forms": "2"}).text
    assert "题库够组卷" in fine and "每场 2 份" in fine and "<html" not in fine
    off = chief.post(f"{PAGE}/proof", data=typed | {"count.single-choice": "41"}).text
    assert "各题型合计 101 分，应为 100 分" in off
    weights = chief.post(f"{PAGE}/proof", data=typed | {"weight.basic-knowledge": "25"}).text
    assert "权重合计 105%，应为 100%" in weights
    letters = chief.post(f"{PAGE}/proof", data=typed | {"tolerance": "十"}).text
    assert "有 1 处不是数字" in letters
    short = chief.post(f"{PAGE}/proof", data=typed | {"forms": "4", "shared_percent": "0"}).text
    assert "题库还缺" in short and "还缺" in short and "题（" not in short


def test_a_blueprint_that_no_end_is_found_of_is_shown_so_and_not_put_in_force(
    chief: FlaskClient, hall: Hall, make_client: Any, now: datetime, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither enough nor short: the page answers all the same, and a version of which sealing might find no end is not approved."""
    typed = typed_of(asked_now(now).blueprint) | {"forms": "3", "spread": "0"}
    monkeypatch.setattr(feasibility, "SOON", 0.0)
    monkeypatch.setattr(blueprints, "SECONDS", 0.0)
    shown = chief.post(f"{PAGE}/proof", data=typed)
    assert shown.status_code == 200 and "组不组得出来还没有算出来" in shown.text
    assert "题库够组卷" not in shown.text and "题库还缺" not in shown.text
    assert "没有算出来" in chief.get(f"/desk/blueprints?programme={NATIONAL}").text
    assert chief.post(f"{PAGE}/edit", data=typed | {"reason": "三份卷"}).status_code == 303
    version = db.session.scalars(select(BlueprintVersion)).one()
    other = sign_in(make_client(), hall.desk.association, now, stepped_up=True)
    path = f"/desk/blueprints/versions/{version.id}/decision"
    sent = {"decision": "approve", "effective_from": now.date().isoformat(), "reason": "同意"}
    refused = other.post(path, data=sent)
    assert refused.status_code == 422 and "这一版不能生效" in refused.text
    assert other.post(path, data=sent | {"decision": "return"}).status_code == 303


def test_an_edit_goes_through_two_people_at_the_desk(
    chief: FlaskClient, hall: Hall, make_client: Any, now: datetime, db: Any
) -> None:
    typed = typed_of(asked_now(now).blueprint) | {"forms": "2"}
    assert chief.get(f"{PAGE}/edit").status_code == 200
    refused = chief.post(f"{PAGE}/edit", data=typed | {"reason": ""})
    assert refused.status_code == 422 and "理由要 2 到 500 个字" in refused.text
    unchanged = chief.post(f"{PAGE}/edit", data=typed | {"forms": "1", "reason": "没有改"})
    assert unchanged.status_code == 422 and "与现在的方案一样" in unchanged.text
    assert chief.post(f"{PAGE}/edit", data=typed | {"reason": "一场两份卷"}).status_code == 303
    version = db.session.scalars(select(BlueprintVersion)).one()
    own = chief.get(f"/desk/blueprints/versions/{version.id}").text
    assert "自己改的方案要由另一位来定" in own
    other = sign_in(make_client(), hall.desk.association, now, stepped_up=True)
    path = f"/desk/blueprints/versions/{version.id}/decision"
    assert "版组卷方案待定" not in chief.get("/desk").text
    today = other.get("/desk").text
    assert "版组卷方案待定" in today and f'href="/desk/blueprints?programme={GDCPA}"' in today
    assert "第 1 版待定" in other.get(f"/desk/blueprints?programme={GDCPA}").text
    early = other.post(path, data={"decision": "approve", "effective_from": "2026-01-01", "reason": "同意"})
    assert early.status_code == 422 and "不能早于今天" in early.text
    sent = {"decision": "approve", "effective_from": now.date().isoformat(), "reason": "同意"}
    assert other.post(path, data=sent).status_code == 303
    assert "第 1 版" in other.get(PAGE).text
    assert "版组卷方案待定" not in other.get("/desk").text


def test_day_and_reason_wait_while_the_password_is_asked_for(
    chief: FlaskClient, hall: Hall, make_client: Any, now: datetime, db: Any
) -> None:
    """A version is put in force once, so no day may be put there by itself."""
    typed = typed_of(asked_now(now).blueprint) | {"forms": "2", "reason": "一场两份卷"}
    assert chief.post(f"{PAGE}/edit", data=typed).status_code == 303
    version_id = db.session.scalars(select(BlueprintVersion.id)).one()
    page = f"/desk/blueprints/versions/{version_id}"
    other = sign_in(make_client(), hall.desk.association, now)
    assert re.search(r'name="effective_from"[^>]*value="([^"]*)"', other.get(page).text)[1] == ""  # type: ignore[index]
    sent = {"decision": "approve", "effective_from": "2027-01-01", "reason": "到新年再用" * 100}
    answer = other.post(f"{page}/decision", data=sent | {"step_up_return": page})
    assert "/confirm" in answer.headers["Location"]
    back = other.get(page).text
    assert 'value="2027-01-01"' in back and "到新年再用" * 100 in back
    assert "2027-01-01" not in other.get(page).text, "once"


def test_a_field_that_is_just_being_typed_is_no_fault_of_the_page(chief: FlaskClient, now: datetime) -> None:
    """One type of items whose points are cleared; no points at all; weights that do not add up yet."""
    skill = f"/desk/blueprints/{NATIONAL}/accounting/4/skill"
    for place, name in ((skill, "skill"), (PAGE, "")):
        asked = queries.current_asked(NATIONAL if name else GDCPA, *TRACK, name, now)
        typed = typed_of(asked.blueprint)
        cleared = typed | {field: "" for field in typed if field.startswith("points.")}
        for path in (f"{place}/proof", f"{place}/edit"):
            answer = chief.post(path, data=cleared | {"reason": "试一试"})
            assert answer.status_code in (200, 422) and "方案还不成立" in answer.text
    shown = chief.post(f"{PAGE}/proof", data=typed | {"weight.basic-knowledge": "21"}).text
    assert "权重合计 101%" in shown
    assert set(re.findall(r'%</td><td class="num">([^<]*)</td>', shown)) == {"—", "100"}, "no shares of 101 %"


def test_who_opens_a_window_is_told_what_cannot_be_filled(
    hall: Hall, make_client: Any, now: datetime, db: Any
) -> None:
    with unit_of_work():
        db.session.execute(update(Item).where(Item.type == "short-answer").values(status="retired"))
    staff = sign_in(make_client(), hall.desk.association, now)
    page = staff.get(f"/desk/blueprints/outlook?programme={GDCPA}").text
    assert "不够" in page and "还缺" in page and "简答题" in page and "还没有在用题" in page
    assert "/desk/blueprints/outlook" in staff.get("/desk/calendar/new").text


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MARKER, Role.PROCTOR, Role.SYSTEM_ADMIN])
def test_who_has_no_business_with_blueprints_stays_outside(
    hall: Hall, make_client: Any, now: datetime, role: Role
) -> None:
    client = sign_in(make_client(), make_user(role, now=now, base_id=hall.desk.base_id), now)
    assert client.get(PAGE).status_code == client.get(f"{PAGE}/edit").status_code == 403
    assert client.post(f"{PAGE}/proof", data={}).status_code == 403
