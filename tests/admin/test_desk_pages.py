"""The desk's overview: everyone on the staff sees their own day; auditors see the chain and where it broke."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from carbonlearn.audit.services import record
from carbonlearn.catalogue.models import LessonDraft
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.models import JobRun
from tests.factories.enrolment import Desk, load_catalogue
from tests.factories.people import make_user, sign_in


@pytest.fixture
def desk(db: Any, clock: SettableClock) -> Desk:
    load_catalogue(clock.now())
    return Desk(clock.now())


STAFF = [role for role in Role if role not in (Role.LEARNER, Role.EMPLOYER)]


@pytest.mark.parametrize("role", STAFF)
def test_every_staff_role_has_a_desk_and_every_entry_of_its_rail_opens(
    desk: Desk, make_client: Callable[[], FlaskClient], role: Role
) -> None:
    user = make_user(role, base_id=desk.base_id if role is Role.BASE_ADMIN else None, now=desk.now)
    client = sign_in(make_client(), user, desk.now)
    page = client.get("/desk")
    assert page.status_code == 200
    rail = page.text[page.text.index('class="rail"') : page.text.index("</aside>")]
    links = {part.split('"')[0] for part in rail.split('href="')[1:]}
    assert "/desk" in links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_learners_have_no_desk(desk: Desk, make_client: Callable[[], FlaskClient]) -> None:
    learner = make_user(Role.LEARNER, base_id=desk.base_id, now=desk.now)
    assert sign_in(make_client(), learner, desk.now).get("/desk").status_code == 403


def test_what_waits_is_counted_and_linked_for_whom_it_concerns(
    desk: Desk, make_client: Callable[[], FlaskClient]
) -> None:
    desk.enter()
    desk.enter()
    clerk = sign_in(make_client(), desk.clerk, desk.now).get("/desk").text
    assert "份报名待初核" in clerk and "/desk/admissions?view=check" in clerk
    association = sign_in(make_client(), desk.association, desk.now).get("/desk").text
    assert "份报名待初核" not in association


def test_a_learner_page_shows_hours_and_masks_numbers(
    desk: Desk, make_client: Callable[[], FlaskClient]
) -> None:
    enrolment = desk.open_account(phone="13812345678")
    client = sign_in(make_client(), desk.clerk, desk.now)
    page = client.get(f"/desk/learners/{enrolment.user_id}").text
    assert "0.0 / 80.0 课时" in page and "138****5678" in page and "13812345678" not in page
    assert "138****5678" in client.get("/desk/learners?q=13812345678").text
    assert "138****5678" not in client.get("/desk/learners?q=13812345679").text


def test_jobs_that_never_ran_are_late_and_failures_are_counted(
    desk: Desk, make_client: Callable[[], FlaskClient], db: Any
) -> None:
    client = sign_in(make_client(), make_user(Role.AUDITOR, now=desk.now), desk.now)
    assert "个任务迟了" in client.get("/desk/jobs").text
    with unit_of_work():
        db.session.add_all(
            JobRun(kind=job.name, slot="1", started_at=desk.now, finished_at=desk.now, duration_ms=3)
            for job in client.application.extensions["carbonlearn_jobs"]
        )
    assert "都按时" in client.get("/desk/jobs").text


def test_the_auditor_sees_a_whole_chain_and_the_record_that_was_changed(
    desk: Desk, make_client: Callable[[], FlaskClient], db: Any
) -> None:
    desk.enter()
    client = sign_in(make_client(), make_user(Role.AUDITOR, now=desk.now), desk.now)
    assert "审计链完整" in client.get("/desk/audit").text
    assert "enrolment:enter" in client.get("/desk/audit?action=enrolment:").text
    with unit_of_work():
        db.session.execute(text("UPDATE audit_entries SET action = 'user:none' WHERE seq = 3"))
    assert "审计链在第 3 条断开" in client.get("/desk/audit").text


def test_the_auditor_reads_what_an_act_is_called_and_finds_its_code_beside_it(
    desk: Desk, make_client: Callable[[], FlaskClient]
) -> None:
    now = desk.now
    client = sign_in(make_client(), make_user(Role.AUDITOR, now=now), now)
    with unit_of_work():
        record("paper:seal", ("paper", "p1"), now=now, source="job")
        record("thing:unheard_of", ("thing", "t1"), now=now, source="job")
    page = client.get("/desk/audit").text
    assert '<td title="paper:seal">封存试卷</td>' in page
    assert '<td title="thing:unheard_of">thing:unheard_of</td>' in page
    narrowed = client.get("/desk/audit?action=paper:").text
    assert "封存试卷</td>" in narrowed
    assert "unheard_of" not in narrowed


def test_drafts_wait_for_whoever_may_publish_and_did_not_write_them(
    desk: Desk, make_client: Callable[[], FlaskClient], db: Any
) -> None:
    writer = make_user(Role.CHIEF_EXAMINER, now=desk.now, username="writer")
    other = make_user(Role.CHIEF_EXAMINER, now=desk.now, username="other")
    draft = {"content": {}, "created_at": desk.now, "updated_at": desk.now, "updated_by": writer.id}
    db.session.add(LessonDraft(slug="one", writers=[writer.id], state="submitted", **draft))
    db.session.add(LessonDraft(slug="two", writers=[writer.id], state="writing", **draft))
    db.session.commit()
    page = sign_in(make_client(), other, desk.now).get("/desk").text
    assert "讲课程待发布" in page and "/desk/lessons?state=submitted" in page
    assert "讲课程待发布" not in sign_in(make_client(), writer, desk.now).get("/desk").text
