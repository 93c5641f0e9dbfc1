"""What a holder is told: on the result page whether the certificate is there, on a revoked one why and what next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.accounts.models import TrainingBase
from carbonlearn.certificates import services
from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate, CertificateEvent
from carbonlearn.core.permissions import Role
from carbonlearn.exams.models import ExamWindow
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.marking.models import Result
from tests.factories.certificates import make_released_pass, make_staff, sign_in

SHOW = "全屏出示二维码"
WHY = "为什么，接下来怎么办"


@pytest.fixture
def certificate(client: FlaskClient, db: SQLAlchemy, clock: SettableClock) -> Certificate:
    graduate = make_released_pass()
    issue_due(clock.now())
    sign_in(client, graduate.user_id, clock.now())
    return db.session.scalars(select(Certificate)).one()


def foot_of(page: str) -> str:
    return page.partition('class="foot-bar')[2]


def revoke(certificate: Certificate, clock: SettableClock, category: str) -> None:
    staff = make_staff(Role.ASSOCIATION_ADMIN)
    with unit_of_work():
        services.revoke(certificate.id, category, "决定 2026-7 号", actor=staff, now=clock.advance(hours=1))


def test_the_main_action_of_a_valid_one_shows_it(client: FlaskClient, certificate: Certificate) -> None:
    page = client.get("/certificates").get_data(as_text=True)
    assert SHOW in foot_of(page)
    assert WHY not in page
    assert "可以照常出示" in client.get(f"/certificates/{certificate.id}/standing").get_data(as_text=True)


def test_the_main_action_of_a_revoked_one_explains_and_the_code_is_one_row_among_others(
    client: FlaskClient, certificate: Certificate, clock: SettableClock
) -> None:
    revoke(certificate, clock, "violation")
    page = client.get("/certificates").get_data(as_text=True)
    assert WHY in foot_of(page)
    assert SHOW not in foot_of(page)
    assert page.count(SHOW) == 1


@pytest.mark.parametrize(
    ("category", "why", "next_step"),
    [
        ("correction", "需要更正", "更正后的证书怎样取得"),
        ("violation", "有违规", "申诉办法"),
        ("holder_request", "本人的申请", "不是您本人申请的"),
        ("other", "没有公开更细的原因", "申诉办法"),
    ],
)
def test_it_says_why_by_category_and_what_next_and_not_the_detail(
    client: FlaskClient,
    certificate: Certificate,
    clock: SettableClock,
    category: str,
    why: str,
    next_step: str,
) -> None:
    revoke(certificate, clock, category)
    page = client.get(f"/certificates/{certificate.id}/standing").get_data(as_text=True)
    assert why in page
    assert next_step in page
    assert "2026-7" not in page
    assert certificate.number in page


def test_a_suspended_one_waits_for_its_review(
    client: FlaskClient, certificate: Certificate, clock: SettableClock, db: SQLAlchemy
) -> None:
    at = clock.advance(hours=1)
    with unit_of_work():
        db.session.add(CertificateEvent(certificate_id=certificate.id, event="suspended", at=at))
    assert WHY in foot_of(client.get("/certificates").get_data(as_text=True))
    assert "等复核结束" in client.get(f"/certificates/{certificate.id}/standing").get_data(as_text=True)


def test_nobody_else_reads_why(client: FlaskClient, certificate: Certificate, clock: SettableClock) -> None:
    address = f"/certificates/{certificate.id}/standing"
    sign_in(client, make_released_pass("李敏", number=2).user_id, clock.now())
    assert client.get(address).status_code == 404


def test_the_result_links_to_the_certificate_that_is_there(
    client: FlaskClient, certificate: Certificate, clock: SettableClock
) -> None:
    address = f"/results/{certificate.result_id}"
    page = client.get(address).get_data(as_text=True)
    assert f"编号 {certificate.number}" in page
    assert f"/certificates?certificate={certificate.id}" in foot_of(page)
    assert "还没有签发" not in page
    revoke(certificate, clock, "other")
    after = client.get(address).get_data(as_text=True)
    assert "不是有效状态" in after
    assert "可以下载、出示和分享" not in after


@pytest.mark.parametrize(
    ("days", "said"),
    [(None, "还没有签发。系统会自动签发，签发后"), (1, "按项目规定最晚"), (-1, "已过项目规定的期限")],
)
def test_the_result_says_by_when_one_comes_that_is_not_there(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock, days: int | None, said: str
) -> None:
    graduate = make_released_pass()
    with unit_of_work():
        window_id = db.session.get_one(Result, graduate.result_id).window_id
        due = None if days is None else clock.now().date() + timedelta(days=days)
        db.session.get_one(ExamWindow, window_id).certificates_due = due
    sign_in(client, graduate.user_id, clock.now())
    page = client.get(f"/results/{graduate.result_id}").get_data(as_text=True)
    assert said in page
    assert "一分钟内" not in page
    assert "查看证书" not in page


@pytest.mark.parametrize(("points", "said"), [(5900, "1 point short"), (5800, "2 points short")])
def test_english_counts_one_point_as_one(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock, points: int, said: str
) -> None:
    graduate = make_released_pass(passed=False)
    with unit_of_work():
        db.session.get_one(Result, graduate.result_id).total = points
    sign_in(client, graduate.user_id, clock.now())
    page = client.get(f"/results/{graduate.result_id}?lang=en").get_data(as_text=True)
    assert said in page


def test_a_base_is_named_in_english_and_one_without_english_is_marked_as_chinese(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock
) -> None:
    code, base_id = certificate.code, certificate.base_id
    sign_in(client, make_staff(Role.ASSOCIATION_ADMIN).user_id, clock.now())
    pages = ["/desk/certificates", f"/desk/certificates/{certificate.id}", f"/v/{code}", "/desk/people"]
    make_staff(Role.BASE_ADMIN, base_id)
    for address in pages:
        page = client.get(f"{address}?lang=en").get_data(as_text=True)
        assert "Guangdong Cleaner Production Association" in page, address
        assert "广东省清洁生产协会" not in page, address
    with unit_of_work():
        db.session.get_one(TrainingBase, base_id).en = ""
    for address in pages:
        page = client.get(f"{address}?lang=en").get_data(as_text=True)
        assert '<span lang="zh-CN">广东省清洁生产协会</span>' in page, address
    assert (
        "<span lang"
        not in client.get("/desk/certificates?lang=zh").get_data(as_text=True).partition("<table")[2]
    )
